import { assertEquals, assertThrows } from "@std/assert";
import { parsePolicyRequest } from "../../src/server/policy_document.ts";
import { Refusal } from "../../src/server/refusal.ts";

const STATEMENT = {
  Sid: "deny-based-on-archive-age",
  Principal: "*",
  Effect: "Deny",
  Action: "glacier:DeleteArchive",
  Resource: ["arn:aws:glacier:us-west-2:123456789012:vaults/examplevault"],
  Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
};

const UNNAMED = { ...STATEMENT, Sid: undefined };

const POLICY = { Version: "2012-10-17", Statement: [STATEMENT] };

function parse(body: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return parsePolicyRequest(bytes, "vault access");
}

/** The policy with one field of its statement changed. */
function changed(fields: Record<string, unknown>) {
  return { ...POLICY, Statement: { ...STATEMENT, ...fields } };
}

/** A policy of exactly that many bytes. */
function policyOf(size: number): string {
  const frame = JSON.stringify({ ...POLICY, Id: "" }).length;
  const rest = size - frame;
  // é has two bytes.
  const id = "é".repeat(Math.floor(rest / 2)) + "x".repeat(rest % 2);
  return JSON.stringify({ ...POLICY, Id: id });
}

Deno.test("A policy is taken as it was written", () => {
  const documents: unknown[] = [
    POLICY,
    { Statement: STATEMENT },
    {
      Version: "2008-10-17",
      Id: "x",
      Statement: [STATEMENT, UNNAMED, UNNAMED],
    },
    changed({ Effect: "Allow", Action: ["glacier:Upload*", "*"] }),
    changed({ Principal: { AWS: "arn:aws:iam::123456789012:root" } }),
    changed({ Principal: { AWS: ["123456789012", "*"] } }),
    changed({ Principal: undefined, NotPrincipal: { AWS: "123456789012" } }),
    changed({ Action: undefined, NotAction: "glacier:GetJobOutput" }),
    changed({ Resource: undefined, NotResource: "*" }),
    changed({ Condition: undefined, Sid: undefined }),
    changed({ Condition: { Bool: { "aws:MultiFactorAuthPresent": [true] } } }),
    changed({ Condition: { DateGreaterThanEqualsIfExists: { a: "1" } } }),
    changed({ Condition: { "ForAnyValue:StringNotLike": { a: ["1"] } } }),
    changed({ Condition: { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
  ];
  for (const document of documents) {
    const Policy = JSON.stringify(document, null, 1);
    assertEquals(parse({ Policy }), Policy);
  }
});

Deno.test("A policy has 20 KB at most, counted in bytes", () => {
  const largest = policyOf(20 * 1024);
  assertEquals(parse({ Policy: largest }), largest);
  const error = assertThrows(
    () => parse({ Policy: policyOf(20 * 1024 + 1) }),
    Refusal,
    "too large: 20481 bytes",
  );
  assertEquals(error.code, "InvalidParameterValueException");
});

Deno.test("What is no policy for a resource is refused", () => {
  const cases: unknown[] = [
    "",
    "text",
    null,
    [],
    {},
    { Version: "2012-10-17" },
    { ...POLICY, Version: "2012-06-01" },
    { ...POLICY, Version: 2012 },
    { ...POLICY, Id: 1 },
    { ...POLICY, Statement: [] },
    { ...POLICY, Statement: [[STATEMENT]] },
    { ...POLICY, Statement: [STATEMENT, {}] },
    { ...POLICY, Statements: [] },
    { ...POLICY, Statement: [STATEMENT, STATEMENT] },
    // The payload of the request within itself.
    { Policy: JSON.stringify(POLICY) },
    changed({ Sid: 1 }),
    changed({ Effect: "deny" }),
    changed({ Effect: undefined }),
    changed({ Principal: undefined }),
    changed({ Principal: "me" }),
    changed({ Principal: {} }),
    changed({ Principal: { AWS: [] } }),
    changed({ NotPrincipal: "*" }),
    changed({ Action: undefined }),
    changed({ Action: [] }),
    changed({ Action: "s3:GetObject" }),
    changed({ Action: ["glacier:DeleteArchive", 1] }),
    changed({ NotAction: "glacier:DeleteArchive" }),
    changed({ Resource: undefined }),
    changed({ Resource: 1 }),
    changed({ NotResource: "*" }),
    changed({ Condition: "never" }),
    changed({ Condition: { NumericLessThan: "365" } }),
    changed({ Condition: { NumericLessThan: { age: null } } }),
    changed({ Condition: { NumericLesThan: { age: "365" } } }),
    changed({ Condition: { BoolNot: { age: "365" } } }),
    changed({ Comment: "none" }),
  ];
  for (const document of cases) {
    const error = assertThrows(
      () => parse({ Policy: JSON.stringify(document) }),
      Refusal,
      "The specified vault access policy is invalid. Provide a valid policy.",
      JSON.stringify(document),
    );
    assertEquals(error.code, "InvalidParameterValueException");
  }
});

Deno.test("A payload without a policy is refused", () => {
  const half = JSON.stringify({ ...POLICY, Id: "" }).replace(
    '"Id":""',
    '"Id":"\ud800"',
  );
  const cases: [unknown, string][] = [
    [[], "SerializationException"],
    [{ Policy: POLICY }, "SerializationException"],
    [{}, "MissingParameterValueException"],
    [{ Policy: null }, "MissingParameterValueException"],
    [{ Policy: "{" }, "InvalidParameterValueException"],
    [{ Policy: half }, "InvalidParameterValueException"],
  ];
  for (const [body, code] of cases) {
    assertEquals(assertThrows(() => parse(body), Refusal).code, code);
  }
});
