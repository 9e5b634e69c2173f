import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/errors.ts";
import { parseJobDelays } from "../../src/server/job_delay.ts";
import {
  beginJob,
  jsonOf,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const valid: [text: string, delays: [number, number, number]][] = [
  ["0", [0, 0, 0]],
  ["1000000000", [1e9, 1e9, 1e9]],
  ["Expedited=60,Standard=14400,Bulk=36000", [60, 14400, 36000]],
  ["Bulk=3,Expedited=1,Standard=2", [1, 2, 3]],
  ["Standard=5", [0, 5, 5]],
  ["Expedited=5", [5, 5, 5]],
  ["Bulk=5", [0, 0, 5]],
];

for (const [text, [Expedited, Standard, Bulk]] of valid) {
  Deno.test(`delays are written ${text}`, () => {
    assertEquals(parseJobDelays(text), { Expedited, Standard, Bulk });
  });
}

const invalid = [
  "",
  "-1",
  "1.5",
  "1000000001",
  "5s",
  "standard=5",
  "Standard=",
  "Standard=5,",
  "Standard=5,Standard=6",
  "Standard=5,6",
  "__proto__=5",
];

for (const text of invalid) {
  Deno.test(`no delays are written ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseJobDelays(text), UsageError, "--job-delay takes");
  });
}

Deno.test("Each tier has its own delay, and no tier that of Standard", async () => {
  const jobDelay = { Expedited: 1, Standard: 20, Bulk: 300 };
  await using test = await testVault({ jobDelay });
  const id = await uploadArchive(test, vectorPayload(10));
  const jobs: [path: string, seconds: number][] = [
    [await beginJob(test, id, { Tier: "Expedited" }), 1],
    [await beginJob(test, id), 20],
    [await beginJob(test, id, { Tier: "Bulk" }), 300],
  ];
  const inventory = await test.call({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({ Type: "inventory-retrieval" }),
  });
  const jobId = inventory.headers.get("x-amz-job-id");
  jobs.push([`/-/vaults/v/jobs/${jobId}`, 20]);
  const begin = test.time;
  for (const [path, seconds] of jobs) {
    const completed = async () =>
      (await jsonOf(await test.call({ path }))).Completed;
    test.time = begin + seconds * 1000 - 1;
    assertEquals(await completed(), false, `${path} after ${seconds} s`);
    test.time++;
    assertEquals(await completed(), true, `${path} after ${seconds} s`);
  }
});
