/**
 * The form of the policies that a vault can have: documents in the language of
 * "Grammar of the IAM JSON policy language" in the IAM user guide, as far as a
 * resource's own policy uses it.
 *
 * @module
 */

import { parseObject, textField } from "./json_body.ts";
import { invalid, missing } from "./refusal.ts";

/** The largest policy, in bytes: 20 KB ("Set Vault Access Policy" and "Initiate Vault Lock" in the Glacier developer guide). */
const MAX_POLICY_SIZE = 20 * 1024;

const VERSIONS: readonly unknown[] = [undefined, "2008-10-17", "2012-10-17"];

const POLICY_FIELDS = ["Version", "Id", "Statement"];

const STATEMENT_FIELDS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOnly(fields: Fields, names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name));
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** One text, or a list of them that is not empty; each like `pattern`. */
function isTexts(value: unknown, pattern = /^/): boolean {
  const items = [value].flat();
  return items.length > 0 &&
    items.every((item) => typeof item === "string" && pattern.test(item));
}

/** `*`, or who it is by kind. */
function isPrincipal(value: unknown): boolean {
  if (value === "*") return true;
  if (!isObject(value)) return false;
  const kinds = Object.values(value);
  return kinds.length > 0 && kinds.every((names) => isTexts(names));
}

function isAction(value: unknown): boolean {
  return isTexts(value, /^(\*|glacier:[\w*?]+)$/i);
}

/** The operators of conditions ("IAM JSON policy elements: Condition operators" in the IAM user guide). */
const OPERATOR =
  /^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(LessThan|GreaterThan)(Equals)?)|Arn(Not)?(Equals|Like)|(Not)?IpAddress|BinaryEquals|Bool|Null)(IfExists)?$/;

/** Operators, each with keys and what they are compared with. */
function isCondition(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const scalar = (item: unknown) =>
    ["string", "number", "boolean"].includes(typeof item);
  return Object.entries(value).every(([operator, keys]) =>
    OPERATOR.test(operator) && isObject(keys) &&
    Object.values(keys).every((values) => [values].flat().every(scalar))
  );
}

/** Whether exactly one of two fields is there, in its form. */
function isEither(
  fields: Fields,
  [name, negated]: [string, string],
  isForm: (value: unknown) => boolean,
): boolean {
  const there = [name, negated].filter((field) => Object.hasOwn(fields, field));
  return there.length === 1 && isForm(fields[there[0]]);
}

function isStatement(value: unknown): value is Fields {
  return isObject(value) && hasOnly(value, STATEMENT_FIELDS) &&
    isOptionalText(value.Sid) &&
    (value.Effect === "Allow" || value.Effect === "Deny") &&
    isEither(value, ["Principal", "NotPrincipal"], isPrincipal) &&
    isEither(value, ["Action", "NotAction"], isAction) &&
    isEither(value, ["Resource", "NotResource"], isTexts) &&
    isCondition(value.Condition);
}

/** Whether no two statements have the same name. */
function hasDistinctNames(statements: Fields[]): boolean {
  const names = statements.map(({ Sid }) => Sid)
    .filter((name) => name !== undefined);
  return new Set(names).size === names.length;
}

/** Whether a text is a policy for a resource. */
function isPolicy(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isObject(value) || !hasOnly(value, POLICY_FIELDS)) return false;
  const statements = [value.Statement].flat();
  return VERSIONS.includes(value.Version) && isOptionalText(value.Id) &&
    statements.length > 0 && statements.every(isStatement) &&
    hasDistinctNames(statements);
}

/**
 * Reads a payload that sets a policy; returns the policy as it was written.
 *
 * @param kind what the policy is called, such as `vault lock`
 * @throws {Refusal}
 */
export function parsePolicyRequest(body: Uint8Array, kind: string): string {
  const policy = textField(parseObject(body), "Policy");
  if (policy === null) throw missing("Policy");
  const size = new TextEncoder().encode(policy).length;
  if (size > MAX_POLICY_SIZE) {
    throw invalid(
      `The specified ${kind} policy is too large: ${size} bytes. It must have at most ${MAX_POLICY_SIZE} bytes`,
    );
  }
  // Half a character would not come back as it came.
  if (!policy.isWellFormed() || !isPolicy(policy)) {
    throw invalid(
      `The specified ${kind} policy is invalid. Provide a valid policy.`,
    );
  }
  return policy;
}
