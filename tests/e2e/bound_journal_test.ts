/**
 * A journal is used with one vault only.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import {
  interfered,
  type Run,
  type RunOptions,
  type Workplace,
  workplace,
} from "../program.ts";

/** A vault with one file in it, and its journal. */
async function filled(): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  await place.run("create-vault", "other");
  await Deno.writeTextFile(`${place.tree}/a`, "a");
  assertEquals((await place.run("sync")).status, 0);
  // For a comparison with the other vault.
  await place.run("retrieve-inventory", "--vault", "other");
  return place;
}

const binding = ({ journal }: Workplace) =>
  Deno.readTextFile(`${journal}.vault`);

/** A service that says of its vaults what another account's would, or refuses to. */
function asIf(
  place: Workplace,
  describe: (answer: Response) => Promise<Response>,
): RunOptions {
  const fetch = interfered(place.server, async (operation, pass) => {
    const answer = await pass();
    return operation === "DescribeVault" ? await describe(answer) : answer;
  });
  return { fetch };
}

const ofAnotherAccount = (place: Workplace) =>
  asIf(place, async (answer) => {
    const text = await answer.text();
    return new Response(text.replace(":000000000000:", ":111122223333:"), {
      headers: answer.headers,
    });
  });

const mayNotAsk = (place: Workplace) =>
  asIf(place, async (answer) => {
    await answer.body?.cancel();
    return Response.json({
      code: "AccessDeniedException",
      message: "not allowed",
      type: "Client",
    }, { status: 403, headers: { "x-amzn-requestid": "id" } });
  });

/** Every command that uses a journal with a vault. */
const COMMANDS = [
  ["sync"],
  ["sync", "--dry-run"],
  ["upload-file", "--filename", "FILE", "--set-rel-filename", "b"],
  ["upload-file", "--filename", "FILE", "--set-rel-filename", "b", "--dry-run"],
  ["restore"],
  ["restore", "--dry-run"],
  ["restore-completed"],
  ["purge-vault"],
  ["purge-vault", "--dry-run"],
  ["uploads"],
  ["uploads", "--abort"],
  ["journal reconcile"],
  ["journal reconcile", "--mark"],
];

function expectRefused(run: Run, other: RegExp): void {
  assertEquals([run.status, run.lines], [2, []], run.err);
  assertMatch(
    run.err,
    /^ERROR: The journal .*journal\.log is of vault photos in us-east-1 of account 000000000000, and this run is for .*: nothing was done \(--rebind .*\n$/,
  );
  assertMatch(run.err, other);
}

for (const [command, ...args] of COMMANDS) {
  const title = [command, ...args.slice(-1)].join(" ");
  Deno.test(`${title} refuses a journal that is of another vault, and changes nothing`, async () => {
    await using place = await filled();
    const given = args.map((arg) => arg === "FILE" ? `${place.tree}/a` : arg);
    const before = [await place.readJournal(), await binding(place)];
    const other = await place.run(command, ...given, "--vault", "other");
    expectRefused(other, /this run is for vault other in us-east-1:/);
    assertEquals([await place.readJournal(), await binding(place)], before);
    assertEquals(await place.countArchives(), 1);
  });
}

Deno.test("a vault of the same name in another account or region is another one", async () => {
  await using place = await filled();
  const operations: string[] = [];
  const { fetch } = ofAnotherAccount(place);
  const account = await place.runWith({
    fetch: (request) => {
      operations.push(request.method);
      return fetch!(request);
    },
  }, "purge-vault");
  expectRefused(account, /vault photos in us-east-1 of account 111122223333:/);
  assertEquals(operations, ["GET"]);
  // What would tell something of that vault that isn't so is refused as well.
  for (
    const [command, ...args] of [
      ["purge-vault", "--dry-run"],
      ["restore", "--dry-run"],
      ["uploads"],
      ["uploads", "--abort", "--dry-run"],
      ["journal reconcile"],
    ]
  ) {
    expectRefused(
      await place.runWith({ fetch }, command, ...args),
      /of account 111122223333:/,
    );
  }
  // Known without asking, so nothing is asked.
  const region = await place.runWith(
    {
      fetch: () => Promise.reject(new Error("asked")),
    },
    "purge-vault",
    "--region",
    "eu-west-1",
  );
  expectRefused(region, /this run is for vault photos in eu-west-1:/);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("--rebind uses the journal with another vault from now on", async () => {
  await using place = await filled();
  const args = ["sync", "--vault", "other"] as const;
  const dry = await place.run(...args, "--rebind", "--dry-run");
  assertEquals(dry.status, 0, dry.err);
  assertMatch(await binding(place), /"photos"/);
  const run = await place.run(...args, "--rebind");
  assertEquals(run.status, 0, run.err);
  assertMatch(run.err, /^WARNING: .* is of vault other in .* from now on$/m);
  assertMatch(await binding(place), /"other"/);
  assertEquals((await place.run(...args)).status, 0);
  assertEquals((await place.run("sync")).status, 2);
  await Deno.writeTextFile(place.config, "rebind\n", { append: true });
  const inFile = await place.run("sync");
  assertMatch(inFile.err, /rebind .* can be given on the command line only/);
});

Deno.test("where the keys may not ask for the account, region and name are remembered, and the account later", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const first = await place.runWith(mayNotAsk(place), "sync");
  assertEquals([first.status, first.err], [0, ""]);
  assertEquals(
    await binding(place),
    '{"account":null,"region":"us-east-1","vault":"photos"}\n',
  );
  assertEquals((await place.run("sync")).status, 0);
  assertMatch(await binding(place), /"account":"000000000000"/);
  // Not forgotten, and no reason to refuse.
  const again = await place.runWith(mayNotAsk(place), "sync");
  assertEquals([again.status, again.err], [0, ""]);
  assertMatch(await binding(place), /"account":"000000000000"/);
});

Deno.test("a vault that isn't there is no vault of a journal", async () => {
  await using place = await workplace();
  await Deno.writeTextFile(`${place.tree}/a`, "a");
  const wrong = await place.run("sync");
  assertEquals(wrong.status, 1);
  assertMatch(wrong.err, /^ERROR: .*photos/);
  await place.run("create-vault", "photos");
  assertEquals((await place.run("sync", "--vault", "photos")).status, 0);
});

Deno.test("a side file that tells nothing is an error before anything is sent", async () => {
  await using place = await filled();
  for (
    const text of ["", "{", "[]", '{"account":1,"region":"r","vault":"v"}']
  ) {
    await Deno.writeTextFile(`${place.journal}.vault`, text);
    for (const args of [["sync"], ["restore-completed"]]) {
      const run = await place.runWith({
        fetch: () => Promise.reject(new Error("asked")),
      }, args[0]);
      assertEquals(run.status, 1);
      assertMatch(run.err, /^ERROR: .*\.vault does not tell which vault/);
    }
    const rebound = await place.run("sync", "--rebind");
    assertEquals(rebound.status, 0, rebound.err);
  }
});

Deno.test("a journal made of an inventory is of that vault", async () => {
  await using place = await filled();
  await place.run("retrieve-inventory");
  const found = place.folder.at("found.log");
  await place.run("download-inventory", "--new-journal", found);
  assertEquals(await Deno.readTextFile(`${found}.vault`), await binding(place));
  const other = ["--journal", found, "--vault", "other"];
  assertEquals((await place.run("purge-vault", ...other)).status, 2);
});
