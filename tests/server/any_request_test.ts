/** Requests with anything in them: each gets an answer, and none is the server's own failure. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { damaged } from "../corpus/mutations.ts";
import { type Call, testServer } from "./testing.ts";

const VAULT = "/-/vaults/photos";

/** What is sent with a body of JSON. */
const BODIES: [method: string, path: string, body: unknown][] = [
  ["POST", `${VAULT}/jobs`, { Type: "inventory-retrieval", Format: "JSON" }],
  ["POST", `${VAULT}/jobs`, {
    Type: "archive-retrieval",
    ArchiveId: "a",
    RetrievalByteRange: "0-1048575",
  }],
  ["POST", `${VAULT}/tags?operation=add`, { Tags: { a: "b" } }],
  ["POST", `${VAULT}/tags?operation=remove`, { TagKeys: ["a"] }],
  ["PUT", `${VAULT}/notification-configuration`, {
    SNSTopic: "arn:aws:sns:us-east-1:012345678901:topic",
    Events: ["ArchiveRetrievalCompleted"],
  }],
  ["PUT", "/-/policies/data-retrieval", {
    Policy: { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 10 }] },
  }],
];

Deno.test("whatever the body of a request, it is carried out or refused", async () => {
  await using test = await testServer();
  await test.call({ method: "PUT", path: VAULT });
  const call = fc.constantFrom(...BODIES).chain(([method, path, body]) =>
    damaged([JSON.stringify(body)]).map((body): Call => ({
      method,
      path,
      body,
    }))
  );
  await fc.assert(
    fc.asyncProperty(call, async (call) => {
      const response = await test.call(call);
      await response.body?.cancel();
      assert(response.status < 500, `${response.status}`);
    }),
    { numRuns: 200 },
  );
  assertEquals(test.failures, []);
});

/** Headers and queries that the server reads, with values of theirs. */
const HEADERS: Record<string, string> = {
  "range": "bytes=0-1048575",
  "content-range": "bytes 0-1048575/*",
  "x-amz-part-size": "1048576",
  "x-amz-archive-size": "1048576",
  "x-amz-archive-description": "mt2 x",
  "x-amz-sha256-tree-hash": "a".repeat(64),
  "x-amz-content-sha256": "a".repeat(64),
  "x-amz-glacier-version": "2012-06-01",
};

const PATHS = [
  VAULT,
  `${VAULT}/archives`,
  `${VAULT}/archives/a`,
  `${VAULT}/multipart-uploads`,
  `${VAULT}/multipart-uploads/u`,
  `${VAULT}/multipart-uploads?limit=5&marker=x`,
  `${VAULT}/jobs?limit=5&marker=x&completed=true&statuscode=Failed`,
  `${VAULT}/jobs/j/output`,
  "/-/vaults?limit=5&marker=x",
];

const isHeaderValue = (text: string) => /^[\t\x20-\x7e]*$/.test(text);

Deno.test("whatever the headers and the query of a request, it is carried out or refused", async () => {
  await using test = await testServer();
  const headers = fc.constantFrom(...Object.keys(HEADERS)).chain((name) =>
    damaged([HEADERS[name]]).map((bytes) => new TextDecoder().decode(bytes))
      .filter(isHeaderValue).map((value) => ({ [name]: value }))
  );
  const path = fc.tuple(
    fc.constantFrom(...PATHS),
    damaged(["5", "x"]).map((bytes) =>
      encodeURIComponent(
        new TextDecoder().decode(bytes).replace(/^\.+$/, ""),
      )
    ),
  ).map(([path, value]) => path.replace(/(5|x)(?=&|$)/, () => value));
  const method = fc.constantFrom("GET", "PUT", "POST", "DELETE");
  await fc.assert(
    fc.asyncProperty(method, path, headers, async (method, path, headers) => {
      const response = await test.call({ method, path, headers });
      await response.body?.cancel();
      assert(response.status < 500, `${response.status}`);
    }),
    { numRuns: 300 },
  );
  assertEquals(test.failures, []);
});
