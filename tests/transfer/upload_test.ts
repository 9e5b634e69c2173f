import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename } from "node:path";
import type { Files, OpenFile } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import { faultyFiles } from "../journal/fixtures.ts";
import {
  interfered,
  type Interference,
  type Run,
  type Workplace,
  workplace,
} from "../program.ts";

const MiB = 1024 * 1024;

/** Replaces the answer to an operation after it was carried out; `undefined` leaves it. */
function answer(
  operation: string,
  replace: (
    response: Response,
    n: number,
  ) => Response | Error | undefined,
): Interference {
  let n = 0;
  return async (current, pass) => {
    const response = await pass();
    const other = current === operation ? replace(response, ++n) : undefined;
    if (other === undefined) return response;
    await response.body?.cancel();
    if (other instanceof Error) throw other;
    return other;
  };
}

/** Answers in place of the service, which never sees the request. */
function refuse(operation: string, respond: () => Response): Interference {
  return (current, pass) =>
    current === operation ? Promise.resolve(respond()) : pass();
}

const refusal = (status: number, code: string) =>
  Response.json({ code, message: "Because", type: "Client" }, {
    status,
    headers: { "x-amzn-requestid": "id" },
  });

const dropped = () => new TypeError("error reading a body from connection");

const page = () =>
  new Response("<html>", { headers: { "content-type": "text/html" } });

async function withFile(size: number): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/file`, new Uint8Array(size).fill(1));
  return place;
}

async function intents(place: Workplace): Promise<string[]> {
  try {
    const text = await Deno.readTextFile(`${place.journal}.intents`);
    const kinds = new Map<string, string>();
    for (const line of text.trimEnd().split("\n")) {
      const { id, kind } = JSON.parse(line);
      kinds.set(id, kind);
    }
    return [...kinds.values()];
  } catch {
    return [];
  }
}

function sync(place: Workplace, interfere: Interference): Promise<Run> {
  const fetch = interfered(place.server, interfere);
  const args = ["sync", "--partsize", "1", "--retries", "1"] as const;
  return place.runWith({ fetch }, ...args);
}

const DOUBT = /WARNING: A copy of file may be in the vault/;

interface Case {
  title: string;
  interfere: () => Interference;
  status: number;
  /** What the intents file holds afterwards. */
  left: string[];
  doubt: boolean;
  /** Archives in the vault, in the end after another, undisturbed run. */
  archives: number;
  /** Whether the upload stays open at the service, to expire there. */
  staysOpen?: boolean;
  message?: RegExp;
}

const single: Case[] = [
  {
    title: "refuses once, because there are too many requests",
    interfere: () => {
      let first = true;
      return (operation, pass) => {
        if (operation !== "UploadArchive" || !first) return pass();
        first = false;
        return Promise.resolve(refusal(400, "ThrottlingException"));
      };
    },
    status: 0,
    left: [],
    doubt: false,
    archives: 1,
  },
  {
    title: "refuses all the time, because there are too many requests",
    interfere: () =>
      refuse("UploadArchive", () => refusal(400, "ThrottlingException")),
    status: 1,
    left: [],
    doubt: false,
    archives: 1,
    message: /ERROR: file: /,
  },
  {
    title: "says that it failed after it has stored the archive",
    interfere: () =>
      answer(
        "UploadArchive",
        () => refusal(500, "ServiceUnavailableException"),
      ),
    status: 0,
    left: ["doubtful"],
    doubt: true,
    archives: 2,
  },
  {
    title: "denies access",
    interfere: () =>
      refuse("UploadArchive", () => refusal(403, "AccessDeniedException")),
    status: 1,
    left: [],
    doubt: false,
    archives: 1,
  },
  {
    title: "is not the service but a web page",
    interfere: () => refuse("UploadArchive", page),
    status: 1,
    left: [],
    doubt: false,
    archives: 1,
    message: /is not Glacier.*check the endpoint/,
  },
  {
    title: "sends elsewhere",
    interfere: () =>
      refuse(
        "UploadArchive",
        () =>
          new Response(null, {
            status: 302,
            headers: { location: "http://elsewhere.test/" },
          }),
      ),
    status: 1,
    left: [],
    doubt: false,
    archives: 1,
  },
  {
    title: "breaks the connection after it has stored the archive",
    interfere: () => answer("UploadArchive", dropped),
    status: 0,
    left: ["doubtful"],
    doubt: true,
    archives: 2,
  },
  {
    title: "forgets to tell the archive's ID",
    interfere: () =>
      answer("UploadArchive", ({ headers }) => {
        const id = headers.get("x-amzn-requestid")!;
        return new Response(null, {
          status: 201,
          headers: { "x-amzn-requestid": id },
        });
      }),
    status: 0,
    left: ["doubtful"],
    doubt: true,
    archives: 2,
  },
];

const inParts: Case[] = [
  {
    title: "breaks the connection each time",
    interfere: () => answer("CompleteMultipartUpload", dropped),
    status: 1,
    left: ["completing"],
    doubt: false,
    archives: 1,
  },
  {
    title: "loses an answer and then doesn't know the upload",
    interfere: () =>
      answer(
        "CompleteMultipartUpload",
        (_, n) =>
          n === 1 ? dropped() : refusal(404, "ResourceNotFoundException"),
      ),
    status: 1,
    left: ["doubtful"],
    doubt: true,
    archives: 2,
  },
  {
    title: "stores other bytes",
    interfere: () =>
      answer("CompleteMultipartUpload", ({ headers, status }) => {
        const changed = new Headers(headers);
        changed.set("x-amz-sha256-tree-hash", "0".repeat(64));
        return new Response(null, { status, headers: changed });
      }),
    status: 1,
    left: ["doubtful"],
    doubt: true,
    archives: 2,
    message: /other bytes than were sent.*archive [\w-]{138}/,
  },
  {
    title: "refuses the parts",
    interfere: () =>
      refuse(
        "CompleteMultipartUpload",
        () => refusal(400, "InvalidParameterValueException"),
      ),
    status: 1,
    left: [],
    doubt: false,
    archives: 1,
  },
  {
    title: "gives an answer that nobody knows",
    interfere: () =>
      refuse("CompleteMultipartUpload", () => refusal(400, "NewException")),
    status: 1,
    left: ["doubtful"],
    doubt: true,
    archives: 1,
    staysOpen: true,
  },
  {
    title: "doesn't know the key any more at the end",
    interfere: () =>
      refuse(
        "CompleteMultipartUpload",
        () => refusal(400, "UnrecognizedClientException"),
      ),
    status: 1,
    left: ["completing"],
    doubt: false,
    archives: 1,
  },
  {
    title: "denies access at the end",
    interfere: () =>
      refuse(
        "CompleteMultipartUpload",
        () => refusal(403, "AccessDeniedException"),
      ),
    status: 1,
    left: ["completing"],
    doubt: false,
    archives: 1,
  },
  {
    title: "turns into a web page at the end",
    interfere: () => refuse("CompleteMultipartUpload", page),
    status: 1,
    left: ["completing"],
    doubt: false,
    archives: 1,
  },
];

const table = [
  ...single.map((row) => ({ ...row, size: 10, how: "by one request" })),
  ...inParts.map((row) => ({ ...row, size: 2 * MiB, how: "in parts" })),
];

for (const row of table) {
  Deno.test(`an upload ${row.how}, when the service ${row.title}`, async () => {
    await using place = await withFile(row.size);
    const run = await sync(place, row.interfere());
    assertEquals(run.status, row.status, run.err);
    assertEquals(DOUBT.test(run.err), row.doubt, run.err);
    if (row.message) assertMatch(run.err, row.message);
    assertEquals(await intents(place), row.left);
    const next = await place.run("sync", "--partsize", "1");
    assertEquals(next.status, 0, next.err);
    assertEquals(await place.countArchives(), row.archives);
    // In the end the file is recorded, once, by an archive that is there.
    const journal = await place.readJournal();
    assertEquals(journal.match(/CREATED/g)?.length, 1);
    await place.client.initiateJob("photos", {
      type: "archive-retrieval",
      archiveId: journal.split("\t")[3],
    });
    const uploads = place.client.everyMultipartUpload("photos");
    const open = await Array.fromAsync(uploads);
    assertEquals(open.length, row.staysOpen ? 1 : 0);
  });
}

/** The host's files, with everything that is written and synced told. */
function recorded(tell: (event: string) => void): Files {
  const { files } = createHost();
  return {
    ...files,
    async open(path, mode) {
      const file = await files.open(path, mode);
      const name = basename(path);
      const wrapped: OpenFile = {
        read: (buffer, position) => file.read(buffer, position),
        stat: () => file.stat(),
        truncate: (size) => file.truncate(size),
        close: () => file.close(),
        [Symbol.asyncDispose]: () => file.close(),
        async write(bytes, position) {
          const text = new TextDecoder().decode(bytes.subarray(0, 1000));
          const [kind] = text.match(
            /CREATED|RETRIEVE_JOB|"kind":"\w+"/,
          ) ?? [""];
          tell(`write ${name} ${kind}`);
          await file.write(bytes, position);
        },
        async sync() {
          await file.sync();
          tell(`sync ${name}`);
        },
      };
      return wrapped;
    },
    async link(existing, path) {
      await files.link(existing, path);
      tell(`name ${basename(path)}`);
    },
  };
}

/** What happens on disk, on the network and on standard output, in order. */
async function eventsOf(
  place: Workplace,
  ...args: [string, ...string[]]
): Promise<string[]> {
  const events: string[] = [];
  const platform = {
    ...createHost(),
    files: recorded((event) => events.push(event)),
  };
  const fetch = interfered(place.server, (operation, pass) => {
    events.push(operation);
    return pass();
  });
  const onLine = (line: string) => events.push(line.split(" ")[0]);
  const run = await place.runWith({ platform, fetch, onLine }, ...args);
  assertEquals(run.status, 0, run.err);
  // Without the start, and the cleaning up at the end.
  return events.filter((event) =>
    !/probe|DescribeVault/.test(event) && !event.includes(".new")
  );
}

Deno.test("the intent is on disk before the request, the record before the report, and then the intent is settled", async () => {
  await using place = await withFile(10);
  assertEquals(await eventsOf(place, "sync"), [
    'write journal.log.intents "kind":"upload"',
    "sync journal.log.intents",
    "UploadArchive",
    "write journal.log CREATED",
    "sync journal.log",
    "Finished",
    'write journal.log.intents "kind":"settled"',
    "sync journal.log.intents",
    "OK",
  ]);
});

Deno.test("the same holds for an upload in parts, at its begin and at its end", async () => {
  await using place = await withFile(MiB + 1);
  const events = await eventsOf(
    place,
    "sync",
    "--partsize",
    "1",
    "--concurrency",
    "1",
  );
  assertEquals(events, [
    "InitiateMultipartUpload",
    'write journal.log.intents "kind":"multipart"',
    "sync journal.log.intents",
    "UploadMultipartPart",
    "UploadMultipartPart",
    'write journal.log.intents "kind":"completing"',
    "sync journal.log.intents",
    "CompleteMultipartUpload",
    "write journal.log CREATED",
    "sync journal.log",
    "Finished",
    'write journal.log.intents "kind":"settled"',
    "sync journal.log.intents",
    "OK",
  ]);
});

Deno.test("a restored file gets its name when all of it is on disk", async () => {
  await using place = await withFile(10);
  await place.run("sync");
  await Deno.remove(`${place.tree}/file`);
  await place.run("restore");
  const events = await eventsOf(place, "restore-completed");
  const last = events.findLastIndex((event) => /^sync .*\.part$/.test(event));
  assert(last >= 0, events.join("\n"));
  const rest = events.slice(last + 1).filter((event) =>
    !event.includes("journal.log.downloads")
  );
  assertEquals(rest, ["name file", "Downloaded", "OK"]);
});

Deno.test("a file that changes after its last part was read is not recorded as good", async () => {
  await using place = await withFile(2 * MiB);
  let parts = 0;
  const run = await sync(place, async (operation, pass) => {
    const response = await pass();
    if (operation === "UploadMultipartPart" && ++parts === 2) {
      await Deno.utime(`${place.tree}/file`, 5, 5);
    }
    return response;
  });
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: File changed while it was read/);
  assertEquals([await place.countArchives(), await place.readJournal()], [
    0,
    "",
  ]);
});

/** Sends some parts and then is interrupted. */
async function interruptAfter(place: Workplace, parts: number): Promise<void> {
  const interrupt = new AbortController();
  let sent = 0;
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    if (operation === "UploadMultipartPart" && ++sent === parts) {
      interrupt.abort(new Error("stop"));
    }
    return response;
  });
  const args = ["sync", "--partsize", "1", "--concurrency", "1"] as const;
  const { status } = await place.runWith(
    { fetch, signal: interrupt.signal },
    ...args,
  );
  assertEquals(status, 130);
}

async function partsSentBy(place: Workplace): Promise<number> {
  let sent = 0;
  const run = await sync(place, (operation, pass) => {
    if (operation === "UploadMultipartPart") sent++;
    return pass();
  });
  assertEquals(run.status, 0, run.err);
  const uploads = place.client.everyMultipartUpload("photos");
  assertEquals(await Array.fromAsync(uploads), []);
  assertEquals(await place.countArchives(), 1);
  assertEquals((await place.run("check-local-hash")).status, 0);
  return sent;
}

Deno.test("an interrupted upload goes on in the next run with the parts that are missing", async () => {
  await using place = await withFile(5 * MiB);
  await interruptAfter(place, 3);
  assertEquals(await partsSentBy(place), 2);
});

Deno.test("of an upload that is gone on with, a part that differs is sent again", async () => {
  await using place = await withFile(5 * MiB);
  const path = `${place.tree}/file`;
  const { mtime } = await Deno.stat(path);
  await interruptAfter(place, 3);
  // Another content that looks the same from outside.
  const bytes = await Deno.readFile(path);
  bytes[MiB + 5] = 9;
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, mtime!, mtime!);
  assertEquals(await partsSentBy(place), 3);
});

Deno.test("an unfinished upload of a file that has changed since is ended, and the file sent anew", async () => {
  await using place = await withFile(5 * MiB);
  await interruptAfter(place, 3);
  await Deno.writeFile(`${place.tree}/file`, new Uint8Array(4 * MiB).fill(2));
  assertEquals(await partsSentBy(place), 4);
});

Deno.test("an unfinished upload of a file that is gone is ended", async () => {
  await using place = await withFile(5 * MiB);
  await interruptAfter(place, 3);
  await Deno.remove(`${place.tree}/file`);
  assertEquals((await place.run("sync")).status, 0);
  const uploads = place.client.everyMultipartUpload("photos");
  assertEquals(await Array.fromAsync(uploads), []);
  assertEquals(await intents(place), []);
});

Deno.test("an interruption while the service is busy doesn't wait for it", async () => {
  await using place = await withFile(10);
  const interrupt = new AbortController();
  let requests = 0;
  const fetch = interfered(place.server, () => {
    requests++;
    interrupt.abort(new Error("stop"));
    const busy = refusal(400, "ThrottlingException");
    busy.headers.set("retry-after", "300");
    return Promise.resolve(busy);
  });
  const run = await place.runWith({ fetch, signal: interrupt.signal }, "sync");
  assertEquals([run.status, requests], [130, 1]);
  assertEquals(await intents(place), []);
});

/** A host on whose disk the journal can't be written once `armed()`. */
function fullDisk(armed: () => boolean) {
  const files = faultyFiles({
    write: (path) =>
      armed() && path.includes("journal.log") ? new Uint8Array(0) : undefined,
  });
  return { ...createHost(), files };
}

Deno.test("when the disk fills up under the journal, every archive that could not be recorded is named, and the next run knows of them", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (const name of "abc") {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  let stored = 0;
  const both = Promise.withResolvers<void>();
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    if (operation !== "UploadArchive") return response;
    if (++stored === 2) both.resolve();
    // Both are under way before the first one is recorded.
    await both.promise;
    return response;
  });
  const platform = fullDisk(() => stored >= 2);
  const run = await place.runWith(
    { fetch, platform },
    "sync",
    "--concurrency",
    "2",
  );
  assertEquals(run.status, 1, run.err);
  assert(!/defect|^\s+at /m.test(run.err), run.err);
  const named = run.err.match(/ERROR: \w: .*[\w-]{138}/g) ?? [];
  assertEquals(named.length, 2, run.err);
  assertMatch(run.err, /said the device \(ENOSPC\)/);
  assertEquals(await place.readJournal(), "");
  const next = await place.run("sync");
  assertEquals(next.err.match(/WARNING: A copy of/g)?.length, 2, next.err);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 3);
});

Deno.test("an archive of one vault is not taken for recorded because another vault's is", async () => {
  await using place = await withFile(2 * MiB);
  const lost = await sync(place, answer("CompleteMultipartUpload", dropped));
  assertEquals(lost.status, 1);
  // The same journal, another place: the file goes there too.
  const other = await place.run("sync", "--endpoint", "http://127.0.0.1");
  assertMatch(
    other.err,
    /An unfinished upload of file in .*localhost.* is left as it is/,
  );
  assertEquals(await intents(place), ["completing"]);
  // Back at the first, the archive there is asked for, and recorded as well.
  const back = await place.run("sync");
  assertMatch(back.err, /is finished and recorded as archive/);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 2);
  assertEquals(await place.countArchives(), 2);
});

Deno.test("a journal that can't be written ends what else is under way", async () => {
  await using place = await withFile(10);
  // Comes first, and is large.
  await Deno.writeFile(`${place.tree}/a large one`, new Uint8Array(40 * MiB));
  let [parts, full] = [0, false];
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "UploadMultipartPart" && full) parts++;
    const response = await pass();
    if (operation === "UploadArchive") full = true;
    return response;
  });
  const run = await place.runWith(
    { fetch, platform: fullDisk(() => full) },
    "sync",
    "--partsize",
    "1",
    "--concurrency",
    "2",
  );
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: Stopped: the journal cannot be written to\n/);
  assert(parts <= 4, `${parts} parts were sent afterwards`);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("an unfinished upload whose parts can't be listed for now is kept", async () => {
  await using place = await withFile(5 * MiB);
  await interruptAfter(place, 3);
  const busy = await sync(
    place,
    refuse("OtherUpload", () => refusal(500, "InternalFailure")),
  );
  assertEquals(busy.status, 1);
  assertEquals(await intents(place), ["multipart"]);
  assertEquals(await partsSentBy(place), 2);
});

Deno.test("an unfinished upload is kept and named where its file can't be seen this time", async () => {
  await using place = await withFile(5 * MiB);
  await Deno.mkdir(`${place.tree}/sub`);
  await Deno.rename(`${place.tree}/file`, `${place.tree}/sub/file`);
  await interruptAfter(place, 3);
  const host = createHost();
  const files: Files = {
    ...host.files,
    readDirectory(path) {
      if (!path.endsWith("/sub")) return host.files.readDirectory(path);
      throw Object.assign(new Error("EACCES: no"), { code: "EACCES" });
    },
  };
  const run = await place.runWith({ platform: { ...host, files } }, "sync");
  assertEquals(run.status, 1);
  assertMatch(
    run.err,
    /WARNING: An unfinished upload of sub\/file is left as it is/,
  );
  assertEquals(await intents(place), ["multipart"]);
  assertEquals(await partsSentBy(place), 2);
});

Deno.test("a file that can't be looked at in the end fails alone, in one sentence", async () => {
  await using place = await withFile(2 * MiB);
  await Deno.writeTextFile(`${place.tree}/other`, "x");
  const host = createHost();
  let sent = false;
  const files: Files = {
    ...host.files,
    stat(path) {
      if (!sent || !path.endsWith("/file")) return host.files.stat(path);
      const error = new Error("EACCES: permission denied, stat");
      return Promise.reject(Object.assign(error, { code: "EACCES" }));
    },
  };
  const fetch = interfered(place.server, (operation, pass) => {
    sent ||= operation === "UploadMultipartPart";
    return pass();
  });
  const platform = { ...host, files };
  const run = await place.runWith(
    { fetch, platform },
    "sync",
    "--partsize",
    "1",
  );
  assertEquals([run.status, run.lines.length], [1, 1], run.err);
  assertMatch(
    run.err,
    /ERROR: Cannot read file: .*file: permission denied \(EACCES\)\n/,
  );
  assert(!/defect/.test(run.err), run.err);
});
