/**
 * What the program does where requests fail: sends again only what failed, says
 * so, sends less at a time, and gives up one file and not the others.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotMatch,
} from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { createFaultPlan } from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import { operationOf, type Workplace, workplace } from "../program.ts";
import { vectorPayload } from "../testing.ts";

const MIB = 1024 * 1024;

const PARTS = ["--partsize", "1"];

/** A workplace with a vault and files of these sizes. */
async function filled(sizes: Record<string, number>): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  for (const [name, size] of Object.entries(sizes)) {
    await Deno.writeFile(`${place.tree}/${name}`, vectorPayload(size));
  }
  return place;
}

/** An answer as the service gives it. */
function refusal(status: number, code: string, headers = {}): Response {
  return Response.json({ code, message: `It is ${code}`, type: "Server" }, {
    status,
    headers: { "x-amzn-requestid": "id", ...headers },
  });
}

/** A `fetch` into a server that counts parts by their first byte, and refuses those that `refuse` says. */
function countedParts(
  { server }: Workplace,
  refuse: (offset: number, times: number) => boolean,
): { fetch: Fetch; sent: Map<number, number> } {
  const sent = new Map<number, number>();
  const fetch: Fetch = async (request) => {
    if (operationOf(request) === "UploadMultipartPart") {
      const range = request.headers.get("content-range")!;
      const offset = Number(/\d+/.exec(range)![0]);
      const times = (sent.get(offset) ?? 0) + 1;
      sent.set(offset, times);
      if (refuse(offset, times)) {
        await request.body?.cancel();
        return refusal(500, "InternalFailure");
      }
    }
    return await server.fetch(request);
  };
  return { fetch, sent };
}

Deno.test("only the part that failed is sent again, and --verbose tells which and why", async () => {
  await using place = await filled({ "größer": 5 * MIB + 7 });
  const { fetch, sent } = countedParts(
    place,
    (offset, times) => offset === 2 * MIB && times <= 2,
  );
  const run = await place.runWith({ fetch }, "sync", "--verbose", ...PARTS);
  assertEquals(run.status, 0, run.err);
  assertEquals(
    [...sent].toSorted(([a], [b]) => a - b),
    [0, 1, 2, 3, 4, 5].map((n) => [n * MIB, n === 2 ? 3 : 1]),
  );
  const told = run.err.split("\n").filter((line) => /again/.test(line));
  assertEquals(told.length, 2, run.err);
  for (const [index, line] of told.entries()) {
    const [, seconds] = new RegExp(
      `^Trying UploadMultipartPart of größer \\(bytes 2097152-3145727\\) again in (\\d\\.\\d) s \\(attempt ${
        index + 1
      }\\): UploadMultipartPart failed: It is InternalFailure \\(InternalFailure\\)$`,
    ).exec(line) ?? [];
    // A random part of 0.2 seconds, then of 0.4.
    assert(seconds !== undefined, line);
    assertLessOrEqual(Number(seconds), 0.2 * (index + 1));
  }
  // Repeated requests count.
  assertMatch(run.err, /, 11 requests$/m);
});

Deno.test("without --verbose nothing is said of what came right, but --json has it", async () => {
  await using place = await filled({ big: 2 * MIB });
  const once = (offset: number, times: number) => offset === 0 && times === 1;
  const quiet = countedParts(place, once);
  const run = await place.runWith({ fetch: quiet.fetch }, "sync", ...PARTS);
  assertEquals(run.status, 0);
  assertNotMatch(run.err, /again/);
  await Deno.writeFile(`${place.tree}/other`, vectorPayload(2 * MIB));
  const { fetch } = countedParts(place, once);
  const json = await place.runWith({ fetch }, "sync", "--json", ...PARTS);
  const events = json.lines.map((line) => JSON.parse(line));
  const [{ delay, ...retry }] = events.filter(({ type }) => type === "retry");
  assert(delay >= 0 && delay < 200);
  assertEquals(retry, {
    type: "retry",
    operation: "UploadMultipartPart",
    name: "other",
    range: "0-1048575",
    attempt: 1,
    message:
      "UploadMultipartPart failed: It is InternalFailure (InternalFailure)",
  });
});

Deno.test("a file whose part fails each time fails alone, and the next run sends what is missing", async () => {
  await using place = await filled({ a: 10, big: 4 * MIB, c: 2 * MIB, d: 10 });
  const lost = countedParts(place, (offset) => offset === 3 * MIB);
  const first = await place.runWith(
    { fetch: lost.fetch },
    "sync",
    ...["--verbose", "--retries", "1", "--concurrency", "1", ...PARTS],
  );
  assertEquals([first.status, first.lines.length], [1, 3]);
  assertMatch(
    first.err,
    /^Not trying UploadMultipartPart of big \(bytes 3145728-4194303\) again after 2 attempts: UploadMultipartPart failed: /m,
  );
  assertMatch(first.err, /^ERROR: big: UploadMultipartPart failed: /m);
  assertMatch(first.err, /^ERROR: 1 file failed, see above; run the same/m);
  assertEquals(lost.sent.get(3 * MIB), 2);

  const { fetch, sent } = countedParts(place, () => false);
  const second = await place.runWith({ fetch }, "sync", ...PARTS);
  assertEquals([second.status, second.lines.length], [0, 2], second.err);
  assertEquals([...sent], [[3 * MIB, 1]]);
  assertEquals(await place.countArchives(), 4);
  assertEquals((await place.run("sync")).lines, ["OK DONE"]);
});

Deno.test("a run ends when ten files in a row fail by the network", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
  await using place = await filled(
    Object.fromEntries(names.map((name) => [name, 10])),
  );
  let asked = 0;
  const fetch: Fetch = async (request) => {
    if (operationOf(request) === "DescribeVault") {
      return await place.server.fetch(request);
    }
    asked++;
    return refusal(503, "SlowDown");
  };
  const run = await place.runWith(
    { fetch },
    "sync",
    "--retries=0",
    "--concurrency=4",
  );
  assertEquals(run.status, 1);
  assertMatch(run.err, /^ERROR: Stopped after 10 files in a row failed: /m);
  // Two requests each, and those that were under way are seen through.
  assertLess(asked, 30);
  assertEquals((await place.run("sync")).lines.length, 41);
});

Deno.test("what may have taken effect is not sent again, and --verbose says so", async () => {
  await using place = await filled({ a: 10 });
  const fetch: Fetch = async (request) => {
    const answer = await place.server.fetch(request);
    if (operationOf(request) !== "UploadArchive") return answer;
    await answer.body?.cancel();
    return refusal(500, "InternalFailure");
  };
  const run = await place.runWith({ fetch }, "sync", "--verbose");
  assertEquals(run.status, 0, run.err);
  assertMatch(
    run.err,
    /^Not trying UploadArchive of a again after 1 attempt, because it may have taken effect: /m,
  );
});

Deno.test("a download that breaks off is gone on with, and --verbose tells where", async () => {
  const faults = createFaultPlan();
  await using place = await workplace({ faults });
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/big`, vectorPayload(4 * MIB));
  await place.run("sync");
  await Deno.remove(`${place.tree}/big`);
  await place.run("restore");
  faults.replace(
    [parseFaultRule("GetJobOutput,truncate,byte=700000,n=1")],
    1,
  );
  const run = await place.run("restore-completed", "--verbose");
  assertEquals(run.status, 0, run.err);
  const [, from] =
    /^Trying GetJobOutput of big \(bytes (\d+)-\) again in \d\.\d s \(attempt 1\): The connection to localhost broke/m
      .exec(run.err) ?? [];
  assert(Number(from) <= 700_000, run.err);
  await Deno.remove(`${place.tree}/big`);
  faults.replace([parseFaultRule("GetJobOutput,corrupt,n=2")], 1);
  const segmented = await place.run(
    "restore-completed",
    ...["--verbose", "--segment-size", "1", "--concurrency", "1"],
  );
  assertEquals(segmented.status, 0, segmented.err);
  assertMatch(
    segmented.err,
    /^Trying GetJobOutput of big \(bytes 1048576-2097151\) again in 0\.0 s \(attempt 1\): The bytes that came are not/m,
  );
});

Deno.test("where the service throttles, the program sends less at a time, tells so, and comes back", async () => {
  const names = Array.from({ length: 120 }, (_, index) => `f${index}`);
  await using place = await filled(
    Object.fromEntries(names.map((name) => [name, 10])),
  );
  let [underWay, most, throttled, uploaded] = [0, 0, 0, 0];
  const fetch: Fetch = async (request) => {
    if (operationOf(request) !== "UploadArchive") {
      return await place.server.fetch(request);
    }
    underWay++;
    try {
      // The first ones throttle, as long as there are more than two at a time.
      if (uploaded < 40 && underWay > 2) {
        throttled++;
        await request.body?.cancel();
        return refusal(400, "ThrottlingException");
      }
      const answer = await place.server.fetch(request);
      uploaded++;
      if (uploaded > 100) most = Math.max(most, underWay);
      return answer;
    } finally {
      underWay--;
    }
  };
  const run = await place.runWith(
    { fetch },
    "sync",
    ...["--verbose", "--concurrency", "6"],
  );
  assertEquals([run.status, run.lines.length], [0, 121], run.err);
  assertEquals(await place.countArchives(), 120);
  const limits = run.err.split("\n").filter((line) => /^Sending/.test(line));
  assertMatch(
    limits[0],
    /^Sending [123] requests? at a time at most: UploadArchive failed: It is ThrottlingException \(ThrottlingException\)$/,
  );
  assertEquals(limits.at(-1), "Sending 6 requests at a time again");
  assert(most >= 3, `${most} at a time at the end`);
  assertLess(throttled, 40);
});
