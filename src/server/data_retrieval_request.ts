/**
 * The payload of Set Data Retrieval Policy.
 *
 * @module
 */

import { parseObject, textField } from "./json_body.ts";
import { invalid, missing, Refusal } from "./refusal.ts";
import type { RetrievalPolicy } from "./retrieval_table.ts";

const STRATEGIES: readonly string[] = ["BytesPerHour", "FreeTier", "None"];

/** The largest limit: 2^63 - 1 ("Set Data Retrieval Policy" in the Glacier developer guide). */
const MAX_BYTES_PER_HOUR = 2n ** 63n - 1n;

/** A number as it was written, so that none of its digits is lost. */
class NumberText {
  constructor(readonly text: string) {}
}

function keepNumber(
  key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  // The whole payload has no key, and is no object where it is a number.
  if (typeof value !== "number" || key === "") return value;
  return new NumberText(context?.source ?? String(value));
}

function wrongType(name: string, type: string): Refusal {
  return new Refusal(
    "SerializationException",
    `The field ${name} of the request is not ${type}`,
  );
}

/** A value as an object. */
function asObject(value: unknown, name: string): Record<string, unknown> {
  if (
    typeof value !== "object" || value === null || Array.isArray(value) ||
    value instanceof NumberText
  ) throw wrongType(name, "an object");
  return value as Record<string, unknown>;
}

/** The one rule of a policy. */
function onlyRule(fields: Record<string, unknown>): Record<string, unknown> {
  if ((fields.Policy ?? null) === null) throw missing("Policy");
  const rules = asObject(fields.Policy, "Policy").Rules ?? null;
  if (rules === null) throw missing("Rules");
  if (!Array.isArray(rules)) throw wrongType("Rules", "an array");
  if (rules.length !== 1) {
    throw invalid(
      `Invalid policy: it has ${rules.length} rules, and must have one`,
    );
  }
  return asObject(rules[0], "Rules");
}

function parseBytesPerHour(value: unknown): string {
  if (
    !(value instanceof NumberText) || !/^-?(0|[1-9]\d*)$/.test(value.text) ||
    BigInt(value.text) > MAX_BYTES_PER_HOUR
  ) throw wrongType("BytesPerHour", "a whole number of 64 bits");
  if (BigInt(value.text) < 1n) {
    throw invalid(
      `Invalid BytesPerHour: ${value.text}. It must be between 1 and ${MAX_BYTES_PER_HOUR}`,
    );
  }
  return value.text;
}

/**
 * Reads the payload of Set Data Retrieval Policy.
 *
 * @throws {Refusal}
 */
export function parsePolicy(bytes: Uint8Array): RetrievalPolicy {
  const rule = onlyRule(parseObject(bytes, keepNumber));
  const strategy = textField(rule, "Strategy");
  if (strategy === null) throw missing("Strategy");
  if (!STRATEGIES.includes(strategy)) {
    throw invalid(`Invalid strategy: ${strategy}`);
  }
  const limit = rule.BytesPerHour ?? null;
  if (strategy !== "BytesPerHour" && limit !== null) {
    throw invalid(
      `BytesPerHour cannot be specified for the strategy ${strategy}`,
    );
  }
  if (strategy === "BytesPerHour" && limit === null) {
    throw missing("BytesPerHour");
  }
  return {
    strategy: strategy as RetrievalPolicy["strategy"],
    bytes_per_hour: limit === null ? null : parseBytesPerHour(limit),
  };
}
