/**
 * restore-completed in segments.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { interfered, operationOf } from "../program.ts";
import { found, lostFiles } from "./lost_files.ts";

const MIB = 1024 * 1024;

/** The ranges of a file's segments, as they are asked for. */
function segmentsOf(size: number, segment: number): [number, number][] {
  const count = Math.ceil(size / segment);
  return Array.from({ length: count }, (_, index) => {
    const offset = index * segment;
    return [offset, Math.min(segment, size - offset)];
  });
}

const SIZES = {
  byte: 1,
  "almost one": MIB - 1,
  "one more": 4 * MIB + 1,
  large: 45 * MIB - 156_897,
};

Deno.test("a large file is restored, in segments and at once", async () => {
  const sizes = { large: 18 * MIB + 5 };
  for (const segmentSize of [4, 0]) {
    await using place = await lostFiles(sizes);
    const run = await place.restore(segmentSize);
    assertEquals(run.status, 0, run.err);
    assertEquals(await found(place), place.content);
  }
});

for (const segmentSize of [0, 1, 2, 4]) {
  Deno.test(`files of all sizes are restored in segments of ${segmentSize} MiB`, async () => {
    await using place = await lostFiles(SIZES);
    const run = await place.restore(segmentSize);
    assertEquals(run.status, 0, run.err);
    assertEquals(await found(place), place.content);
    const expected = ["OK DONE"];
    const ranges: string[] = [];
    for (const [name, size] of Object.entries(SIZES)) {
      const path = `${place.tree}/${name}`;
      const segments = segmentsOf(size, segmentSize * MIB || size);
      if (segments.length === 1) {
        expected.push(`Downloaded archive ${path}`);
        ranges.push("all");
        continue;
      }
      for (const [offset, length] of segments) {
        expected.push(
          `Downloaded part of archive ${path} at offset ${offset}, size ${length}`,
        );
        ranges.push(`${offset}-${offset + length - 1}`);
      }
    }
    assertEquals(run.lines.toSorted(), expected.toSorted());
    assertEquals(place.ranges.toSorted(), ranges.toSorted());
    assertMatch(run.err, /^4 files /m);
  });
}

Deno.test("over all files there are as many requests as --concurrency says", async () => {
  await using place = await lostFiles({ a: 4 * MIB, b: 4 * MIB, c: 500 });
  let [underWay, most] = [0, 0];
  const full = Promise.withResolvers<void>();
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "GetJobOutput") return await pass();
    most = Math.max(most, ++underWay);
    if (underWay === 3) full.resolve();
    await full.promise;
    const { body, ...head } = await pass().then((response) => ({
      body: response.body!,
      status: response.status,
      headers: response.headers,
    }));
    const counted = body.pipeThrough(
      new TransformStream({ flush: () => void underWay-- }),
    );
    return new Response(counted, head);
  });
  const run = await place.restore(1, { fetch }, "--concurrency", "3");
  assertEquals([run.status, most], [0, 3], run.err);
  assertEquals(await found(place), place.content);
});

Deno.test("a segment that was damaged on its way is fetched again, and only that", async () => {
  await using place = await lostFiles({ file: 5 * MIB + 5 });
  place.strike("GetJobOutput,corrupt,n=3");
  const run = await place.restore(1);
  assertEquals(run.status, 0, run.err);
  assertEquals([place.ranges.length, new Set(place.ranges).size], [7, 6]);
  assertEquals(run.lines.length, 7);
  assertEquals(await found(place), place.content);
});

Deno.test("a segment that comes damaged each time fails its file, which gets no name", async () => {
  await using place = await lostFiles({ file: 5 * MIB + 5, other: 10 });
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    const range = response.headers.get("content-range");
    if (operation !== "GetJobOutput" || !range?.includes("2097152-")) {
      return response;
    }
    const bytes = await response.bytes();
    bytes[7] ^= 1;
    return new Response(bytes, response);
  });
  const run = await place.restore(1, { fetch });
  assertEquals(run.status, 1);
  assertMatch(
    run.err,
    /^ERROR: file: .*at offset 2097152, size 1048576, fetched 3 times \(archive [\w-]{138}\); the file was not restored$/m,
  );
  assert(!run.out.includes("at offset 2097152"));
  const [part, other] = [...(await found(place)).keys()].sort();
  assertMatch(part, /\.part$/);
  assertEquals(other, "other");
  assertEquals((await place.restore(1)).status, 0);
  assertEquals(await found(place), place.content);
});

Deno.test("segments that are what the service says, but not what the journal says, make no file", async () => {
  await using place = await lostFiles({ file: 2 * MIB });
  const journal = await place.readJournal();
  const hash = journal.split("\t")[6];
  await Deno.writeTextFile(
    place.journal,
    journal.replace(hash, "0".repeat(64)),
  );
  const run = await place.restore(1);
  assertEquals(run.status, 1);
  assertMatch(run.err, /Downloaded bytes are not those of the journal: file/);
  assertEquals([...(await found(place)).keys()], []);
});

Deno.test("a segment whose connection breaks is gone on with from there, and the others are left alone", async () => {
  await using place = await lostFiles({ file: 8 * MIB });
  place.strike("GetJobOutput,truncate,byte=700000,n=2");
  const run = await place.restore(2, {}, "--concurrency", "2");
  assertEquals(run.status, 0, run.err);
  assertEquals(place.ranges.length, 5);
  const [again] = place.ranges.filter((range) =>
    Number(range.split("-")[0]) % (2 * MIB) !== 0
  );
  const [start, end] = again.split("-").map(Number);
  // No more than one chunk was lost with the connection.
  assertEquals((end + 1) % (2 * MIB), 0);
  assertLessOrEqual(start % (2 * MIB), 700_000);
  assertEquals(await found(place), place.content);
});

Deno.test("a service that sends all of the archive for each segment is not believed", async () => {
  await using place = await lostFiles({ file: 3 * MIB });
  for (const told of [true, false]) {
    const fetch = async (request: Request) => {
      if (operationOf(request) !== "GetJobOutput") {
        return await place.server.fetch(request);
      }
      const { headers } = await place.server.fetch(request);
      const answer = new Headers(headers);
      answer.delete("content-range");
      answer.delete("content-length");
      if (told) answer.set("content-length", String(3 * MIB));
      const all = new Blob([place.content.get("file")!.slice()]).stream();
      return new Response(all, { headers: answer });
    };
    const run = await place.restore(1, { fetch });
    assertEquals(run.status, 1);
    assertMatch(run.err, /^ERROR: .*(another range|more than the segment)/m);
    assertEquals([...(await found(place)).keys()], []);
  }
});

Deno.test("a dry run tells of files, not of segments", async () => {
  await using place = await lostFiles({ file: 3 * MIB });
  const run = await place.restore(1, {}, "--dry-run");
  assertEquals(run.lines.length, 2);
  assertMatch(
    run.lines[0],
    /^Will DOWNLOAD \(if available\) archive .* file\)$/,
  );
  assertEquals(place.ranges, []);
});
