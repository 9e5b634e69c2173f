/**
 * That each option of a run has the effect that it is given for.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  checkLocalHash,
  createFilter,
  EVERYTHING,
  type GlacierClient,
  MoraineError,
  type NameFilter,
  NetworkError,
  parseFilterRules,
  readJournal,
  type RunEvent,
  type RunOptions,
  type Summary,
  UsageError,
  Vault,
  type VaultOptions,
} from "../../mod.ts";
import { bytesOf, filesBelow, MiB, withWorkplace } from "./service.ts";

/** A vault that exists, a folder of two files, and a journal. */
interface Case {
  vault(options?: Partial<VaultOptions>): Vault;
  /** The vault's name. */
  name: string;
  here: { dir: string; journal: string };
  /** Where nothing is yet. */
  elsewhere: { dir: string; journal: string };
  newJournal: string;
  client: GlacierClient;
  /** Writes a file of the folder, and says where it is. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

const ONE = createFilter(parseFilterRules("+a.txt -"));

/** The names of one type of event, in the order of the alphabet. */
async function namesOf(
  type: RunEvent["type"],
  run: (options: RunOptions) => Promise<Summary>,
): Promise<string[]> {
  const names: string[] = [];
  await run({
    onEvent(event) {
      if (event.type === type && "name" in event) names.push(`${event.name}`);
    },
  });
  return names.sort();
}

async function namesIn(journal: string): Promise<string[]> {
  return [...(await readJournal(journal)).files()].map(([name]) => name).sort();
}

/** The jobs of a vault, by what tells how they were asked for. */
async function jobsOf({ client, name }: Case): Promise<unknown[]> {
  const { items } = await client.listJobs(name);
  return items.map(({ tier, inventory }) => inventory?.format ?? tier);
}

/** The names that an inventory has for archives with these descriptions. */
async function named(
  place: Case,
  description: string,
  options: Partial<Parameters<Vault["downloadInventory"]>[0]>,
): Promise<string[]> {
  const { client, newJournal } = place;
  const { archiveId } = await client.uploadArchive(place.name, {
    bytes: new TextEncoder().encode("x"),
    sha256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    treeHash:
      "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    description,
  });
  await place.vault().requestInventory();
  await place.vault().downloadInventory({ newJournal, ...options });
  const names = await namesIn(newJournal);
  return names.map((name) => name === archiveId ? "the ID" : name);
}

/** An option, what is done with it, and what comes of it. */
const OPTIONS: [
  option: string,
  observe: (place: Case) => Promise<unknown>,
  expected: unknown,
][] = [
  ["purge, filter", async ({ vault, here }) => {
    await vault().sync(here);
    await vault().purge({ journal: here.journal, filter: ONE });
    return namesIn(here.journal);
  }, ["b.jpg"]],
  ["sync, filter", async ({ vault, here }) => {
    await vault().sync({ ...here, filter: ONE });
    return namesIn(here.journal);
  }, ["a.txt"]],
  ["restore, filter", async ({ vault, here, elsewhere }) => {
    await vault().sync(here);
    return namesOf(
      "retrievalStarted",
      (run) => vault().restore({ ...run, ...elsewhere, filter: ONE }),
    );
  }, ["a.txt"]],
  ["restoreCompleted, filter", async ({ vault, here, elsewhere }) => {
    await vault().sync(here);
    await vault().restore(elsewhere);
    await vault().restoreCompleted({ ...elsewhere, filter: ONE });
    return filesBelow(elsewhere.dir);
  }, ["a.txt"]],
  ["checkLocalHash, filter", async ({ vault, here }) => {
    await vault().sync(here);
    return namesOf(
      "checked",
      (run) => checkLocalHash({ ...run, ...here, filter: ONE }),
    );
  }, ["a.txt"]],
  ["sync, deleteRemoved", async ({ vault, here }) => {
    await vault().sync(here);
    await rm(join(here.dir, "a.txt"));
    await vault().sync({ ...here, deleteRemoved: true });
    return namesIn(here.journal);
  }, ["b.jpg"]],
  ["sync, no deleteRemoved", async ({ vault, here }) => {
    await vault().sync(here);
    await rm(join(here.dir, "a.txt"));
    await vault().sync(here);
    return namesIn(here.journal);
  }, ["a.txt", "b.jpg"]],
  ["sync, replaceModified", async ({ vault, here, write }) => {
    await vault().sync(here);
    await utimes(await write("a.txt", "A"), 1, 1);
    await utimes(join(here.dir, "b.jpg"), 1, 1);
    const uploaded: number[] = [];
    for (const replaceModified of [undefined, "treehash", "mtime"] as const) {
      const { files } = await vault().sync({ ...here, replaceModified });
      uploaded.push(files);
    }
    return uploaded;
  }, [0, 1, 1]],
  ["sync, uploadNew: false", async ({ vault, here }) => {
    const options = { ...here, uploadNew: false, deleteRemoved: true };
    const { files } = await vault().sync(options);
    return files;
  }, 0],
  ["sync, maxFiles", async ({ vault, here }) => {
    const { files } = await vault().sync({ ...here, maxFiles: 1 });
    return files;
  }, 1],
  ["restore, maxFiles", async ({ vault, here, elsewhere }) => {
    await vault().sync(here);
    const options = { ...elsewhere, maxFiles: 1 };
    const { files, operations } = await vault().restore(options);
    return [files, operations.InitiateJob];
  }, [1, 1]],
  ["sync, countFirst", async ({ vault, here }) => {
    const types: string[] = [];
    await vault().sync({
      ...here,
      countFirst: true,
      onEvent: ({ type, ...event }) =>
        void types.push("bytes" in event ? `${type} ${event.bytes}` : type),
    });
    return types[0];
  }, "planned 2"],
  ["sync, partSize", async ({ vault, here, write }) => {
    await write("large", bytesOf(3 * MiB, 1));
    const { operations } = await vault().sync({ ...here, partSize: MiB });
    return operations.UploadMultipartPart;
  }, 3],
  ["sync, memoryLimit", async ({ vault, here, write }) => {
    await write("large", bytesOf(3 * MiB, 1));
    const options = { ...here, memoryLimit: 2 * MiB };
    const { operations } = await vault().sync(options);
    return operations.UploadMultipartPart;
  }, 3],
  ["upload, partSize", async ({ vault, here: { journal }, write }) => {
    const path = await write("large", bytesOf(3 * MiB, 1));
    const options = { name: "l", journal, partSize: MiB };
    const { operations } = await vault().upload({
      ...options,
      source: { path },
    });
    return operations.UploadMultipartPart;
  }, 3],
  ["upload, maxSize", async ({ vault, here: { journal } }) => {
    async function* stream() {
      yield bytesOf(3 * MiB, 1);
    }
    const { operations } = await vault().upload({
      name: "stream",
      journal,
      partSize: MiB,
      // The service takes 10,000 parts ("Uploading Large Archives in Parts" in
      // the Glacier developer guide).
      source: { stream: stream(), maxSize: 10_001 * MiB },
    });
    return operations.UploadMultipartPart;
  }, 2],
  ["restoreCompleted, segmentSize", async (place) => {
    const { vault, here, elsewhere, write } = place;
    await write("large", bytesOf(3 * MiB, 1));
    const filter = createFilter(parseFilterRules("+large -"));
    await vault().sync({ ...here, filter });
    await vault().restore(elsewhere);
    const options = { ...elsewhere, segmentSize: MiB };
    const { operations } = await vault().restoreCompleted(options);
    return operations.GetJobOutput;
  }, 3],
  ["requestInventory, format", async (place) => {
    await place.vault().sync(place.here);
    await place.vault().requestInventory({ format: "csv" });
    return jobsOf(place);
  }, ["CSV"]],
  ["requestInventory, no format", async (place) => {
    await place.vault().sync(place.here);
    await place.vault().requestInventory();
    return jobsOf(place);
  }, ["JSON"]],
  [
    "downloadInventory, no descriptions",
    (place) => named(place, "plain.txt", {}),
    ["plain.txt"],
  ],
  [
    "downloadInventory, descriptions",
    (place) => named(place, "plain.txt", { descriptions: "mt" }),
    ["the ID"],
  ],
  [
    "downloadInventory, no undecodable",
    (place) => named(place, "", {}),
    ["the ID"],
  ],
  [
    "downloadInventory, undecodable: leave-out",
    (place) => named(place, "", { undecodable: "leave-out" }),
    [],
  ],
  [
    "downloadInventory, undecodable: fail",
    (place) =>
      named(place, "", { undecodable: "fail" }).catch((error) =>
        error instanceof MoraineError && error.message.includes("no name")
      ),
    true,
  ],
  ["tier", async (place) => {
    const vault = place.vault({ tier: "Bulk" });
    await vault.sync(place.here);
    await vault.restore(place.elsewhere);
    return jobsOf(place);
  }, ["Bulk", "Bulk"]],
  ["timeout", async ({ vault }) => {
    const silent = vault({
      timeout: 0.1,
      retries: 0,
      fetch: ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason))
        ),
    });
    const signal = AbortSignal.timeout(20_000);
    const error = await assertRejects(
      () => silent.create({ signal }),
      NetworkError,
    );
    return error.problem;
  }, "timeout"],
  ["retries", async ({ vault }) => {
    let requests = 0;
    const dead = vault({
      retries: 1,
      fetch() {
        requests++;
        throw new TypeError("fetch failed");
      },
    });
    await assertRejects(() => dead.create(), NetworkError);
    return requests;
  }, 2],
  ["concurrency", async ({ vault, here, write }) => {
    for (let n = 0; n < 8; n++) await write(`file ${n}`, "content");
    let [now, most] = [0, 0];
    const one = vault({
      concurrency: 1,
      async fetch(request) {
        most = Math.max(most, ++now);
        try {
          return await fetch(request);
        } finally {
          now--;
        }
      },
    });
    await one.sync(here);
    return most;
  }, 1],
];

if (process.platform !== "win32") {
  const linked = (follow?: boolean) => async ({ vault, here, write }: Case) => {
    await symlink(await write("b.jpg", "b"), join(here.dir, "link"));
    await vault().sync({ ...here, follow });
    return namesIn(here.journal);
  };
  OPTIONS.push(
    ["sync, follow", linked(true), ["a.txt", "b.jpg", "link"]],
    ["sync, no follow", linked(), ["a.txt", "b.jpg"]],
  );
}

test("each option does what it is given for", () =>
  withWorkplace(async ({ at, vault, client }) => {
    for (const [index, [option, observe, expected]] of OPTIONS.entries()) {
      const name = `vault-${index}`;
      const dir = at(name, "folder");
      const journal = at(name, "journal.log");
      const place: Case = {
        vault: (options) => vault({ name, ...options }),
        name,
        here: { dir, journal },
        elsewhere: { dir: at(name, "elsewhere"), journal },
        newJournal: at(name, "new.log"),
        client,
        async write(file, content) {
          await writeFile(join(dir, file), content);
          return join(dir, file);
        },
      };
      await client.createVault(name);
      await mkdir(dir, { recursive: true });
      await place.write("a.txt", "a");
      await place.write("b.jpg", "b");
      let seen: unknown;
      try {
        seen = await observe(place);
      } catch (cause) {
        throw new Error(`The option ${option}`, { cause });
      }
      assertEquals(seen, expected, `The option ${option}`);
    }
  }));

/** Filters, and whether anything may be deleted by them. */
const DELETING: [filter: NameFilter, deletes: boolean][] = [
  [EVERYTHING, true],
  [{ includes: () => false, mayEnter: () => true }, true],
  ...([
    ["-*.jpg", true],
    ["+*.tmp -", true],
    ["+*.tmp -**", true],
    ["+*.tmp -*", true],
    ["+*.tmp +", true],
    ["+*.tmp", false],
    ["-*.jpg +*.tmp", false],
    ["+*.tmp -*.jpg", false],
    ["+*.tmp -!", false],
    ["+*.tmp -/*", false],
  ] as const).map(([rules, deletes]): [NameFilter, boolean] => [
    createFilter(parseFilterRules(rules)),
    deletes,
  ]),
  [createFilter([]), false],
];

test("nothing is deleted by rules that say what to take and not what becomes of the rest", async () => {
  const asked = new Error("the service was asked");
  const vault = new Vault({
    name: "photos",
    region: "us-east-1",
    endpoint: "http://127.0.0.1:2",
    // It is asked for its keys once the options are found good.
    credentials: () => Promise.reject(asked),
  });
  const here = { dir: "no folder", journal: "no.log" };
  for (const [filter, deletes] of DELETING) {
    for (
      const run of [
        () => vault.purge({ journal: here.journal, filter }),
        () => vault.purge({ journal: here.journal, filter, dryRun: true }),
        () => vault.sync({ ...here, filter, deleteRemoved: true }),
      ]
    ) {
      const error = await assertRejects(run);
      if (deletes) assertEquals(error, asked);
      else assertEquals(error instanceof UsageError, true, `${error}`);
    }
    const error = await assertRejects(() => vault.sync({ ...here, filter }));
    assertEquals(error, asked);
  }
});
