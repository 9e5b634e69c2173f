import { assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { FileError, readJournal } from "../../mod.ts";
import { all, bytesOf, MiB, withWorkplace } from "./service.ts";

test("a stream becomes an archive of several parts, under its name", () =>
  withWorkplace(async ({ at, vault: connect, here }) => {
    const vault = connect();
    await vault.create();
    const bytes = bytesOf(2 * MiB + 77, 5);
    async function* pieces() {
      for (let offset = 0; offset < bytes.length; offset += 100_000) {
        yield bytes.subarray(offset, offset + 100_000);
      }
    }
    const { journal } = here;
    const { files, bytes: size, operations } = await vault.upload({
      name: "dumps/today.sql",
      source: { stream: pieces() },
      journal,
      partSize: MiB,
    });
    assertEquals([files, size], [1, bytes.length]);
    assertEquals(operations.UploadMultipartPart, 3);
    await vault.restore({ dir: at("back"), journal });
    await vault.restoreCompleted({ dir: at("back"), journal });
    const back = await readFile(at("back", "dumps/today.sql"));
    assertEquals(back.equals(bytes), true);
  }));

test("of a stream that fails no archive is made, and nothing is recorded", () =>
  withWorkplace(async ({ vault: connect, here, client }) => {
    const vault = connect();
    await vault.create();
    const failure = new Error("pg_dump ended with status 1");
    async function* failing() {
      yield bytesOf(2 * MiB, 6);
      throw failure;
    }
    const error = await assertRejects(
      () =>
        vault.upload({
          name: "dump.sql",
          source: { stream: failing() },
          journal: here.journal,
          partSize: MiB,
        }),
      Error,
      "pg_dump ended with status 1",
    );
    assertEquals(error === failure || error.cause === failure, true);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
    assertEquals(await all(client.everyMultipartUpload("photos")), []);
    assertEquals(existsSync(here.journal), true);
    assertEquals((await readJournal(here.journal)).fileCount, 0);
  }));

test("of a stream of anything but bytes no archive is made", () =>
  withWorkplace(async ({ vault: connect, here, client }) => {
    const vault = connect();
    await vault.create();
    const { journal } = here;
    async function* mixed(odd: unknown) {
      yield bytesOf(10, 1);
      yield odd as Uint8Array;
    }
    for (const odd of ["a text", new ArrayBuffer(8), new Uint16Array(8)]) {
      const source = { stream: mixed(odd) };
      await assertRejects(
        () => vault.upload({ name: "x", source, journal }),
        Error,
        "something else than Uint8Array",
      );
    }
    assertEquals((await readJournal(journal)).fileCount, 0);
    assertEquals(await all(client.everyMultipartUpload("photos")), []);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
  }));

test("a stream that is silent is closed where the run is aborted, whatever was read of it by then", async (t) => {
  for (const before of [0, 10, MiB + 10]) {
    await t.test(`${before} bytes`, () =>
      withWorkplace(async ({ vault: connect, here, client }) => {
        const vault = connect();
        await vault.create();
        const abort = new AbortController();
        let given = false;
        let closed = 0;
        const stream = {
          [Symbol.asyncIterator]: () => ({
            next(): Promise<IteratorResult<Uint8Array>> {
              if (!given && before > 0) {
                given = true;
                return Promise.resolve({ value: bytesOf(before, 1) });
              }
              abort.abort("enough");
              return new Promise(() => {});
            },
            return(): Promise<IteratorResult<Uint8Array>> {
              closed++;
              return Promise.resolve({ done: true, value: undefined });
            },
          }),
        };
        const error: unknown = await vault.upload({
          name: "dump.sql",
          source: { stream },
          journal: here.journal,
          partSize: MiB,
          signal: abort.signal,
        }).then(() => "no error", (error) => error);
        assertEquals([error, closed], ["enough", 1]);
        assertEquals(await all(client.everyMultipartUpload("photos")), []);
      }));
  }
});

test("a file goes up under another name than its own", () =>
  withWorkplace(async ({ at, write, vault: connect, here }) => {
    const vault = connect();
    await vault.create();
    await write({ "notes.txt": "some notes" });
    const { journal } = here;
    const source = { path: at("photos", "notes.txt") };
    await vault.upload({ name: "other/name.txt", source, journal });
    const [[name, { size }]] = (await readJournal(journal)).files();
    assertEquals([name, size], ["other/name.txt", 10]);
  }));

test("errors speak of the stream, and not of the command line's standard input", () =>
  withWorkplace(async ({ vault: connect, here: { journal } }) => {
    const vault = connect();
    await vault.create();
    async function* empty() {}
    // deno-lint-ignore require-yield
    async function* broken(): AsyncGenerator<Uint8Array> {
      throw new Error("gone");
    }
    for (
      const [stream, start] of [
        [empty(), "Nothing came on the stream, "],
        [broken(), "Cannot read the stream: gone"],
      ] as const
    ) {
      const error = await assertRejects(
        () => vault.upload({ name: "x", source: { stream }, journal }),
        FileError,
      );
      assertEquals(error.message.startsWith(start), true, error.message);
    }
  }));
