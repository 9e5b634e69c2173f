import { assertEquals } from "@std/assert";
import { resumingBytes } from "../../src/async/resume.ts";
import { IntegrityError, NetworkError } from "../../src/errors.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

/** Gives bytes from `start` on, `count` of them, then ends or fails. */
async function* body(start: number, count: number, error?: Error) {
  // A chunk at a time, so that those before a failure arrive.
  for (let at = start; at < Math.min(start + count, BYTES.length); at++) {
    yield BYTES.slice(at, at + 1);
  }
  if (error) throw error;
  await Promise.resolve();
}

const broken = () => new NetworkError("broke", "Get", "dropped");

async function read(
  open: (start: number) => AsyncIterable<Uint8Array<ArrayBuffer>>,
  options: { end?: number; signal?: AbortSignal } = {},
) {
  const starts: number[] = [];
  const { end, signal } = options;
  const bytes: number[] = [];
  const chunks = resumingBytes("It", "Get", (start) => {
    starts.push(start);
    return Promise.resolve({ body: open(start), end });
  }, { pause: 0, signal });
  const failure = await (async () => {
    for await (const chunk of chunks) bytes.push(...chunk);
  })().catch((error) => error);
  return { starts, bytes, failure };
}

const ALL = [...BYTES];

Deno.test("bytes come through once, whether connections break or end early", async () => {
  const ways = [
    (start: number) => body(start, 30, start < 70 ? broken() : undefined),
    (start: number) => body(start, 30),
  ];
  for (const way of ways) {
    const { starts, bytes, failure } = await read(way, { end: 100 });
    assertEquals(failure, undefined);
    assertEquals(bytes, ALL);
    assertEquals(starts, [0, 30, 60, 90]);
  }
});

Deno.test("a connection that breaks behind the last byte is no loss", async () => {
  const { starts, bytes, failure } = await read(
    (start) => body(start, 100, broken()),
    { end: 100 },
  );
  assertEquals([failure, bytes, starts], [undefined, ALL, [0]]);
});

Deno.test("where the end is not known, bytes end with a connection that does", async () => {
  const { bytes, starts } = await read((start) => body(start, 40));
  assertEquals([bytes.length, starts], [40, [0]]);
});

Deno.test("after five connections in a row without a byte it is given up", async () => {
  const stuck = await read((start) => body(start, 0, broken()), { end: 100 });
  assertEquals(stuck.failure.message, "broke");
  assertEquals(stuck.starts.length, 5);
  let tries = 0;
  const slow = await read(
    (start) => body(start, ++tries % 4 === 0 ? 50 : 0, broken()),
    { end: 100 },
  );
  assertEquals([slow.failure, slow.bytes], [undefined, ALL]);
});

Deno.test("what won't pass, and an abort, end it at once", async () => {
  const wrong = new IntegrityError("wrong");
  const { failure, starts } = await read((start) => body(start, 10, wrong));
  assertEquals([failure, starts], [wrong, [0]]);
  const controller = new AbortController();
  const aborted = read((start) => {
    controller.abort(new Error("enough"));
    return body(start, 10);
  }, { signal: controller.signal });
  assertEquals((await aborted).failure.message, "enough");
});

Deno.test("whoever stops reading closes the connection", async () => {
  let cancelled = false;
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(BYTES),
    cancel: () => void (cancelled = true),
  });
  const open = () => Promise.resolve({ body: stream });
  for await (const _ of resumingBytes("It", "Get", open)) break;
  assertEquals(cancelled, true);
});
