import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import {
  FROM_SOURCE,
  interfered,
  type Run,
  runProcess,
  runProgram,
  type Workplace,
  workplace,
  writeConfig,
} from "../program.ts";

const MiB = 1024 * 1024;

/** One clear sentence that names the thing, the right status, no trace, nothing on standard output. */
function assertRefused(run: Run, status: number, message: RegExp): void {
  assertEquals(run.status, status, run.err);
  const errors = run.err.split("\n").filter((line) => /^ERROR: /.test(line));
  assertEquals(errors.length, 1, run.err);
  assertMatch(errors[0], message);
  assert(!/^\s+at /m.test(run.err), run.err);
  assert(!run.out.includes("OK DONE"));
}

const usage: [title: string, args: string[], message: RegExp][] = [
  [
    "an unknown command",
    ["synk"],
    /Unknown command: synk\. Did you mean sync\?/,
  ],
  [
    "an unknown command that resembles none",
    ["frobnicate"],
    /Unknown command: frobnicate\. See moraine help/,
  ],
  [
    "a command with an escape sequence",
    ["\x1b[31mred"],
    /Unknown command: \\x1b\[31mred/,
  ],
  [
    "an unknown option",
    ["sync", "--concurency", "3"],
    /Unknown option: --concurency\. Did you mean --concurrency\?/,
  ],
  [
    "an option of another command",
    ["create-vault", "v", "--journal", "j"],
    /Option --journal does not apply to create-vault/,
  ],
  [
    "options before the command",
    ["--dir", "x", "sync"],
    /The command comes first: moraine sync/,
  ],
  ["no vault name", ["create-vault"], /Missing argument: NAME/],
  ["two vault names", ["create-vault", "a", "b"], /Unexpected argument: b/],
  [
    "missing options",
    ["sync", "--dir", "x"],
    /Missing option: --vault, --journal/,
  ],
  ["an option without its value", ["sync", "--dir"], /--dir needs a value/],
  ["an empty value", ["sync", "--dir="], /--dir takes a value, not nothing/],
  [
    "an option given twice",
    ["sync", "--dir", "a", "--dir", "b"],
    /--dir is given twice/,
  ],
  ["an option given by both its names", [
    "sync",
    "--dir",
    "a",
    "--from-dir",
    "b",
  ], /--dir is given twice/],
  [
    "a part size that is no power of two",
    ["sync", "--partsize", "3"],
    /--partsize takes a power of two from 1 to 4096, not "3"/,
  ],
  [
    "a part size beyond the limit",
    ["sync", "--partsize", "8192"],
    /--partsize takes a power of two/,
  ],
  [
    "a concurrency of 0",
    ["sync", "--concurrency", "0"],
    /--concurrency takes a whole number from 1 to 1000/,
  ],
  [
    "a concurrency that is no number",
    ["sync", "--concurrency", "4x"],
    /not "4x"/,
  ],
  [
    "a switch with a value",
    ["sync", "--dry-run=maybe"],
    /--dry-run takes no value/,
  ],
  [
    "an endpoint that is no address",
    ["sync", "--endpoint", "localhost:9901"],
    /--endpoint takes an http/,
  ],
  ["a configuration file that is missing", [
    "sync",
    "--config",
    "/nonexistent/x.cfg",
  ], /Cannot read configuration file \/nonexistent\/x\.cfg/],
  ["help for an unknown command", ["help", "synk"], /Unknown command: synk/],
  ["a key without a secret", [
    "create-vault",
    "v",
    "--region",
    "us-east-1",
    "--key",
    "k",
  ], /Missing option: --secret/],
  ["a secret without a key", [
    "create-vault",
    "v",
    "--region",
    "us-east-1",
    "--secret",
    "k",
  ], /Missing option: --key/],
  [
    "no region",
    ["create-vault", "v", "--key", "k", "--secret", "s"],
    /Missing option: --region/,
  ],
  ["a region that can't be one", [
    "create-vault",
    "v",
    "--key",
    "k",
    "--secret",
    "s",
    "--region",
    "eu/../x",
  ], /region/],
  ["a vault name that can't be one", [
    "create-vault",
    "a b",
    "--key",
    "k",
    "--secret",
    "s",
    "--region",
    "us-east-1",
  ], /vault name/i],
  ["a server open to others with the default key", [
    "serve",
    "--host",
    "0.0.0.0",
  ], /Missing option: --access-key, --secret-key/],
  ["a fault that is none", [
    "serve",
    "--port=0",
    "--fault=ListVaults,drop",
    "--fault",
    "ListVaults,explode",
  ], /Cannot understand the fault "ListVaults,explode": "explode" is none of/],
  ["a delay that is none", [
    "serve",
    "--port=0",
    "--job-delay",
    "Fast=1",
  ], /--job-delay takes each of Expedited, Standard, Bulk once, not "Fast"/],
  ["an address for notifications that is none", [
    "serve",
    "--notify-url",
    "ftp://localhost/",
  ], /--notify-url takes an http:\/\/ or https:\/\/ address, without user/],
  ["an address for notifications with a password", [
    "serve",
    "--notify-url",
    "http://me:topsecret@localhost/",
  ], /--notify-url takes an http:\/\/ or https:\/\/ address, without user$/],
];

for (const [title, args, message] of usage) {
  Deno.test(`${title} is wrong usage`, async () => {
    assertRefused(await runProgram(args), 2, message);
  });
}

Deno.test("wrong lines of a configuration file are named by their number, without their content", async () => {
  await using place = await workplace();
  await Deno.writeTextFile(place.config, "key=key\n\nsecret topsecret!\n");
  const run = await place.run("sync");
  assertRefused(run, 2, /glacier\.cfg, line 3: expected name=value/);
  assert(!run.err.includes("topsecret"));
  await Deno.writeTextFile(place.config, "# comment\npartsize = 5\n");
  assertRefused(
    await place.run("sync"),
    2,
    /partsize in .*glacier\.cfg, line 2 takes a power of two.* not "5"/,
  );
});

Deno.test("a folder that is missing, or a file, is named", async () => {
  await using place = await workplace();
  const at = (dir: string) =>
    place.run("sync").then(async () => {
      await Deno.remove(place.tree, { recursive: true });
      if (dir === "file") await Deno.writeTextFile(place.tree, "x");
      return await place.run("sync");
    });
  await place.run("create-vault", "photos");
  assertRefused(await at("nothing"), 1, /tree/);
  await Deno.mkdir(place.tree);
  assertRefused(await at("file"), 1, /tree/);
});

Deno.test("a journal that is a folder, in a missing folder, or not to be made is refused before anything is sent", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  const table: [journal: string, message: RegExp][] = [
    [place.tree, /tree/],
    [place.folder.at("missing/journal.log"), /missing/],
    ["/sys/journal.log", /\/sys/],
    ["/proc/version/journal.log", /\/proc\/version/],
  ];
  for (const [journal, message] of table) {
    for (const command of ["sync", "restore"]) {
      const run = await place.run(command, "--journal", journal);
      assertRefused(run, 1, message);
    }
  }
  assertEquals(await place.countArchives(), 0);
});

Deno.test("a device for a journal is refused, and nothing is sent", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  const run = await place.run("sync", "--journal", "/dev/full");
  assertRefused(run, 1, /\/dev\/full/);
  assertEquals(await place.countArchives(), 0);
});

Deno.test("commands that need a journal say when there is none", async () => {
  await using place = await workplace();
  for (const command of ["restore", "restore-completed", "check-local-hash"]) {
    assertRefused(
      await place.run(command),
      1,
      /There is no journal .*journal\.log/,
    );
  }
});

Deno.test("a journal with a line that is no record is refused whole, naming the line", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  await place.run("sync");
  const good = await place.readJournal();
  await Deno.writeTextFile(
    place.journal,
    `${good}nonsense\x1b[2J\n${good.replace(/\ta\n/, "\tb\n")}`,
  );
  for (const command of ["sync", "restore", "check-local-hash"]) {
    const run = await place.run(command);
    assertRefused(run, 1, /line 2/i);
    assert(!run.err.includes("\x1b"));
  }
});

/** A workplace with one file to upload. */
async function withFile(): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  return place;
}

Deno.test("a wrong secret or unknown key is said to be one, and nothing is recorded", async () => {
  await using place = await withFile();
  const wrongSecret = await place.run("sync", "--secret", "wrongsecret");
  assertRefused(wrongSecret, 1, /secret/i);
  assert(!wrongSecret.err.includes("wrongsecret"));
  assertRefused(await place.run("sync", "--key", "nobody"), 1, /key/i);
  assertEquals(await place.readJournal(), "");
  assertEquals((await place.run("sync")).err.includes("WARNING"), false);
});

Deno.test("an unknown vault is named, with the way to make it", async () => {
  await using place = await withFile();
  const run = await place.run("sync", "--vault", "elsewhere");
  assertRefused(run, 1, /elsewhere.*create-vault/);
  assertEquals(await place.readJournal(), "");
});

Deno.test("an endpoint that nobody listens on is named with its address", async () => {
  await using place = await withFile();
  // A port that was free a moment ago.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await writeConfig(place.config, `http://127.0.0.1:${port}`, place.journal);
  const run = await runProcess([
    "sync",
    "--config",
    place.config,
    "--dir",
    place.tree,
    "--retries",
    "1",
  ]);
  assertRefused(run, 1, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assertEquals(await place.readJournal(), "");
});

Deno.test("a file that changes while it is read fails alone, and its upload is ended", async () => {
  await using place = await withFile();
  await Deno.writeFile(`${place.tree}/changing`, new Uint8Array(4 * MiB));
  let first = true;
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "UploadMultipartPart" && first) {
      first = false;
      await Deno.writeFile(`${place.tree}/changing`, new Uint8Array([1]), {
        append: true,
      });
    }
    return await pass();
  });
  const args = ["sync", "--partsize", "1", "--concurrency", "1"] as const;
  const run = await place.runWith({ fetch }, ...args);
  assertEquals(run.status, 1);
  assertMatch(
    run.err,
    /ERROR: File changed while it was read: .*tree\/changing\n/,
  );
  assertMatch(run.err, /ERROR: 1 file failed/);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 1);
  const uploads = place.client.everyMultipartUpload("photos");
  assertEquals(await Array.fromAsync(uploads), []);
  // The next run takes it as it is now.
  assertEquals((await place.run("sync")).status, 0);
  assertEquals((await place.run("check-local-hash")).status, 0);
});

Deno.test("a file that vanishes before its turn fails alone", async () => {
  await using place = await withFile();
  await Deno.writeTextFile(`${place.tree}/b`, "gone soon");
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "UploadArchive") return await pass();
    await Deno.remove(`${place.tree}/b`).catch(() => {});
    return await pass();
  });
  const run = await place.runWith({ fetch }, "sync", "--concurrency", "1");
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: File vanished.*tree\/b\n/);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 1);
  assertEquals((await place.run("sync")).lines, ["OK DONE"]);
});

Deno.test("names that no journal can hold are named and left out, and the others go on", async () => {
  await using place = await withFile();
  await Deno.writeTextFile(`${place.tree}/new\nline`, "x");
  await Deno.writeTextFile(
    `${place.tree}/${"long/".repeat(30)}`.slice(0, -1),
    "x",
  )
    .catch(() => {});
  const deep = `${place.tree}/${`${"d".repeat(200)}/`.repeat(4)}`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.writeTextFile(`${deep}file`, "x");
  const run = await place.run("sync");
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: .*new\\x0aline/);
  assertMatch(run.err, /ERROR: .*ddd.*1,?024/);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 1);
});

Deno.test("what is not as the journal says is told, and the exit status too", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const at = (name: string) => `${place.tree}/${name}`;
  for (const name of ["good", "touched", "other", "longer", "empty", "gone"]) {
    await Deno.writeTextFile(at(name), "content");
    await Deno.utime(at(name), 1000, 1000);
  }
  await place.run("sync");
  await Deno.utime(at("touched"), 2000, 2000);
  await Deno.writeTextFile(at("other"), "c0ntent");
  await Deno.utime(at("other"), 1000, 1000);
  await Deno.writeTextFile(at("longer"), "content!");
  await Deno.writeTextFile(at("empty"), "");
  await Deno.remove(at("gone"));
  const run = await place.run("check-local-hash");
  assertRefused(run, 1, /4 of 6 files are not as the journal .* says/);
  const hash =
    "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
  for (
    const line of [
      `OK good 7 ${hash}`,
      `OK touched 7 ${hash}`,
      "MTIME missmatch touched 2000 != 1000",
      "TREEHASH MISSMATCH other",
      "SIZE MISSMATCH longer",
      "ZERO SIZE empty",
      "MISSED gone",
      "TOTALS:",
      "2 OK",
      "1 TREEHASH MISSMATCH",
      "1 SIZE MISSMATCH",
      "1 ZERO SIZE",
      "1 MISSED",
      "0 ERRORS",
    ]
  ) assert(run.lines.includes(line), `${line} is not in\n${run.out}`);
});

Deno.test("restoring through a symlink out of the folder is refused", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.mkdir(`${place.tree}/sub`);
  await Deno.writeTextFile(`${place.tree}/sub/a`, "x");
  await place.run("sync");
  await Deno.remove(`${place.tree}/sub`, { recursive: true });
  const outside = place.folder.at("outside");
  await Deno.mkdir(outside);
  await Deno.symlink(outside, `${place.tree}/sub`);
  // Not even asked for, which would cost something.
  const asked = await place.run("restore");
  assertEquals(asked.status, 1);
  assertMatch(asked.err, /ERROR: .*sub/);
  assertEquals(await Array.fromAsync(place.client.everyJob("photos")), []);
  // The link comes after the file was asked for.
  await Deno.remove(`${place.tree}/sub`);
  await place.run("restore");
  await Deno.symlink(outside, `${place.tree}/sub`);
  const run = await place.run("restore-completed");
  assertEquals(run.status, 1);
  assertMatch(run.err, /sub/);
  assertEquals(await Array.fromAsync(Deno.readDir(outside)), []);
});

Deno.test("the summary of a check counts what it found, in JSON lines alone", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/good`, "12345");
  await Deno.writeTextFile(`${place.tree}/bad`, "12345");
  await place.run("sync");
  await Deno.writeTextFile(`${place.tree}/bad`, "1");
  const { lines } = await place.run("check-local-hash", "--json");
  const events = lines.map((line) => JSON.parse(line));
  const { summary } = events.find(({ type }) => type === "summary");
  assertEquals([summary.files, summary.bytes, summary.failed], [1, 5, 1]);
  const { err } = await place.run("check-local-hash");
  assertMatch(err, /^ERROR: Check failed: 1 of 2 files .*\n$/);
});

Deno.test("everything at once: --json is one object a line, with the same facts", async () => {
  await using place = await withFile();
  const run = await place.run("sync", "--json");
  const events = run.lines.map((line) => JSON.parse(line));
  assertEquals(events.map(({ type }) => type), ["uploaded", "summary", "done"]);
  assertEquals([events[0].name, events[0].size, events[0].path], [
    "a",
    1,
    `${place.tree}/a`,
  ]);
  assertEquals(events[1].summary, {
    files: 1,
    bytes: 1,
    deleted: 0,
    failed: 0,
    empty: 0,
    pending: 0,
    requests: 2,
    operations: { DescribeVault: 1, UploadArchive: 1 },
  });
});

/** Runs sync of four files as a process, by a shell that does something to its output. */
async function syncInShell(place: Workplace, script: string) {
  for (const name of "bcd") {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  await using http = await serveHttp(place.server.fetch, {
    hostname: "127.0.0.1",
    port: 0,
  });
  await writeConfig(place.config, http.url, place.journal);
  const { command, args } = FROM_SOURCE;
  const words = ["sync", "--config", place.config, "--dir", place.tree];
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", command, ...args, ...words],
    stdout: "null",
    stderr: "piped",
  }).output();
  const err = new TextDecoder().decode(stderr);
  assert(!/defect|^\s+at /m.test(err), err);
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 4);
  return { code, err };
}

Deno.test({
  name:
    "standard output on a full disk doesn't stop the work, and is told in one sentence",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using place = await withFile();
    const { code, err } = await syncInShell(place, '"$@" >/dev/full');
    assertEquals(code, 1, err);
    assertMatch(err, /ERROR: Cannot write to standard output: /);
  },
});

Deno.test({
  name: "a reader that goes away doesn't stop the work",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await withFile();
    await syncInShell(place, '"$@" | true');
  },
});

Deno.test("an error that comes with an interruption is told too", async () => {
  await using place = await withFile();
  const interrupt = new AbortController();
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation !== "UploadArchive") return pass();
    interrupt.abort(new Error("stop"));
    return Promise.resolve(Response.json(
      { code: "AccessDeniedException", message: "no", type: "Client" },
      { status: 403, headers: { "x-amzn-requestid": "id" } },
    ));
  });
  const run = await place.runWith({ fetch, signal: interrupt.signal }, "sync");
  assertEquals(run.status, 130);
  assertMatch(run.err, /ERROR: .*\n.*Interrupted/);
});

Deno.test("without credentials, or with some that can't be, nothing is begun", async () => {
  await using place = await withFile();
  const text = await Deno.readTextFile(place.config);
  await Deno.writeTextFile(place.config, text.replace("key=key", "key=кл юч"));
  const wrong = await place.run("sync");
  assertRefused(wrong, 2, /--key holds characters that none can have/);
  assert(!wrong.err.includes("WARNING"), wrong.err);
  await Deno.writeTextFile(
    place.config,
    text.replace(/key=key\nsecret=secret\n/, ""),
  );
  const none = await runProcess(
    ["sync", "--config", place.config, "--dir", place.tree],
  );
  assertRefused(none, 2, /No AWS credentials found/);
  assertEquals(
    await Array.fromAsync(Deno.readDir(place.folder.path)).then((all) =>
      all.filter(({ name }) => name.includes("intents")).length
    ),
    0,
  );
});

Deno.test("plain http to another machine is warned of, to this one not", async () => {
  await using place = await withFile();
  const warned = /WARNING: Your files go to glacier\.test unencrypted/;
  const far = await place.run("sync", "--endpoint", "http://glacier.test");
  assertMatch(far.err, warned);
  for (
    const near of ["http://127.0.0.1:1", "http://localhost", "http://[::1]:80"]
  ) {
    const { err } = await place.run("sync", "--endpoint", near);
    assert(!err.includes("unencrypted"), err);
  }
});

Deno.test("a password in an endpoint is refused and not repeated", async () => {
  const args = ["sync", "--endpoint", "http://user:hunter2@host"];
  const run = await runProgram(args);
  assertRefused(run, 2, /--endpoint takes an http:\/\/ or https:\/\/ address/);
  assert(!run.err.includes("hunter2"));
});

Deno.test("a file of the user's beside the journal is left alone", async () => {
  await using place = await withFile();
  const mine = `${place.journal}.probe`;
  await Deno.writeTextFile(mine, "mine");
  await place.run("sync");
  assertEquals(await Deno.readTextFile(mine), "mine");
});

Deno.test("failures name their file, however short its name", async () => {
  await using place = await withFile();
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation !== "UploadArchive") return pass();
    return Promise.resolve(Response.json(
      {
        code: "InvalidParameterValueException",
        message: "a b c",
        type: "Client",
      },
      { status: 400, headers: { "x-amzn-requestid": "id" } },
    ));
  });
  const run = await place.runWith({ fetch }, "sync");
  assertMatch(run.err, /ERROR: a: /);
});

Deno.test("a dry run names what could not be uploaded", async () => {
  await using place = await withFile();
  const deep = `${place.tree}/${`${"d".repeat(200)}/`.repeat(4)}`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.writeTextFile(`${deep}file`, "x");
  const run = await place.run("sync", "--dry-run");
  assertEquals([run.status, run.lines], [1, [`Will UPLOAD ${place.tree}/a`]]);
  assertMatch(run.err, /ERROR: .*ddd/);
});

Deno.test("a configuration file that is none is refused, and a pasted key is not shown", async () => {
  await using place = await withFile();
  for (
    const [path, why] of [[place.tree, "not a file"], [
      "/dev/zero",
      "not a file",
    ]]
  ) {
    const run = await runProgram(["sync", "--config", path]);
    assertRefused(
      run,
      2,
      new RegExp(`Cannot read configuration file .*${why}`),
    );
  }
  const key = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
  await Deno.writeTextFile(place.config, `${key}\n`, { append: true });
  const { err } = await place.run("sync");
  assertMatch(err, /WARNING: Unknown option in .*line 7\n/);
  assert(!err.includes(key));
});

Deno.test("a server's folder that is a file is refused in one sentence", async () => {
  await using place = await withFile();
  const run = await runProgram([
    "serve",
    "--port",
    "0",
    "--data",
    place.config,
  ]);
  assertRefused(run, 1, /Cannot use the folder .*glacier\.cfg/);
});

Deno.test("where the clock is wrong, what is recorded has the service's time, and the user is told", async () => {
  await using place = await withFile();
  const host = createHost();
  for (const days of [-30, 2]) {
    const name = `file ${days}`;
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
    const now = () => host.clock.now() + days * 24 * 3_600_000;
    const platform = { ...host, clock: { now } };
    const run = await place.runWith({ platform }, "sync");
    assertEquals(run.status, 0, run.err);
    assertMatch(run.err, /^WARNING: This machine's clock is \d+ minutes/m);
    const lines = (await place.readJournal()).trimEnd().split("\n");
    const time = Number(lines.at(-1)!.split("\t")[1]) * 1000;
    assert(Math.abs(time - Date.now()) < 60_000, lines.at(-1));
  }
});
