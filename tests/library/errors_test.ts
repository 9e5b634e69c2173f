import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { test } from "node:test";
import {
  checkLocalHash,
  CredentialsError,
  EVERYTHING,
  FileError,
  ItemNotFoundError,
  JournalError,
  NetworkError,
  type PurgeRunOptions,
  readJournal,
  ServiceError,
  UsageError,
  Vault,
  type VaultOptions,
} from "../../mod.ts";
import { KEYS, MiB, runMoraine, unread, withWorkplace } from "./service.ts";

test("what stops a run is told by the class of its error", () =>
  withWorkplace(async ({ at, write, vault: connect, here }) => {
    await connect().create();
    await write({ "a.txt": "a" });

    const secretAccessKey = "not this one";
    const wrong = connect({
      credentials: () => Promise.resolve({ ...KEYS, secretAccessKey }),
    });
    const refused = await assertRejects(() => wrong.sync(here), ServiceError);
    assertEquals(refused.code, "InvalidSignatureException");

    const nobody = connect({
      credentials: () => Promise.reject(new CredentialsError("No keys today")),
    });
    await assertRejects(
      () => nobody.sync(here),
      CredentialsError,
      "No keys today",
    );

    const nowhere = connect({ endpoint: "http://127.0.0.1:2", retries: 1 });
    const retried: number[] = [];
    const unreachable = await assertRejects(
      () =>
        nowhere.create({
          onEvent(event) {
            if (event.type === "retry") retried.push(event.attempt);
          },
        }),
      NetworkError,
    );
    assertEquals(unreachable.problem, "unreachable");
    assertEquals(retried, [1]);

    const dir = at("no such folder");
    const gone = await assertRejects(
      () => connect().sync({ ...here, dir }),
      FileError,
    );
    assertEquals(gone.path, dir);
    await assertRejects(() => readJournal(at("no.log")), JournalError);
    const missing = connect({ name: "missing" });
    const { code } = await assertRejects(
      () => missing.sync({ ...here, journal: at("missing.log") }),
      ServiceError,
    );
    assertEquals(code, "ResourceNotFoundException");
  }));

test("a journal that another run is using is refused, in this process and in any other", () =>
  withWorkplace(async ({ write, vault: connect, here, endpoint }) => {
    const vault = connect();
    await vault.create();
    await write({ "a.txt": "a" });
    const reading = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    async function* slow() {
      reading.resolve();
      await go.promise;
      yield new TextEncoder().encode("at last");
    }
    const { journal, dir } = here;
    const source = { stream: slow() };
    const upload = vault.upload({ name: "slow.txt", source, journal });
    try {
      await Promise.race([reading.promise, upload]);
      await assertRejects(() => vault.sync(here), JournalError);
      const folder = ["--dir", dir, "--journal", journal, "--vault", "photos"];
      const where = ["--endpoint", endpoint, "--region", "us-east-1"];
      const { status, said } = await runMoraine(
        ["sync", ...folder, ...where],
        {
          AWS_PROFILE: "",
          AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        },
      );
      assertEquals([status, said.includes(journal)], [1, true], said);
    } finally {
      go.resolve();
      await upload;
    }
    // And not any longer than that.
    assertEquals((await vault.sync(here)).files, 1);
  }));

test("a journal of another vault is refused, before anything is done", () =>
  withWorkplace(async ({ write, vault: connect, here, client }) => {
    const [photos, videos] = [connect(), connect({ name: "videos" })];
    await photos.create();
    await videos.create();
    await write({ "a.txt": "a" });
    await photos.sync(here);
    await write({ "b.txt": "b" });
    for (
      const run of [
        () => videos.sync(here),
        () => videos.restore(here),
        () => videos.purge({ journal: here.journal, filter: EVERYTHING }),
      ]
    ) await assertRejects(run, UsageError, "vault photos");
    assertEquals((await client.describeVault("videos")).numberOfArchives, 0);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 1);
    // Unless that is meant; then it is of that one.
    const { files } = await videos.sync({ ...here, rebind: true });
    assertEquals(files, 1);
    assertEquals((await client.describeVault("videos")).numberOfArchives, 1);
    await assertRejects(() => photos.sync(here), UsageError, "vault videos");
  }));

/** A vault of a service that must not be asked. */
function untouched(options: Record<string, unknown> = {}): Vault {
  const given = {
    name: "photos",
    region: "us-east-1",
    retries: 0,
    endpoint: "http://127.0.0.1:2",
    credentials: () => Promise.resolve(KEYS),
    fetch() {
      throw new Error("A request was sent");
    },
    ...options,
  };
  return new Vault(given as unknown as VaultOptions);
}

/** Options that a program not in TypeScript may give, and how they are refused. */
const REFUSED: [options: Record<string, unknown>, message: string][] = [
  [
    { partSize: 3 * MiB },
    "The option partSize must be 1 MiB (1048576) times a power of two, 4 GiB at most, in bytes, and is 3145728",
  ],
  [{ partSize: 1000 }, "The option partSize must be 1 MiB"],
  [{ partSize: 8192 * MiB }, "The option partSize must be 1 MiB"],
  [{ partSize: "16" }, 'in bytes, and is "16"'],
  [
    { maxFiles: 0 },
    "The option maxFiles must be a whole number, at least 1, and is 0",
  ],
  [{ maxFiles: 1.5 }, "and is 1.5"],
  [{ memoryLimit: 1 }, "The option memoryLimit must be a whole number from"],
  [
    { memoryLimit: MiB, partSize: 2 * MiB },
    "Parts of 2 MiB don't fit into the memory limit of 1 MiB, which must hold one at least",
  ],
  [{ dryRun: "no" }, 'The option dryRun must be true or false, and is "no"'],
  [{ dryrun: true }, "There is no option dryrun"],
  [{ dir: "" }, "The option dir must be a text that is not empty"],
  [{ journal: undefined }, "The option journal is missing"],
  [{ filter: /jpg/ }, "The option filter must be what createFilter() makes"],
  [
    { replaceModified: "always" },
    'The option replaceModified must be one of "',
  ],
  [
    { signal: {} },
    "The option signal must be an AbortSignal, and is an object",
  ],
  [{ onEvent: null }, "The option onEvent must be a function, and is null"],
  [
    { uploadNew: false },
    "Without the option uploadNew there must be replaceModified or deleteRemoved",
  ],
];

for (const [given, message] of REFUSED) {
  const [[name, value]] = Object.entries(given).reverse();
  test(`sync refuses ${name}: ${JSON.stringify(value)}`, async () => {
    const here = { dir: "no folder", journal: "no.log" };
    const options = { ...here, ...given } as typeof here;
    await assertRejects(() => untouched().sync(options), UsageError, message);
    assertEquals(existsSync(here.journal), false);
  });
}

/** The same of a vault's options. */
const REFUSED_OF_VAULTS: [options: Record<string, unknown>, message: string][] =
  [
    [
      { concurrency: 0 },
      "The option concurrency must be a whole number from 1 to 1000, and is 0",
    ],
    [
      { retries: -1 },
      "The option retries must be a whole number from 0 to 100",
    ],
    [{ timeout: 0 }, "The option timeout must be a number of seconds"],
    [{ tier: "Fast" }, 'The option tier must be one of "Expedited"'],
    [{ name: undefined }, "The option name is missing"],
    [{ name: "a/b" }, 'Not a valid vault name: "a/b"'],
    [{ region: "Ireland!" }, 'Not a valid region: "Ireland!"'],
    [{ endpoint: "localhost" }, "The endpoint must be an address"],
    [{ credentials: KEYS }, "The option credentials must be a function"],
    [{ partSize: MiB }, "There is no option partSize"],
  ];

for (const [given, message] of REFUSED_OF_VAULTS) {
  test(`a vault refuses ${JSON.stringify(given)}`, async () => {
    const run = () => untouched(given).create();
    await assertRejects(run, UsageError, message);
  });
}

test("the other runs refuse what cannot be an option, too", async () => {
  const vault = untouched();
  const here = { dir: "no folder", journal: "no.log" };
  const { journal } = here;
  const source = { path: "a.txt" };
  const runs: [run: () => Promise<unknown>, message: string][] = [
    [() => vault.restore({ ...here, maxFiles: 0 }), "The option maxFiles"],
    [
      () => vault.restoreCompleted({ ...here, segmentSize: 5 }),
      "The option segmentSize must be 0 or 1 MiB",
    ],
    [
      () => vault.upload({ journal, name: "../a", source }),
      'The option name must be a relative path such as a/b.jpg (it contains the component "..")',
    ],
    [() => vault.upload({ journal, name: "", source }), "The option name"],
    [
      () => vault.upload({ journal, name: "a", source: {} as typeof source }),
      "The option source must be { path } or { stream, maxSize? }",
    ],
    [
      () => {
        const source = { stream: unread(), maxSize: -1 };
        return vault.upload({ journal, name: "a", source });
      },
      "with a maxSize of whole bytes",
    ],
    [
      () => vault.purge({ filter: EVERYTHING } as PurgeRunOptions),
      "The option journal is missing",
    ],
    // What deletes everything is to be said, and no limit is without effect.
    [
      () => vault.purge({ journal, filter: undefined } as never),
      "The option filter is missing",
    ],
    [
      () => {
        const limited = { journal, filter: EVERYTHING, maxFiles: 1 };
        return vault.purge(limited);
      },
      "The option maxFiles is not one of this run",
    ],
    [
      () => vault.delete({ dryRun: true } as object),
      "The option dryRun is not one of this run",
    ],
    [
      () => vault.requestInventory({ format: "xml" as "csv" }),
      'The option format must be one of "json", "csv", and is "xml"',
    ],
    [
      () => vault.downloadInventory({ newJournal: "" }),
      "The option newJournal",
    ],
    [() => checkLocalHash({ ...here, dir: "" }), "The option dir"],
    [() => readJournal(""), "The option journal must be a text"],
  ];
  for (const [run, message] of runs) {
    const error = await assertRejects(run, UsageError, message);
    assertInstanceOf(error, UsageError);
  }
});

test("where no inventory is ready, no journal is made, and what to do is told", () =>
  withWorkplace(async ({ at, write, vault: connect, here }) => {
    const vault = connect();
    await vault.create();
    await write({ "a.txt": "a" });
    await vault.sync(here);
    const newJournal = at("found.log");
    const download = () => vault.downloadInventory({ newJournal });
    await assertRejects(download, ItemNotFoundError, "requestInventory");
    assertEquals(existsSync(newJournal), false);
    await vault.requestInventory();
    assertEquals((await download()).files, 1);
  }));

test("what is no options at all is refused by the promise", async () => {
  const vault = untouched();
  const nothing = undefined as never;
  for (
    const run of [
      () => vault.sync(nothing),
      () => vault.upload(nothing),
      () => vault.restore(nothing),
      () => vault.restoreCompleted(nothing),
      () => vault.purge(nothing),
      () => vault.downloadInventory(nothing),
      () => vault.create(null as never),
      () => vault.requestInventory(null as never),
      () => vault.sync("photos" as never),
      () => new Vault(nothing).create(),
      () => checkLocalHash(nothing),
      () => readJournal("no.log", null as never),
    ]
  ) {
    const refused = "The options must be an object, and are ";
    let promise: Promise<unknown> | undefined;
    try {
      promise = run();
    } catch {
      // Told below.
    }
    assertEquals(promise instanceof Promise, true, `${run} throws`);
    await assertRejects(() => promise!, UsageError, refused);
  }
});

test("a vault remembers what its credentials gave, for all of its runs", () =>
  withWorkplace(async ({ vault: connect }) => {
    let asked = 0;
    const vault = connect({
      credentials() {
        asked++;
        return Promise.resolve(KEYS);
      },
    });
    await vault.create();
    await Promise.all([vault.create(), vault.create()]);
    assertEquals(asked, 1);
  }));
