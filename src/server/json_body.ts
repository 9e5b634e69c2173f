/**
 * Reading payloads that are JSON.
 *
 * @module
 */

import { Refusal } from "./refusal.ts";

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What to make of a value, given its text where it is no array or object. */
type Reviver = (
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown;

/** The payload of a request that must be a JSON object. */
export function parseObject(
  bytes: Uint8Array,
  reviver?: Reviver,
): Record<string, unknown> {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text, reviver);
  } catch (cause) {
    throw new Refusal(
      "SerializationException",
      "The body of the request is not well-formed JSON",
      { cause },
    );
  }
  if (!isObject(value)) {
    throw new Refusal(
      "SerializationException",
      "The body of the request is not a JSON object",
    );
  }
  return value;
}

/** A field that is a string where it is present; `null` where not. */
export function textField(
  fields: Record<string, unknown>,
  name: string,
): string | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === "string") return value;
  throw new Refusal(
    "SerializationException",
    `The field ${name} of the request is not a string`,
  );
}

/** A field that is a whole number where it is present; `null` where not. */
export function integerField(
  fields: Record<string, unknown>,
  name: string,
): number | null {
  const value = fields[name] ?? null;
  if (value === null || Number.isSafeInteger(value)) {
    return value as number | null;
  }
  throw new Refusal(
    "SerializationException",
    `The field ${name} of the request is not a whole number`,
  );
}

/** A field that is a list of strings where it is present; `null` where not. */
export function textListField(
  fields: Record<string, unknown>,
  name: string,
): string[] | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (
    Array.isArray(value) && value.every((item) => typeof item === "string")
  ) {
    return value;
  }
  throw new Refusal(
    "SerializationException",
    `The field ${name} of the request is not a list of strings`,
  );
}

/** The names and values of a field that maps strings to strings; `null` where it is absent. */
export function textMapField(
  fields: Record<string, unknown>,
  name: string,
): [string, string][] | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  // Entries, because a name could be one that every object has.
  const entries = typeof value === "object" ? Object.entries(value) : [];
  if (
    typeof value === "object" && !Array.isArray(value) &&
    entries.every(([, text]) => typeof text === "string")
  ) {
    return entries;
  }
  throw new Refusal(
    "SerializationException",
    `The field ${name} of the request is not a map of strings`,
  );
}
