import { assertEquals } from "@std/assert";
import { operationOf } from "../../src/server/operation_of.ts";
import { readVectors } from "../testing.ts";

interface Vectors {
  operations: { name: string; method: string; requestUri: string }[];
}

const { operations } = await readVectors<Vectors>("glacier_operations");

/** What stands for each name in braces: IDs may begin with a dash. */
const VALUES: Record<string, string> = {
  accountId: "-",
  vaultName: "a.b_c-d",
  archiveId: "-Archive_1",
  uploadId: "-Upload_1",
  jobId: "-Job_1",
  lockId: "-Lock_1",
};

for (const { name, method, requestUri } of operations) {
  Deno.test(`operationOf() knows ${name}`, () => {
    const path = requestUri.replace(/\{(\w+)\}/g, (_, key) => VALUES[key]);
    const request = new Request(`http://localhost${path}`, { method });
    assertEquals(operationOf(request), name);
  });
}

Deno.test("operationOf() knows no operation where there is none", () => {
  const requests: [method: string, path: string][] = [
    ["GET", "/"],
    ["GET", "/-/vaults/"],
    ["GET", "/-/vaults/v/"],
    ["PATCH", "/-/vaults/v"],
    ["POST", "/-/vaults/v/tags"],
    ["POST", "/-/vaults/v/tags?operation=list"],
    ["GET", "/-/vaults/v/jobs/j/output/x"],
    ["GET", "/x/-/vaults/v"],
  ];
  for (const [method, path] of requests) {
    const request = new Request(`http://localhost${path}`, { method });
    assertEquals(operationOf(request), undefined, `${method} ${path}`);
  }
});
