import { assertEquals } from "@std/assert";
import { matchesPattern, meets } from "../../src/server/policy_condition.ts";
import { denies } from "../../src/server/policy_decision.ts";

const ACCOUNT = "000000000000";
const VAULT = `arn:aws:glacier:us-east-1:${ACCOUNT}:vaults/v`;

const patterns: [text: string, pattern: string, matches: boolean][] = [
  ["", "", true],
  ["", "*", true],
  ["abc", "abc", true],
  ["abc", "ab", false],
  ["abc", "abcd", false],
  ["abc", "a?c", true],
  ["abc", "a??c", false],
  ["abc", "*", true],
  ["abc", "a*", true],
  ["abc", "*c", true],
  ["abc", "*b*", true],
  ["abc", "a*b*c*", true],
  ["abcbc", "a*bc", true],
  ["abc", "a*d", false],
  ["a.c", "a.c", true],
  ["abc", "a.c", false],
  ["a\nc", "a*c", true],
  ["a".repeat(300), "*a".repeat(5000) + "b", false],
  ["a".repeat(300), "*a".repeat(300), true],
];

for (const [text, pattern, matches] of patterns) {
  const shown = `${text.slice(0, 9)} ~ ${pattern.slice(0, 9)}`;
  Deno.test(`pattern ${JSON.stringify(shown)}: ${matches}`, () => {
    assertEquals(matchesPattern(text, pattern), matches);
  });
}

const context = new Map([
  ["glacier:archiveageindays", "10"],
  ["glacier:resourcetag/hold", "True"],
  ["aws:currenttime", "2026-11-22T12:00:00.000Z"],
  ["aws:securetransport", "true"],
]);

type Condition = Parameters<typeof meets>[0];
const AGE = "glacier:ArchiveAgeInDays";
const HOLD = "glacier:ResourceTag/hold";
const TIME = "aws:CurrentTime";

const conditions: [condition: Condition, met: boolean][] = [
  [{}, true],
  [{ NumericLessThan: { [AGE]: "11" } }, true],
  [{ NumericLessThan: { [AGE]: 10 } }, false],
  [{ NumericLessThanEquals: { [AGE]: 10 } }, true],
  [{ NumericGreaterThan: { [AGE]: "9" } }, true],
  [{ NumericGreaterThanEquals: { [AGE]: "11" } }, false],
  [{ NumericEquals: { [AGE]: ["9", "10"] } }, true],
  [{ NumericNotEquals: { [AGE]: ["9", "10"] } }, false],
  [{ NumericNotEquals: { [AGE]: ["8", "9"] } }, true],
  [{ StringEquals: { [HOLD]: "True" } }, true],
  [{ StringEquals: { [HOLD]: "true" } }, false],
  [{ StringEqualsIgnoreCase: { [HOLD]: "true" } }, true],
  [{ StringNotEqualsIgnoreCase: { [HOLD]: "true" } }, false],
  [{ StringLike: { [HOLD]: ["f*", "T?ue"] } }, true],
  [{ StringNotLike: { [HOLD]: "T*" } }, false],
  [{ StringEquals: { "GLACIER:resourcetag/HOLD": "True" } }, true],
  [{ DateLessThan: { [TIME]: "2026-11-22T12:00:01Z" } }, true],
  [{ DateGreaterThan: { [TIME]: "1795348801" } }, false],
  [{ DateGreaterThan: { [TIME]: "1795348799" } }, true],
  [{ Bool: { "aws:SecureTransport": false } }, false],
  [{ Bool: { "aws:SecureTransport": "TRUE" } }, true],
  // What the request doesn't have is not met, but where it must not be.
  [{ StringEquals: { "glacier:ResourceTag/none": "x" } }, false],
  [{ StringNotEquals: { "glacier:ResourceTag/none": "x" } }, true],
  [{ StringEqualsIfExists: { "glacier:ResourceTag/none": "x" } }, true],
  [{ StringEqualsIfExists: { [HOLD]: "x" } }, false],
  [{ Null: { "glacier:ResourceTag/none": true } }, true],
  [{ Null: { [HOLD]: "true" } }, false],
  [{ Null: { [HOLD]: "false" } }, true],
  // All operators and all keys must be met.
  [{ NumericLessThan: { [AGE]: 11 }, StringEquals: { [HOLD]: "x" } }, false],
  [{ StringEquals: { [HOLD]: "True", "aws:SecureTransport": "x" } }, false],
  // What isn't known is never met.
  [{ IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }, false],
];

for (const [condition, met] of conditions) {
  Deno.test(`condition ${JSON.stringify(condition)}: ${met}`, () => {
    assertEquals(meets(condition, context), met);
  });
}

const DENY = {
  Effect: "Deny",
  Principal: "*",
  Action: "glacier:DeleteArchive",
  Resource: VAULT,
};

const statements: [change: Record<string, unknown>, denied: boolean][] = [
  [{}, true],
  [{ Effect: "Allow" }, false],
  [{ Principal: { AWS: "*" } }, true],
  [{ Principal: { AWS: [ACCOUNT] } }, true],
  [{ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }, true],
  [{ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/somebody` } }, false],
  [{ Principal: { AWS: "111122223333" } }, false],
  [{ Principal: { Service: "glacier.amazonaws.com" } }, false],
  [{ Principal: undefined, NotPrincipal: { AWS: "111122223333" } }, true],
  [{ Principal: undefined, NotPrincipal: { AWS: ACCOUNT } }, false],
  [{ Action: "*" }, true],
  [{ Action: ["glacier:ListJobs", "GLACIER:delete*"] }, true],
  [{ Action: "glacier:DeleteVault" }, false],
  [{ Action: undefined, NotAction: "glacier:Delete*" }, false],
  [{ Action: undefined, NotAction: "glacier:List*" }, true],
  [{ Resource: "*" }, true],
  [{ Resource: VAULT.replace(/v$/, "w") }, false],
  [{ Resource: VAULT.replace(/v$/, "*") }, true],
  [{ Resource: undefined, NotResource: VAULT }, false],
  [{ Condition: { NumericLessThan: { [AGE]: 5 } } }, false],
  [{ Condition: { NumericLessThan: { [AGE]: 50 } } }, true],
];

for (const [change, denied] of statements) {
  Deno.test(`a statement with ${JSON.stringify(change)} denies: ${denied}`, () => {
    const request = {
      action: "glacier:DeleteArchive",
      resource: VAULT,
      account: ACCOUNT,
      context,
    };
    const Statement = { ...DENY, ...change };
    for (const each of [Statement, [{ ...DENY, Effect: "Allow" }, Statement]]) {
      assertEquals(
        denies(JSON.stringify({ Statement: each }), request),
        denied,
      );
    }
  });
}
