/**
 * Reading answers. What is missing or of the wrong type is an error that names
 * it, so that no `undefined` gets into a journal.
 *
 * @module
 */

import { readBody, releaseBody } from "../aws/body.ts";
import { FOREIGN_ANSWER, IntegrityError, ServiceError } from "../errors.ts";
import { type ByteRange, parseRange } from "./parameters.ts";

/** The largest JSON answer, in bytes. 50 jobs of the longest descriptions are 0.2 MB. */
const MAX_JSON = 16 * 1024 * 1024;

/** An answer's head, for reading and for errors. */
export class Answer {
  readonly operation: string;
  readonly response: Response;

  constructor(operation: string, response: Response) {
    this.operation = operation;
    this.response = response;
  }

  /** A header that must be there. */
  header(name: string): string {
    const value = this.optionalHeader(name);
    if (value === undefined) throw this.malformed(`has no ${name}`);
    return value;
  }

  /** A header; an empty one counts as none. */
  optionalHeader(name: string): string | undefined {
    return this.response.headers.get(name) || undefined;
  }

  /** A tree hash, lower-case. */
  treeHash(): string | undefined {
    const value = this.optionalHeader("x-amz-sha256-tree-hash");
    return value === undefined ? undefined : this.checkedHash(value);
  }

  /** @throws {IntegrityError} where the service's tree hash is not `ours`; it may send none. */
  compareTreeHash(ours: string, subject?: string): void {
    const theirs = this.treeHash();
    if (theirs === undefined || theirs === ours) return;
    throw new IntegrityError(
      `${this.operation}: the service got other bytes than were sent, their tree hash is ${theirs} instead of ${ours}${
        subject === undefined ? "" : ` (${subject})`
      }`,
    );
  }

  checkedHash(value: string): string {
    if (!/^[0-9a-f]{64}$/i.test(value)) {
      throw this.malformed("has a tree hash that is none");
    }
    return value.toLowerCase();
  }

  /** Lets go of whatever content there is: the head tells all. */
  async release(): Promise<void> {
    await releaseBody(this.response);
  }

  /** Makes sure that the answer has no content, where nothing else tells that it is the service's. */
  async nothing(): Promise<void> {
    if (!await releaseBody(this.response)) {
      throw this.malformed("has content where none belongs");
    }
  }

  /** The content, one JSON object. */
  async json(): Promise<JsonObject> {
    const { bytes, whole } = await readBody(this.response, MAX_JSON);
    if (!whole) throw this.malformed("is too long");
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder("utf-8", FATAL).decode(bytes));
    } catch (cause) {
      throw this.malformed("is not JSON", { cause });
    }
    if (!isRecord(value)) throw this.malformed("is not a JSON object");
    return new JsonObject(this, value);
  }

  /** The service, or what answers in its place, broke its own rules. */
  malformed(what: string, options?: ErrorOptions): ServiceError {
    const { operation, response: { status, headers } } = this;
    // The service puts this into all of its answers.
    const requestId = headers.get("x-amzn-requestid") ?? undefined;
    const foreign = requestId === undefined;
    return new ServiceError(
      foreign
        ? `What answered to ${operation} is not Glacier: its answer ${what} (check the endpoint)`
        : `The answer to ${operation} ${what}`,
      {
        operation,
        code: foreign ? FOREIGN_ANSWER : "MalformedAnswer",
        status,
        requestId,
      },
      options,
    );
  }
}

/** Reads an answer whose success is all that it tells. */
export function readNothing(answer: Answer): Promise<void> {
  return answer.nothing();
}

const FATAL = { fatal: true };

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON object of an answer. The service sends `null` for what is absent. */
export class JsonObject {
  readonly #answer: Answer;
  readonly fields: Record<string, unknown>;

  constructor(answer: Answer, fields: Record<string, unknown>) {
    this.#answer = answer;
    this.fields = fields;
  }

  string(name: string): string {
    return this.#required(name, this.optionalString(name));
  }

  number(name: string): number {
    return this.#required(name, this.optionalNumber(name));
  }

  /** A date that can be read; it is kept as it is. */
  date(name: string): string {
    return this.#required(name, this.optionalDate(name));
  }

  object(name: string): JsonObject {
    return this.#required(name, this.optionalObject(name));
  }

  boolean(name: string): boolean {
    const value = this.fields[name];
    if (typeof value !== "boolean") throw this.#wrong(name);
    return value;
  }

  optionalString(name: string): string | undefined {
    const value = this.fields[name] ?? undefined;
    if (value === undefined || typeof value === "string") return value;
    throw this.#wrong(name);
  }

  optionalDate(name: string): string | undefined {
    const value = this.optionalString(name);
    if (value === undefined || !Number.isNaN(Date.parse(value))) return value;
    throw this.#wrong(name);
  }

  /** A count of bytes or things: whole, and exact. */
  optionalNumber(name: string): number | undefined {
    const value = this.fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (
      typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ) {
      return value;
    }
    throw this.#wrong(name);
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (isRecord(value)) return new JsonObject(this.#answer, value);
    throw this.#wrong(name);
  }

  /** Objects in a list. */
  objects(name: string): JsonObject[] {
    return this.#list(name).map((each) => {
      if (isRecord(each)) return new JsonObject(this.#answer, each);
      throw this.#wrong(name);
    });
  }

  /** Strings in a list. */
  strings(name: string): string[] {
    return this.#list(name).map((each) => {
      if (typeof each === "string") return each;
      throw this.#wrong(name);
    });
  }

  /** Strings by name; empty where there are none. */
  map(name: string): Record<string, string> {
    const { fields = {} } = this.optionalObject(name) ?? {};
    return Object.fromEntries(
      Object.entries(fields).map(([key, value]) => {
        if (typeof value === "string") return [key, value];
        throw this.#wrong(name);
      }),
    );
  }

  /** A tree hash, lower-case. */
  optionalTreeHash(name: string): string | undefined {
    const value = this.optionalString(name);
    return value === undefined ? undefined : this.#answer.checkedHash(value);
  }

  /** A range such as `0-1048575`. */
  optionalRange(name: string): ByteRange | undefined {
    const value = this.optionalString(name);
    if (value === undefined) return undefined;
    return parseRange(value) ?? this.#fail(name);
  }

  range(name: string): ByteRange {
    return this.#required(name, this.optionalRange(name));
  }

  treeHash(name: string): string {
    return this.#required(name, this.optionalTreeHash(name));
  }

  /** A number that the service writes now as one, now as text. */
  optionalCount(name: string): number | undefined {
    const value = this.fields[name];
    if (typeof value !== "string") return this.optionalNumber(name);
    return /^\d{1,15}$/.test(value) ? Number(value) : this.#fail(name);
  }

  /** One of `values`. */
  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.string(name);
    return values.find((each) => each === value) ?? this.#fail(name);
  }

  #list(name: string): unknown[] {
    const value = this.fields[name];
    if (Array.isArray(value)) return value;
    throw this.#wrong(name);
  }

  #required<T>(name: string, value: T | undefined): T {
    return value === undefined ? this.#fail(name) : value;
  }

  #fail(name: string): never {
    throw this.#wrong(name);
  }

  #wrong(name: string): ServiceError {
    const problem = this.fields[name] == null ? "no" : "an unreadable";
    return this.#answer.malformed(`has ${problem} ${name}`);
  }
}
