/**
 * What is measured: the cases that docs/performance.md tells of, each with the
 * rate that it must have.
 *
 * @module
 */

import { join } from "node:path";
import { ARCHIVE_ID, archiveBlock, blocksTreeHash } from "./sink.ts";
import { benchName, writeJournal } from "./journal.ts";
import type { HashReference } from "./openssl.ts";
import type { MeasuredRun } from "./program.ts";

export const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** What a case works with. */
export interface BenchContext {
  /** A folder of its own, on a disk. */
  folder: string;
  /** A folder of its own in memory, where the machine has such a thing. */
  memory: string;
  /** Runs the program. */
  run(...args: string[]): Promise<MeasuredRun>;
  /** Options with which the program uses the sink. */
  service: readonly string[];
}

/** A limit for what is measured, in the case's unit. */
export interface Target {
  limit: number;
  /** Whether more than the limit is what is wanted. */
  atLeast: boolean;
  /** How the limit comes about, such as `0.65 × M`. */
  formula: string;
}

/** One case. */
export interface Case {
  /** For `--only`. */
  id: string;
  title: string;
  unit: string;
  /** How many digits after the point the unit wants. */
  digits: number;
  /** Whether it is measured against OpenSSL. */
  reference: boolean;
  /** What mt-aws-glacier takes, as measured on another machine of two cores. */
  original: string;
  target(reference: HashReference): Target;
  /** Makes what the case needs; resolves to what does it once and gives its value. */
  prepare(context: BenchContext): Promise<() => Promise<number>>;
}

function fixed(limit: number, formula: string, atLeast = false) {
  return () => ({ limit, atLeast, formula });
}

/** A file of repeated blocks, in the page cache. */
async function writeBlocks(path: string, count: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const block = archiveBlock();
  for (let i = 0; i < count; i++) await file.write(block);
}

async function mtimeOf(path: string): Promise<number> {
  return Math.floor((await Deno.stat(path)).mtime!.getTime() / 1000);
}

/** `check-local-hash` on 4 GiB in so many files. */
function checkHash(files: number): Case["prepare"] {
  return async ({ memory, run }) => {
    const dir = join(memory, `hash-${files}`);
    await Deno.mkdir(dir);
    const mebibytes = 4096 / files;
    const treeHash = await blocksTreeHash(mebibytes);
    let journal = "";
    for (let i = 0; i < files; i++) {
      const path = join(dir, `file-${i}`);
      await writeBlocks(path, mebibytes);
      const fields = [
        "B",
        1_400_000_000,
        "CREATED",
        ARCHIVE_ID + i,
        mebibytes * MiB,
        await mtimeOf(path),
        treeHash,
        `file-${i}`,
      ];
      journal += fields.join("\t") + "\n";
    }
    const path = join(memory, `hash-${files}.log`);
    await Deno.writeTextFile(path, journal);
    return async () => {
      const { wall } = await run(
        "check-local-hash",
        "--dir",
        dir,
        "--journal",
        path,
      );
      return 4096 / wall;
    };
  };
}

/** The words of a `sync` in parts of 16 MiB, 4 at a time. */
function syncInParts(
  dir: string,
  journal: string,
  service: readonly string[],
): string[] {
  const sizes = ["--partsize", "16", "--concurrency", "4"];
  return ["sync", "--dir", dir, "--journal", journal, ...sizes, ...service];
}

/** `sync` of one file of 4 GiB; `value` makes the case's value of the run. */
function syncLarge(value: (run: MeasuredRun) => number): Case["prepare"] {
  return async ({ memory, run, service }) => {
    const dir = join(memory, "large");
    await Deno.mkdir(dir, { recursive: true });
    const path = join(dir, "file");
    const size = (await Deno.stat(path).catch(() => undefined))?.size;
    if (size !== 4 * GiB) await writeBlocks(path, 4096);
    const journal = join(memory, "large.log");
    return async () => {
      await Deno.remove(journal).catch(() => {});
      return value(
        await run(...syncInParts(dir, journal, service)),
      );
    };
  };
}

/** The peak of `sync` of one sparse file of so many GiB. */
export function sparsePeak(gibibytes: number): Case["prepare"] {
  return async ({ memory, run, service }) => {
    const dir = join(memory, `sparse-${gibibytes}`);
    await Deno.mkdir(dir);
    using file = await Deno.create(join(dir, "file"));
    await file.truncate(gibibytes * GiB);
    const journal = join(memory, `sparse-${gibibytes}.log`);
    return async () => {
      await Deno.remove(journal).catch(() => {});
      const { peak } = await run(...syncInParts(dir, journal, service));
      return peak;
    };
  };
}

/** Makes files of so many bytes under the names of a journal's. */
export async function makeFiles(
  dir: string,
  count: number,
  bytes: number,
): Promise<void> {
  const content = new Uint8Array(bytes).fill(7);
  for (let i = 0; i < Math.min(count, 1000); i++) {
    await Deno.mkdir(join(dir, benchName(i), ".."), { recursive: true });
  }
  for (let i = 0; i < count; i++) {
    Deno.writeFileSync(join(dir, benchName(i)), content);
  }
}

/** `sync` of so many files of 1 KiB, none of which is in the journal; resolves to how long it takes, and what memory. */
export function syncSmall(
  count: number,
): (context: BenchContext) => Promise<() => Promise<MeasuredRun>> {
  return async ({ folder, run, service }) => {
    const dir = join(folder, `small-${count}`);
    await makeFiles(dir, count, 1024);
    const journal = join(folder, `small-${count}.log`);
    return async () => {
      await Deno.remove(journal).catch(() => {});
      return await run(
        "sync",
        "--dir",
        dir,
        "--journal",
        journal,
        "--concurrency",
        "16",
        "--quiet",
        ...service,
      );
    };
  };
}

/** `sync` with a journal of so many archives and a folder without any of them. */
export function startOn(
  count: number,
): (context: BenchContext) => Promise<() => Promise<MeasuredRun>> {
  return async ({ folder, run, service }) => {
    const journal = join(folder, `journal-${count}.log`);
    await writeJournal(journal, count);
    const dir = join(folder, "empty");
    await Deno.mkdir(dir, { recursive: true });
    return () => run("sync", "--dir", dir, "--journal", journal, ...service);
  };
}

/** The cases, in the order of docs/performance.md. */
export const CASES: readonly Case[] = [
  {
    id: "hash-4",
    title: "check-local-hash, 4 GiB in 4 files, in page cache",
    unit: "MiB/s",
    digits: 0,
    reference: true,
    original: "300 MiB/s (0.08 × M)",
    target: ({ all }) => ({
      limit: 0.65 * all,
      atLeast: true,
      formula: "0.65 × M",
    }),
    prepare: checkHash(4),
  },
  {
    id: "hash-1",
    title: "the same in one file of 4 GiB",
    unit: "MiB/s",
    digits: 0,
    reference: true,
    original: "300 MiB/s",
    target: ({ all }) => ({
      limit: 0.6 * all,
      atLeast: true,
      formula: "0.6 × M",
    }),
    prepare: checkHash(1),
  },
  {
    id: "sync-cpu",
    title: "sync of one 4 GiB file, CPU of the client",
    unit: "s/GiB",
    digits: 2,
    reference: true,
    original: "10.1 s/GiB = 8.9 × (2048 ÷ S)",
    target: ({ single }) => ({
      limit: 2 * 2048 / single,
      atLeast: false,
      formula: "2.0 × (2048 ÷ S)",
    }),
    prepare: syncLarge(({ cpu }) => cpu / 4),
  },
  {
    id: "sync-wall",
    title: "sync of one 4 GiB file, wall",
    unit: "MiB/s",
    digits: 0,
    reference: true,
    original: "138 MiB/s (0.08 × S)",
    target: ({ single }) => ({
      limit: 0.4 * single,
      atLeast: true,
      formula: "0.4 × S",
    }),
    prepare: syncLarge(({ wall }) => 4096 / wall),
  },
  {
    id: "sync-small",
    title: "sync of 20,000 files of 1 KiB, concurrency 16",
    unit: "files/s",
    digits: 0,
    reference: false,
    original: "296 files/s",
    target: fixed(2500, "2,500", true),
    async prepare(context) {
      const once = await syncSmall(20_000)(context);
      return async () => 20_000 / (await once()).wall;
    },
  },
  {
    id: "restore",
    title: "restore-completed of 4 GiB in one file, segments of 16 MiB",
    unit: "MiB/s",
    digits: 0,
    reference: true,
    original: "",
    target: ({ single }) => ({
      limit: 0.3 * single,
      atLeast: true,
      formula: "0.3 × S",
    }),
    async prepare({ memory, run, service }) {
      const journal = join(memory, "restore.log");
      const dir = join(memory, "restored");
      const fields = [
        "B",
        1_400_000_000,
        "CREATED",
        ARCHIVE_ID,
        4 * GiB,
        1_300_000_000,
        await blocksTreeHash(4096),
        "file",
      ];
      await Deno.writeTextFile(journal, fields.join("\t") + "\n");
      return async () => {
        await Deno.remove(dir, { recursive: true }).catch(() => {});
        await Deno.mkdir(dir);
        const { wall } = await run(
          "restore-completed",
          "--dir",
          dir,
          "--journal",
          journal,
          "--segment-size",
          "16",
          ...service,
        );
        if ((await Deno.stat(join(dir, "file"))).size !== 4 * GiB) {
          throw new Error("Nothing was restored");
        }
        await Deno.remove(dir, { recursive: true });
        return 4096 / wall;
      };
    },
  },
  {
    id: "start",
    title: "a command on a journal of 1,000,000 records, nothing to do",
    unit: "s",
    digits: 2,
    reference: false,
    original: "15.7 s",
    target: fixed(1.5, "1.5"),
    async prepare(context) {
      const once = await startOn(1_000_000)(context);
      return async () => (await once()).wall;
    },
  },
  {
    id: "start-memory",
    title: "its memory",
    unit: "MB",
    digits: 0,
    reference: false,
    original: "1,267 MB",
    target: fixed(400, "400"),
    async prepare(context) {
      const once = await startOn(1_000_000)(context);
      return async () => (await once()).peak * MiB / 1e6;
    },
  },
  {
    id: "restore-dry",
    title: "restore --dry-run --max-number-of-files 10 on the same",
    unit: "s",
    digits: 2,
    reference: false,
    original: "21.9 s, 1,786 MB",
    target: fixed(2, "2"),
    async prepare({ folder, run, service }) {
      const journal = join(folder, "journal-1000000.log");
      await writeJournal(journal, 1_000_000);
      const dir = join(folder, "empty");
      await Deno.mkdir(dir, { recursive: true });
      return async () => {
        const { wall, out } = await run(
          "restore",
          "--dry-run",
          "--max-number-of-files",
          "10",
          "--dir",
          dir,
          "--journal",
          journal,
          ...service,
        );
        if (out.split("\n").length < 10) throw new Error(out);
        return wall;
      };
    },
  },
  {
    id: "walk",
    title: "sync of 200,000 files, all in the journal",
    unit: "s",
    digits: 2,
    reference: false,
    original: "",
    target: fixed(3, "3"),
    async prepare({ folder, run, service }) {
      const dir = join(folder, "walk");
      await makeFiles(dir, 200_000, 1);
      const journal = join(folder, "walk.log");
      await writeJournal(journal, 200_000, (i) => ({
        name: benchName(i),
        size: 1,
        mtime: 1_300_000_000,
      }));
      return async () => {
        const { wall } = await run(
          "sync",
          "--dir",
          dir,
          "--journal",
          journal,
          ...service,
        );
        return wall;
      };
    },
  },
  {
    id: "purge",
    title: "purge-vault of 20,000 archives, concurrency 16",
    unit: "archives/s",
    digits: 0,
    reference: false,
    original: "",
    target: fixed(2500, "2,500", true),
    prepare({ folder, run, service }) {
      const journal = join(folder, "purge.log");
      return Promise.resolve(async () => {
        await writeJournal(journal, 20_000);
        const { wall } = await run(
          "purge-vault",
          "--journal",
          journal,
          "--concurrency",
          "16",
          "--quiet",
          ...service,
        );
        return 20_000 / wall;
      });
    },
  },
  {
    id: "version",
    title: "version",
    unit: "ms",
    digits: 0,
    reference: false,
    original: "200 ms",
    target: fixed(80, "80"),
    prepare: ({ run }) =>
      Promise.resolve(async () => (await run("version")).wall * 1000),
  },
  {
    id: "memory-16",
    title:
      "memory of sync of one sparse file of 16 GiB, partsize 16, concurrency 4",
    unit: "MB",
    digits: 0,
    reference: false,
    original: "90 MB in each of 5 processes",
    target: fixed(300, "300"),
    async prepare(context) {
      const once = await sparsePeak(16)(context);
      return async () => await once() * MiB / 1e6;
    },
  },
  {
    id: "memory-4",
    title: "the same of 4 GiB",
    unit: "MB",
    digits: 0,
    reference: false,
    original: "",
    target: fixed(300, "300"),
    async prepare(context) {
      const once = await sparsePeak(4)(context);
      return async () => await once() * MiB / 1e6;
    },
  },
];
