import { assertEquals } from "@std/assert";
import { streamChunks } from "../../src/server/stream_archive.ts";

Deno.test("a client that goes away while the last bytes are fetched is no failure", async () => {
  for (const last of [undefined, new Uint8Array(1)]) {
    const reports: unknown[] = [];
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const chunks = async function* () {
      asked.resolve();
      await answer.promise;
      if (last) yield last;
    };
    const stream = streamChunks({
      signal: new AbortController().signal,
      report: (error) => reports.push(error),
    }, chunks());
    const reader = stream.getReader();
    const read = reader.read();
    await asked.promise;
    const cancelled = reader.cancel();
    answer.resolve();
    await Promise.all([read, cancelled]);
    assertEquals(reports, []);
  }
});

Deno.test("what can't be read breaks the stream, and is told", async () => {
  const reports: unknown[] = [];
  const failure = new Error("the disk is gone");
  // deno-lint-ignore require-yield
  async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await Promise.resolve();
    throw failure;
  }
  const stream = streamChunks({
    signal: new AbortController().signal,
    report: (error) => reports.push(error),
  }, chunks());
  const failed = await new Response(stream).text().then(
    () => false,
    () => true,
  );
  assertEquals([failed, reports], [true, [failure]]);
});
