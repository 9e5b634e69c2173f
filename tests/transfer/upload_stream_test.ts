import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { basename } from "node:path";
import { INPUT_WORDS } from "../../src/cli/upload_source.ts";
import { openUploadSession } from "../../src/commands/upload_session.ts";
import { FileError } from "../../src/errors.ts";
import { GlacierStore } from "../../src/glacier/store.ts";
import { createHost } from "../../src/platform/host.ts";
import type { RunEvent } from "../../src/transfer/events.ts";
import {
  type StreamToUpload,
  uploadStream,
} from "../../src/transfer/upload_stream.ts";
import { faultyFiles } from "../journal/fixtures.ts";
import { interfered, runProgram, workplace } from "../program.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0; left -= 300_000) {
    yield new Uint8Array(Math.min(left, 300_000));
  }
}

/** Uploads a stream to a service that takes three parts, and parts of 4 MiB at most. */
async function uploadInThree(stream: Omit<StreamToUpload, "name" | "words">) {
  await using place = await workplace();
  await place.client.createVault("photos");
  const platform = createHost();
  const store = new GlacierStore({ client: place.client, vault: "photos" });
  Object.assign(store.limits, { maxParts: 3, maxPartSize: 4 * MIB });
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const { signal } = new AbortController();
  const sizing = { concurrency: 2, memory: 64 * MIB };
  let failure: unknown;
  {
    await using session = await openUploadSession(
      { platform, store, emit, signal },
      { journal: place.journal, ...sizing, signal },
    );
    const createSha256 = () => platform.createSha256();
    const context = { ...session, ...sizing, createSha256 };
    const upload = uploadStream(
      { ...stream, name: "stream", words: INPUT_WORDS },
      context,
    );
    await upload.catch((error) => failure = error);
  }
  const open = place.client.everyMultipartUpload("photos");
  return {
    failure,
    sizes: events.flatMap((event) =>
      event.type === "transferred" ? [event.bytes] : []
    ),
    archives: await place.countArchives(),
    open: (await Array.fromAsync(open)).length,
  };
}

Deno.test("a stream that fills all the parts that there may be is taken", async () => {
  const { failure, sizes, archives } = await uploadInThree({
    content: bytes(3 * MIB),
    partSize: MIB,
  });
  assertEquals([failure, sizes, archives], [undefined, [MIB, MIB, MIB], 1]);
});

Deno.test("a byte more ends the upload, and tells what helps", async () => {
  const { failure, archives, open } = await uploadInThree({
    content: bytes(3 * MIB + 1),
    partSize: MIB,
  });
  await assertRejects(() => Promise.reject(failure), FileError);
  assertEquals(
    (failure as Error).message,
    "More came on standard input than the 3145728 bytes that fit into 3 parts of 1 MiB; stream was not uploaded: give --check-max-file-size with the most that may come, or a larger --partsize",
  );
  assertEquals([archives, open], [0, 0]);
});

Deno.test("where it is known how much may come, parts are large enough for it, and for more than that", async () => {
  const { failure, sizes, archives } = await uploadInThree({
    content: bytes(6 * MIB),
    maxSize: 5 * MIB,
    partSize: MIB,
  });
  assertEquals(failure, undefined);
  assertEquals([sizes, archives], [[2 * MIB, 2 * MIB, 2 * MIB], 1]);
});

Deno.test("of what is larger than any archive can be, nothing is left", async () => {
  const { failure, archives, open } = await uploadInThree({
    content: bytes(12 * MIB + 1),
    maxSize: GIB,
    partSize: MIB,
  });
  assertMatch(
    (failure as Error).message,
    /the service takes no larger archive/,
  );
  assertEquals([archives, open], [0, 0]);
});

Deno.test("the intent of a stream is on disk before its parts are sent and before the archive is made, the record before the report", async () => {
  await using place = await workplace();
  await place.client.createVault("photos");
  const events: string[] = [];
  const files = faultyFiles({
    onCall: (call, path) => {
      const name = basename(path);
      if (/^journal\.log(\.intents)?$/.test(name)) {
        events.push(`${call} ${name}`);
      }
    },
  });
  const run = await runProgram([
    ...["upload-file", "--config", place.config, "--partsize", "1"],
    ...["--stdin", "--set-rel-filename", "s", "--concurrency", "1"],
  ], {
    platform: { ...createHost(), files },
    input: () => bytes(MIB + 1),
    fetch: interfered(place.server, (operation, pass) => {
      events.push(operation);
      return pass();
    }),
    onLine: (line) => events.push(line.split(" ")[0]),
  });
  assertEquals(run.status, 0, run.err);
  assertEquals(events.slice(0, events.indexOf("Finished") + 1), [
    "DescribeVault",
    "InitiateMultipartUpload",
    "write journal.log.intents",
    "sync journal.log.intents",
    "UploadMultipartPart",
    "UploadMultipartPart",
    "write journal.log.intents",
    "sync journal.log.intents",
    "CompleteMultipartUpload",
    "write journal.log",
    "sync journal.log",
    "Finished",
  ]);
});
