/**
 * Rules for faults on demand: their text, and what it means.
 *
 * A rule is `OPERATION,FAULT` and what follows of `name=value`, all with commas
 * between them: `UploadArchive,drop,at=after,p=0.1`.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { type OperationName, OPERATIONS } from "../glacier/operations.ts";
import { printable } from "../relative_name.ts";
import { isRefusalCode, type RefusalCode } from "./refusal.ts";

/** What goes wrong with a request. */
export type Fault =
  /** The connection is closed and nothing answered. */
  | { kind: "drop"; at: Moment }
  /** An error is answered. */
  | { kind: "error"; at: Moment; code: RefusalCode }
  /** A body comes slowly: so many bytes a second. */
  | { kind: "slow"; of: Body; rate: number }
  /** A body stops coming after so many bytes, and the connection stays. */
  | { kind: "stall"; of: Body; byte: number | null }
  /** The answer's body ends after so many bytes, and the connection with it. */
  | { kind: "truncate"; byte: number | null }
  /** One bit of that byte of a body is another. */
  | { kind: "corrupt"; of: Body; byte: number | null };

/** Before the request takes effect, or after. */
export type Moment = "before" | "after";

/** What the client sends, or what it gets. */
export type Body = "payload" | "answer";

/** Which of the requests that a rule names it strikes. */
export interface Selection {
  /** How likely each of them is, from 0 to 1. */
  probability: number;
  /** From which to which, both included; the first one is 1. */
  first: number;
  last: number;
  /** How many at most. */
  times: number;
}

/** One rule. */
export interface FaultRule {
  /** As it was written. */
  text: string;
  /** `null` for all operations. */
  operations: ReadonlySet<OperationName> | null;
  fault: Fault;
  selection: Selection;
}

/** Shorter names of the codes that are wanted most. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  "408": "RequestTimeoutException",
  "500": "ServiceUnavailableException",
  "503": "InsufficientCapacityException",
  throttling: "ThrottlingException",
};

/** The values of a rule, each of which must be asked for in the end. */
class Values {
  readonly #text: string;
  readonly #values: Map<string, string>;

  constructor(text: string, fields: readonly string[]) {
    this.#text = text;
    this.#values = new Map();
    for (const field of fields) {
      const [, name, value] = /^([a-z]+)=(.+)$/.exec(field) ?? [];
      if (name === undefined) throw this.wrong(`"${field}" is no name=value`);
      if (this.#values.has(name)) throw this.wrong(`${name} is given twice`);
      this.#values.set(name, value);
    }
  }

  /** The error for a rule of which something is wrong. */
  wrong(what: string): UsageError {
    return new UsageError(
      `Cannot understand the fault "${printable(this.#text)}": ${
        printable(what)
      }`,
    );
  }

  take(name: string): string | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  choice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const text = this.take(name) ?? values[0];
    const value = values.find((each) => each === text);
    if (value !== undefined) return value;
    throw this.wrong(`${name} is ${values.join(" or ")}, not ${text}`);
  }

  whole(name: string, min: number): number | null {
    const text = this.take(name);
    if (text === undefined) return null;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && Number.isSafeInteger(value)) return value;
    throw this.wrong(
      `${name} is a whole number of at least ${min}, not ${text}`,
    );
  }

  /** Refuses what nobody has asked for. */
  finish(kind: string): void {
    const [name] = this.#values.keys();
    if (name === undefined) return;
    throw this.wrong(`${kind} has no ${name}`);
  }
}

function parseOperations(
  text: string,
  values: Values,
): FaultRule["operations"] {
  if (text === "*") return null;
  const names = text.split("+");
  for (const name of names) {
    if (Object.hasOwn(OPERATIONS, name)) continue;
    throw values.wrong(
      `"${name}" is no operation of the API such as UploadArchive, nor * for all`,
    );
  }
  return new Set(names as OperationName[]);
}

function parseCode(values: Values): RefusalCode {
  const text = values.take("code");
  if (text === undefined) {
    throw values.wrong("error needs a code, such as code=ThrottlingException");
  }
  const code = Object.hasOwn(CODES, text) ? CODES[text] : text;
  if (isRefusalCode(code)) return code;
  throw values.wrong(`"${text}" is no error code of the service`);
}

function parseRate(values: Values): number {
  const rate = values.whole("rate", 1);
  if (rate !== null) return rate;
  throw values.wrong("slow needs a rate, in bytes a second");
}

const MOMENTS: readonly [Moment, Moment] = ["before", "after"];
const BODIES: readonly [Body, Body] = ["answer", "payload"];

function parseFault(kind: string, values: Values): Fault {
  switch (kind) {
    case "drop":
      return { kind, at: values.choice("at", MOMENTS) };
    case "error": {
      const at = values.choice("at", MOMENTS);
      return { kind, at, code: parseCode(values) };
    }
    case "slow":
      return {
        kind,
        of: values.choice("of", BODIES),
        rate: parseRate(values),
      };
    case "stall":
    case "corrupt":
      return {
        kind,
        of: values.choice("of", BODIES),
        byte: values.whole("byte", 0),
      };
    case "truncate":
      return { kind, byte: values.whole("byte", 0) };
    default:
      throw values.wrong(
        `"${kind}" is none of drop, error, slow, stall, truncate, corrupt`,
      );
  }
}

function parseSelection(values: Values): Selection {
  const p = values.take("p") ?? "1";
  const probability = /^\d*\.?\d+$/.test(p) ? Number(p) : NaN;
  if (!(probability >= 0 && probability <= 1)) {
    throw values.wrong(`p is a number from 0 to 1, not ${p}`);
  }
  const n = values.take("n") ?? "1-";
  const [, from, dash, to] = /^(\d{1,15})(?:(-)(\d{0,15}))?$/.exec(n) ?? [];
  const first = Number(from ?? NaN);
  const last = dash === undefined ? first : to === "" ? Infinity : Number(to);
  if (!(first >= 1 && first <= last)) {
    throw values.wrong(`n is such as 3, 3-5 or 3-, counted from 1, not ${n}`);
  }
  const times = values.whole("times", 1) ?? Infinity;
  return { probability, first, last, times };
}

/**
 * Reads a rule.
 *
 * @throws {UsageError} which tells what is wrong with it.
 */
export function parseFaultRule(text: string): FaultRule {
  const [target, kind, ...fields] = text.split(",").map((each) => each.trim());
  const values = new Values(text, fields);
  if (kind === undefined) {
    throw values.wrong("it is of the form OPERATION,FAULT,name=value,…");
  }
  const rule = {
    text,
    operations: parseOperations(target, values),
    fault: parseFault(kind, values),
    selection: parseSelection(values),
  };
  values.finish(kind);
  return rule;
}
