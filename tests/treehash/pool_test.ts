import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { FileError, MoraineError } from "../../src/errors.ts";
import type { WorkerHandle } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import { HashPool } from "../../src/treehash/pool.ts";
import { LEAF_SIZE, sha256, treeHash } from "../../src/treehash/tree_hash.ts";
import { temporaryFolder, vectorPayload } from "../testing.ts";

const host = createHost();

async function fileToHash(path: string) {
  return { path, identity: (await host.files.stat(path))! };
}

/** Refused before anything is looked for, and so before anybody may have listened. */
const FAILS_AT_ONCE = "ftp://nowhere/worker.js";

/** The pool does small things itself at first; here all is done by threads. */
function threadsOnly(platform = host, threads?: number): HashPool {
  const pool = new HashPool(platform, { threads });
  pool.warmUp(Infinity);
  return pool;
}

const POOLS: [string, () => HashPool][] = [
  ["without being asked for much", () => new HashPool(host)],
  ["by its threads", threadsOnly],
];

for (const [how, makePool] of POOLS) {
  Deno.test(`the pool reads and hashes every range of a file, ${how}`, async () => {
    await using folder = await temporaryFolder();
    await using pool = makePool();
    const payload = vectorPayload(3 * LEAF_SIZE + 5);
    await Deno.writeFile(folder.at("f"), payload);
    const file = await fileToHash(folder.at("f"));
    const ranges = [[0, 1], [0, LEAF_SIZE], [5, 2 * LEAF_SIZE], [
      2 * LEAF_SIZE,
      LEAF_SIZE + 5,
    ], [0, payload.length]];
    await Promise.all(ranges.map(async ([offset, length]) => {
      const expected = payload.slice(offset, offset + length);
      const range = await pool.read(file, offset, length);
      assertEquals(range.bytes, expected);
      assertEquals(range.sha256, encodeHex(await sha256(expected)));
      assertEquals(range.treeHash, await treeHash(expected));
    }));
  });
}

Deno.test("the pool hashes a file larger than one thread's share as a whole", async () => {
  await using folder = await temporaryFolder();
  await using pool = new HashPool(host, { threads: 3 });
  const payload = vectorPayload(35 * LEAF_SIZE + 123);
  await Deno.writeFile(folder.at("f"), payload);
  let seen = 0;
  const hash = await pool.treeHash(await fileToHash(folder.at("f")), {
    onBytes: (count) => seen += count,
  });
  assertEquals(hash, await treeHash(payload));
  assertEquals(seen, payload.length);
});

for (const [how, makePool] of POOLS) {
  Deno.test(`a file that is not what it was is refused, ${how}`, async () => {
    await using folder = await temporaryFolder();
    await using pool = makePool();
    const path = folder.at("f");
    const changes: [string, () => Promise<void>][] = [
      ["grown", () => Deno.writeFile(path, new Uint8Array(11))],
      ["shrunk", () => Deno.writeFile(path, new Uint8Array(9))],
      ["touched", () => Deno.utime(path, 5, 5)],
      ["replaced", async () => {
        const { mtime, atime } = await Deno.stat(path);
        await Deno.writeFile(folder.at("g"), new Uint8Array(10));
        await Deno.utime(folder.at("g"), atime!, mtime!);
        await Deno.rename(folder.at("g"), path);
      }],
    ];
    for (const [change, make] of changes) {
      await Deno.writeFile(path, new Uint8Array(10));
      const file = await fileToHash(path);
      await make();
      for (
        const ask of [() => pool.read(file, 0, 5), () => pool.treeHash(file)]
      ) {
        const error = await assertRejects(ask, FileError, path, change);
        assertEquals(error.problem, "changed");
      }
    }
  });

  Deno.test(`a file that vanished or can't be read is named, ${how}`, async () => {
    await using folder = await temporaryFolder();
    await using pool = makePool();
    await Deno.writeFile(folder.at("f"), new Uint8Array(10));
    const file = await fileToHash(folder.at("f"));
    await Deno.remove(folder.at("f"));
    const gone = await assertRejects(() => pool.read(file, 0, 10), FileError);
    assertEquals([gone.problem, gone.path], ["vanished", file.path]);
    const at = { ...file, path: folder.path };
    const failed = await assertRejects(() => pool.treeHash(at), FileError);
    assert(failed.problem !== "vanished");
  });
}

Deno.test("memory that was given back is used again, and holds what was asked for", async () => {
  await using folder = await temporaryFolder();
  await using pool = new HashPool(host, { threads: 1 });
  const content = vectorPayload(9 * LEAF_SIZE + 5);
  await Deno.writeFile(folder.at("f"), content);
  const file = await fileToHash(folder.at("f"));
  const lengths = [4, 4, 3, 1, 8, 2.5].map((n) => n * LEAF_SIZE);
  for (const [offset, length] of lengths.entries()) {
    const { bytes, sha256, treeHash: hash } = await pool.read(
      file,
      offset,
      length,
    );
    const expected = content.slice(offset, offset + length);
    assertEquals(bytes, expected);
    assertEquals(
      sha256,
      encodeHex(await crypto.subtle.digest("SHA-256", expected)),
    );
    assertEquals(hash, await treeHash(expected));
    // Not much more is held than is asked for.
    assert(bytes.buffer.byteLength <= 2 * length);
    pool.giveBack(bytes);
  }
});

Deno.test("a leaf is written to its place, and hashed; nothing else is written to", async () => {
  await using folder = await temporaryFolder();
  await using pool = new HashPool(host, { threads: 1 });
  const path = folder.at("f");
  await Deno.writeFile(path, new Uint8Array(10).fill(7));
  const { identity } = await fileToHash(path);
  const leaf = () => vectorPayload(LEAF_SIZE);
  const written = await pool.write({ path, identity }, LEAF_SIZE, leaf());
  assertEquals(written.hash, await treeHash(leaf()));
  assertEquals(written.bytes, leaf());
  const content = await Deno.readFile(path);
  assertEquals(content.length, 2 * LEAF_SIZE);
  assertEquals(content.subarray(0, 10), new Uint8Array(10).fill(7));
  assertEquals(content.subarray(LEAF_SIZE), leaf());
  // Another file of its name, a link to it, and nothing.
  await Deno.writeTextFile(folder.at("other"), "other");
  await Deno.rename(folder.at("other"), path);
  await assertRejects(() => pool.write({ path, identity }, 0, leaf()), Error);
  await Deno.symlink("f", folder.at("link"), { type: "file" });
  const link = {
    path: folder.at("link"),
    identity: (await fileToHash(path)).identity,
  };
  await assertRejects(() => pool.write(link, 0, leaf()), Error);
  const gone = { path: folder.at("gone"), identity };
  await assertRejects(() => pool.write(gone, 0, leaf()), Error);
  assertEquals(await Deno.readTextFile(path), "other");
});

Deno.test("an abort drops what is queued and leaves the pool usable", async () => {
  await using folder = await temporaryFolder();
  await using pool = new HashPool(host, { threads: 1 });
  await Deno.writeFile(folder.at("f"), vectorPayload(8 * LEAF_SIZE));
  const file = await fileToHash(folder.at("f"));
  const abort = new AbortController();
  const asked = Array.from(
    { length: 20 },
    () => pool.read(file, 0, 8 * LEAF_SIZE, { signal: abort.signal }),
  );
  const reason = new Error("enough");
  abort.abort(reason);
  for (const result of await Promise.allSettled(asked)) {
    assert(result.status === "rejected" && result.reason === reason);
  }
  await assertRejects(
    () => pool.read(file, 0, 1, { signal: abort.signal }),
    Error,
    "enough",
  );
  assertEquals((await pool.read(file, 0, 1)).bytes.length, 1);
});

Deno.test("closing the pool rejects what is under way, and later calls", async () => {
  await using folder = await temporaryFolder();
  const pool = threadsOnly(host, 1);
  await Deno.writeFile(folder.at("f"), vectorPayload(LEAF_SIZE));
  const file = await fileToHash(folder.at("f"));
  await pool.read(file, 0, 1);
  const asked = [pool.read(file, 0, 5), pool.read(file, 0, 5)];
  const settled = Promise.allSettled(asked);
  await pool[Symbol.asyncDispose]();
  for (const result of await settled) assertEquals(result.status, "rejected");
  await assertRejects(() => pool.read(file, 0, 1), DOMException, "closed");
});

Deno.test("a worker that can't start is an error and no hang", async () => {
  await using folder = await temporaryFolder();
  const broken = createHost({ workerUrl: "file:///nowhere/worker.js" });
  await using pool = threadsOnly(broken);
  await Deno.writeFile(folder.at("f"), new Uint8Array(10));
  const file = await fileToHash(folder.at("f"));
  await assertRejects(() => pool.read(file, 0, 1), FileError, "worker thread");
});

Deno.test("workers that can't start are an error, however many are started at once", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.at("f"), vectorPayload(20 * LEAF_SIZE));
  const file = await fileToHash(folder.at("f"));
  const broken = createHost({ workerUrl: FAILS_AT_ONCE });
  // Which of them fails first, and before or after it has got something to do, is chance.
  for (let round = 0; round < 5; round++) {
    await using pool = new HashPool(broken, { threads: 4 });
    const asked = [0, 1, 2, 3, 4].map((n) =>
      pool.read(file, 4 * n * LEAF_SIZE, 4 * LEAF_SIZE)
    );
    for (const result of await Promise.allSettled(asked)) {
      assert(result.status === "rejected");
      assert(result.reason instanceof FileError, result.reason);
    }
  }
});

Deno.test("a thread that can't be had for a moment is asked for again", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.at("f"), new Uint8Array(10));
  const file = await fileToHash(folder.at("f"));
  for (const [failures, works] of [[2, true], [Infinity, false]] as const) {
    let starts = 0;
    const short = {
      ...host,
      startHashWorker: () =>
        ++starts > failures
          ? host.startHashWorker()
          : Promise.reject(new Error("EAGAIN: no threads")),
    };
    await using pool = threadsOnly(short, 1);
    if (works) assertEquals((await pool.read(file, 0, 1)).bytes.length, 1);
    else {
      const error = await assertRejects(
        () => pool.read(file, 0, 1),
        MoraineError,
        "Cannot start a thread to hash files with: no threads (EAGAIN)",
      );
      // It concerns every file, not this one.
      assert(!(error instanceof FileError));
    }
  }
});

Deno.test("a death that is told twice, as Node does, counts once", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.at("f"), vectorPayload(4 * LEAF_SIZE));
  const file = await fileToHash(folder.at("f"));
  const broken = createHost({ workerUrl: FAILS_AT_ONCE });
  let starts = 0;
  const stuttering = {
    ...host,
    async startHashWorker(): Promise<WorkerHandle> {
      // The first one dies.
      const worker = await (starts++ === 0 ? broken : host).startHashWorker();
      return {
        ...worker,
        listen: (listener) =>
          worker.listen((event) => {
            listener(event);
            if ("error" in event) listener(event);
          }),
      };
    },
  };
  await using pool = new HashPool(stuttering, { threads: 1 });
  // What it died with, and what stood in line behind that, another one does.
  const ranges = await Promise.all(
    [0, 1].map((n) => pool.read(file, 2 * n * LEAF_SIZE, 2 * LEAF_SIZE)),
  );
  assertEquals(ranges.map(({ bytes }) => bytes.length), [
    2 * LEAF_SIZE,
    2 * LEAF_SIZE,
  ]);
});

Deno.test("threads that are dead before they get anything are not replaced for ever", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(folder.at("f"), new Uint8Array(10));
  const file = await fileToHash(folder.at("f"));
  let starts = 0;
  const dead: WorkerHandle = {
    post: () => {},
    listen: (listener) => listener({ error: new Error("no memory") }),
    terminate: () => Promise.resolve(),
  };
  const deadly = {
    ...host,
    startHashWorker: () =>
      ++starts > 100
        ? Promise.reject(new Error("enough"))
        : Promise.resolve(dead),
  };
  await using pool = threadsOnly(deadly, 1);
  await assertRejects(() => pool.read(file, 0, 1), FileError, "no memory");
});

Deno.test("threads are started for what takes longer than starting one", async () => {
  await using folder = await temporaryFolder();
  const content = vectorPayload(2 * LEAF_SIZE);
  await Deno.writeFile(folder.at("f"), content);
  const file = await fileToHash(folder.at("f"));
  let starts = 0;
  const counting = {
    ...host,
    startHashWorker() {
      starts++;
      return host.startHashWorker();
    },
  };
  const readTimes = async (times: number, length: number) => {
    starts = 0;
    await using pool = new HashPool(counting);
    const expected = content.slice(0, length);
    for (let done = 0; done < times; done++) {
      assertEquals((await pool.read(file, 0, length)).bytes, expected);
    }
    return starts;
  };
  assertEquals(await readTimes(10, LEAF_SIZE), 0);
  assertEquals(await readTimes(100, 1), 0);
  assert(await readTimes(20, LEAF_SIZE) > 0);
  assert(await readTimes(300, 1) > 0);
  // The main thread has no time for this.
  assert(await readTimes(1, LEAF_SIZE + 1) > 0);
});
