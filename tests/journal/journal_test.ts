import { assert, assertEquals, assertRejects } from "@std/assert";
import { JournalError } from "../../src/errors.ts";
import {
  type Journal,
  openJournal,
  type OpenJournalOptions,
} from "../../src/journal/journal.ts";
import { formatRecord } from "../../src/journal/record.ts";
import type { Files } from "../../src/platform.ts";
import {
  readVectors,
  type TemporaryFolder,
  temporaryFolder,
} from "../testing.ts";
import { archiveId, created, faultyFiles, hostError } from "./fixtures.ts";
import { host } from "./fixtures.ts";

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

function open(
  path: string,
  mode: "read" | "write",
  options: Partial<OpenJournalOptions> = {},
): Promise<Journal> {
  return openJournal(path, { ...host, clock, mode, ...options });
}

/** The names in a folder, without the lock, which stays for good. */
function listing(folder: TemporaryFolder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .filter((name) => !name.endsWith(".lock")).sort();
}

interface VectorFile {
  archiveId: string;
  mtime: number | null;
  size: number;
  time: number;
  treeHash: string;
}

interface Vectors {
  journals: {
    name: string;
    text: string;
    accepted: boolean;
    files: Record<string, VectorFile> | null;
  }[];
}

const { journals } = await readVectors<Vectors>("mt_journal");

for (const vector of journals) {
  for (const mode of ["read", "write"] as const) {
    const torn = vector.name === "torn last line";
    const verb = vector.accepted || torn ? "accepts" : "refuses";
    Deno.test(`mode ${mode} ${verb} mt-aws-glacier's journal: ${vector.name}`, async () => {
      await using folder = await temporaryFolder();
      const path = folder.at("journal");
      await Deno.writeTextFile(path, vector.text);
      if (!vector.accepted && !torn) {
        await assertRejects(() => open(path, mode), JournalError, "Line ");
      } else {
        await using journal = await open(path, mode);
        const files = Object.fromEntries(
          [...journal.state.files()].map(([name, entry]) => {
            const { name: _, ...fields } = entry;
            return [name, fields];
          }),
        );
        // The original refuses the torn one; there the whole lines count.
        assertEquals(Object.keys(files), torn ? ["a"] : Object.keys(files));
        if (!torn) assertEquals<unknown>(files, vector.files);
      }
      if (mode === "read" || !torn) {
        assertEquals(await Deno.readTextFile(path), vector.text);
      }
    });
  }
}

Deno.test("what was appended is in the file and in the state, and there again after a restart", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const records = Array.from({ length: 200 }, (_, n) => created(n));
  {
    await using journal = await open(path, "write");
    await Promise.all(records.map((record) => journal.append(record)));
    assertEquals(journal.state.fileCount, 200);
    await journal.append({
      type: "deleted",
      time: 1,
      archiveId: archiveId(0),
      name: records[0].name,
    });
  }
  assertEquals(
    await Deno.readTextFile(path),
    records.map(formatRecord).join("") +
      `B\t1\tDELETED\t${archiveId(0)}\t${records[0].name}\n`,
  );
  await using journal = await open(path, "read");
  assertEquals(journal.state.fileCount, 199);
  assertEquals(journal.state.latest(records[7].name)?.size, 107);
  assertEquals(listing(folder), ["journal"], "nothing is left beside it");
});

Deno.test("a record that the original would refuse the journal for is not appended", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await using journal = await open(path, "write");
  const first = journal.append(created(1));
  await assertRejects(
    () => journal.append(created(1, { name: "while it is on its way" })),
    JournalError,
    archiveId(1),
  );
  await first;
  await assertRejects(() => journal.append(created(1)), JournalError);
  await assertRejects(
    () => journal.append(created(2, { name: "a\tb" })),
    JournalError,
    "a\\x09b",
  );
  await assertRejects(
    () =>
      journal.append({
        type: "deleted",
        time: 1,
        archiveId: archiveId(9),
        name: "a",
      }),
    JournalError,
    "never created",
  );
  assertEquals(await Deno.readTextFile(path), formatRecord(created(1)));
});

Deno.test("a record that could not be stored is not in the state, and its archive is named", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  let full = false;
  const files = faultyFiles({
    write: (_, bytes) => full ? bytes.subarray(0, 50) : undefined,
  });
  {
    await using journal = await open(path, "write", { files });
    await journal.append(created(1));
    full = true;
    await assertRejects(
      () => journal.append(created(2)),
      JournalError,
      archiveId(2),
    );
    assertEquals(journal.state.archive(archiveId(2)), undefined);
    full = false;
    await assertRejects(() => journal.append(created(3)), JournalError);
  }
  assertEquals(await Deno.readTextFile(path), formatRecord(created(1)));
});

Deno.test("one journal has one writer, under whatever name, and any number of readers", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await Deno.writeTextFile(path, "");
  await Deno.symlink(path, folder.at("alias"));
  {
    await using _writer = await open(path, "write");
    for (const name of ["journal", "alias"]) {
      await assertRejects(
        () => open(folder.at(name), "write"),
        JournalError,
        "in use by another process: wait for it to end",
      );
      await using _reader = await open(folder.at(name), "read");
    }
  }
  await using _next = await open(path, "write");
});

Deno.test("the lock is given back when the journal turns out to be unusable", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await Deno.writeTextFile(path, "hello\n");
  await assertRejects(() => open(path, "write"), JournalError, "Line 1");
  await Deno.writeTextFile(path, "");
  await using _journal = await open(path, "write");
});

Deno.test("mode read changes and makes nothing", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  {
    await using journal = await open(path, "read");
    assertEquals(journal.state.fileCount, 0);
    await assertRejects(
      () => journal.append(created(1)),
      JournalError,
      "reading only",
    );
  }
  assertEquals([...Deno.readDirSync(folder.path)], []);
  const text = formatRecord(created(1)) + "B\t17000";
  await Deno.writeTextFile(path, text);
  const warnings: string[] = [];
  {
    await using journal = await open(path, "read", {
      onWarning: (message) => warnings.push(message),
    });
    assertEquals(journal.state.fileCount, 1);
  }
  assertEquals(warnings.length, 1);
  assertEquals(await Deno.readTextFile(path), text);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("a place where no journal can be is named before anything happens", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("folder"));
  await Deno.symlink(folder.at("nowhere"), folder.at("dangling"));
  const cases: [path: string, message: string][] = [
    [folder.at("folder"), "is a folder"],
    [folder.at("missing", "journal"), `no folder ${folder.at("missing")}`],
    [folder.at("dangling"), "is a link to nothing"],
    ["/dev/null", "is not a file"],
  ];
  for (const mode of ["read", "write"] as const) {
    for (const [path, message] of cases) {
      await assertRejects(() => open(path, mode), JournalError, message);
    }
    await assertRejects(
      () => open(folder.at("new"), mode, { mustExist: true }),
      JournalError,
      `There is no journal ${folder.at("new")}`,
    );
  }
  assertEquals(listing(folder), ["dangling", "folder"]);
});

Deno.test("a journal that cannot be appended to, or has no room beside it, is refused at once", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const text = formatRecord(created(1)) + "torn";
  await Deno.writeTextFile(path, text);
  const cases: [files: Files, message: string][] = [
    [
      faultyFiles({
        code: "EACCES",
        open: (p, mode) => p === path && mode !== "read",
      }),
      `Cannot write ${path}: said the device (EACCES)`,
    ],
    [
      faultyFiles({ code: "EROFS", open: (_, mode) => mode === "create" }),
      `Cannot write beside the journal ${path}: said the device (EROFS)`,
    ],
    [
      faultyFiles({ write: (_, bytes) => bytes.subarray(0, 4096) }),
      `Cannot write beside the journal ${path}: said the device (ENOSPC)`,
    ],
  ];
  for (const [files, message] of cases) {
    await assertRejects(
      () => open(path, "write", { files }),
      JournalError,
      message,
    );
  }
  await assertRejects(
    () =>
      open(path, "write", { lock: () => Promise.reject(hostError("EACCES")) }),
    JournalError,
    "EACCES",
  );
  assertEquals(await Deno.readTextFile(path), text);
  assertEquals(listing(folder), ["journal"]);
});

Deno.test("an unusable line in the middle is named by number, its text not shown raw", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const good = formatRecord(created(1));
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [new TextEncoder().encode("\x1b[2J\n"), "no journal record"],
    [new TextEncoder().encode("\n"), "no journal record"],
    [new TextEncoder().encode("\ufeff" + formatRecord(created(5))), "record"],
    [new Uint8Array([0x42, 9, 0x31, 9, 0xff, 0xfe, 0x0a]), "not UTF-8"],
    [new Uint8Array([0, 0, 0, 0x0a]), "no journal record"],
  ];
  for (const [bytes, reason] of cases) {
    await Deno.writeTextFile(path, good);
    await Deno.writeFile(path, bytes, { append: true });
    await Deno.writeTextFile(path, formatRecord(created(2)), { append: true });
    for (const mode of ["read", "write"] as const) {
      const error = await assertRejects(
        () => open(path, mode),
        JournalError,
        `Line 2 of the journal ${path}`,
      );
      assert(error.message.includes(reason), error.message);
      assert(!error.message.includes("\x1b"));
    }
  }
});

Deno.test("reading a journal ends when it is aborted", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await Deno.writeTextFile(path, formatRecord(created(1)));
  const reason = new Error("stop");
  for (const mode of ["read", "write"] as const) {
    const signal = AbortSignal.abort(reason);
    assertEquals(
      await assertRejects(() => open(path, mode, { signal })),
      reason,
    );
  }
});
