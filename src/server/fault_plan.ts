/**
 * Which request is struck by which fault. Each rule counts the requests that it
 * names, and what it does with the n-th of them follows from the seed, the rule
 * and n alone: not from the time, nor from other rules.
 *
 * @module
 */

import type { OperationName } from "../glacier/operations.ts";
import { sha256 } from "../treehash/tree_hash.ts";
import type { Fault, FaultRule } from "./fault_rule.ts";

/** A fault that strikes a request. */
export interface Strike {
  fault: Fault;
  /** Where in a body, from 0 at its begin up to but not including 1. */
  position: number;
}

/** What a rule has seen so far. */
export interface FaultCount {
  /** The rule as it was written. */
  fault: string;
  /** Requests that it names. */
  seen: number;
  /** Those of them that it has struck. */
  struck: number;
}

/** The rules in force. */
export interface FaultPlan {
  readonly seed: number;
  /** The fault of this request: that of the first rule that strikes it. To be asked once for each request. */
  next(operation: OperationName | undefined): Promise<Strike | undefined>;
  /** Puts other rules in force; they count from the begin. */
  replace(rules: readonly FaultRule[], seed: number): void;
  counts(): FaultCount[];
}

interface Counter {
  rule: FaultRule;
  seen: number;
  struck: number;
}

/** Two numbers from 0 up to but not including 1 that follow from a text. */
async function draw(text: string): Promise<[number, number]> {
  const hash = await sha256(new TextEncoder().encode(text));
  const view = new DataView(hash.buffer, hash.byteOffset);
  return [view.getUint32(0) / 2 ** 32, view.getUint32(4) / 2 ** 32];
}

function names(
  { operations }: FaultRule,
  operation: OperationName | undefined,
): boolean {
  if (operations === null) return true;
  return operation !== undefined && operations.has(operation);
}

/** Decides about one request, which is the n-th for each of these rules. */
async function decide(
  seen: readonly { counter: Counter; n: number }[],
  seed: number,
): Promise<Strike | undefined> {
  for (const { counter, n } of seen) {
    const { text, fault, selection } = counter.rule;
    if (n < selection.first || n > selection.last) continue;
    if (counter.struck >= selection.times) continue;
    const [chance, position] = await draw(`${seed} ${n} ${text}`);
    if (chance >= selection.probability) continue;
    counter.struck++;
    return { fault, position };
  }
  return undefined;
}

/** Makes a plan of rules, none where they are left out. */
export function createFaultPlan(
  rules: readonly FaultRule[] = [],
  seed = 0,
): FaultPlan {
  let counters: Counter[] = [];
  let decided: Promise<unknown> = Promise.resolve();
  const plan = {
    seed,
    next(operation: OperationName | undefined) {
      // All count at once and are decided one after the other, in the order in
      // which the requests came.
      const seen = counters.filter(({ rule }) => names(rule, operation))
        .map((counter) => ({ counter, n: ++counter.seen }));
      if (seen.length === 0) return Promise.resolve(undefined);
      const decision = decided.then(() => decide(seen, plan.seed));
      decided = decision;
      return decision;
    },
    replace(rules: readonly FaultRule[], seed: number) {
      plan.seed = seed;
      counters = rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
    },
    counts: () =>
      counters.map(({ rule, seen, struck }) => ({
        fault: rule.text,
        seen,
        struck,
      })),
  };
  plan.replace(rules, seed);
  return plan;
}
