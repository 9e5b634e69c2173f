/** Secrets appear nowhere: not in what commands tell, nor in the files that they make. */

import { assert, assertEquals } from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { createHost } from "../../src/platform/host.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import { runProgram } from "../program.ts";
import { temporaryFolder, vectorPayload } from "../testing.ts";

/** Such as have characters that are written in other ways in addresses and JSON. */
const SECRET = "wJal+rXUtn/FEMI=K7MDENG";
const TOKEN = "FwoGZX+IvYXdzE/Bca==SESSION";

/** All ways in which one may be written. */
const FORMS = [SECRET, TOKEN].flatMap((text) => [
  text,
  encodeURIComponent(text),
  JSON.stringify(text).slice(1, -1),
  btoa(text),
  // Half of it is too much.
  text.slice(0, 8),
]);

function expectNone(text: string, where: string) {
  for (const form of FORMS) assert(!text.includes(form), `${where}: ${text}`);
}

/** Everything that a request says, as a service or a proxy might repeat it. */
function repeated(request: Request): string {
  const headers = [...request.headers].map((each) => each.join(": "));
  return `${request.method} ${request.url} ${headers.join(" ")} ${SECRET}`;
}

/** What the requests of a command come to. */
const NETWORKS: Record<string, (fetch: Fetch) => Fetch> = {
  "all is well": (fetch) => fetch,
  "the service refuses and repeats the request": () => (request) =>
    Response.json({ code: "BadRequest", message: repeated(request) }, {
      status: 400,
    }),
  "the service refuses at length, so that its words are cut": () => (request) =>
    Response.json({
      code: "BadRequest",
      message: `${"x".repeat(390)}${
        request.headers.get("x-amz-security-token")
      }`,
    }, { status: 400 }),
  "the service takes the signature for wrong": () => (request) =>
    Response.json({
      code: "InvalidSignatureException",
      message: repeated(request),
    }, { status: 403 }),
  "the service denies access": () => (request) =>
    Response.json(
      { code: "AccessDeniedException", message: repeated(request) },
      { status: 403 },
    ),
  "the token has ended": () => (request) =>
    Response.json(
      { code: "ExpiredTokenException", message: repeated(request) },
      { status: 403 },
    ),
  "a page that repeats the request": () => (request) =>
    new Response(`<html>${repeated(request)}</html>`, { status: 502 }),
  "a redirect that repeats the request": () => (request) =>
    new Response(null, {
      status: 302,
      headers: {
        location: `http://x/?${
          encodeURIComponent(request.headers.get("x-amz-security-token") ?? "")
        }`,
      },
    }),
  "no connection, with a reason that repeats the request": () => (request) => {
    throw new TypeError(`fetch failed: ${repeated(request)}`, {
      cause: new Error(`client error (Connect): ${repeated(request)}`),
    });
  },
};

const COMMANDS = [
  ["create-vault", "photos"],
  ["list-vaults"],
  ["sync", "--replace-modified"],
  ["check-local-hash"],
  ["upload-file", "--stdin", "--set-rel-filename=stdin"],
  ["restore"],
  ["restore-completed"],
  ["retrieve-inventory"],
  ["download-inventory"],
  ["purge-vault"],
  ["delete-vault", "other"],
  ["journal", "verify"],
  ["journal", "stats"],
];

Deno.test("no command shows a secret, whatever happens", async () => {
  for (const [title, network] of Object.entries(NETWORKS)) {
    await using folder = await temporaryFolder();
    await using server = await openGlacierServer({
      platform: createHost(),
      dataDirectory: folder.at("glacier"),
      accessKeys: [{
        accessKeyId: "AKID",
        secretAccessKey: SECRET,
        sessionToken: TOKEN,
      }],
    });
    const tree = folder.at("work", "tree");
    await Deno.mkdir(tree, { recursive: true });
    const config = folder.at("cfg");
    await Deno.writeTextFile(
      config,
      `key=AKID\nsecret=${SECRET}\ntoken=${TOKEN}\nregion=us-east-1\n` +
        `endpoint=http://localhost\nretries=0\nvault=photos\ndir=${tree}\n` +
        `journal=${folder.at("work", "journal")}\n`,
      { mode: 0o600 },
    );
    await Deno.writeFile(`${tree}/file`, vectorPayload(5));
    let succeeded = 0;
    for (const [n, words] of COMMANDS.entries()) {
      for (const more of [["--verbose"], ["--verbose", "--json"]]) {
        const journal = words[0] === "download-inventory"
          ? ["--new-journal", folder.at("work", `new-${n}-${more.length}`)]
          : [];
        const run = await runProgram(
          [...words, ...more, ...journal, "--config", config],
          {
            fetch: network(server.fetch),
            input: async function* () {
              yield vectorPayload(3);
            },
          },
        );
        if (run.status === 0) succeeded++;
        expectNone(run.out + run.err, `${words.join(" ")}, ${title}`);
        assert(!run.err.includes("Unexpected"), run.err);
      }
    }
    if (title === "all is well") {
      assertEquals(succeeded, 2 * COMMANDS.length);
    }
    for (const { name, isFile } of Deno.readDirSync(folder.at("work"))) {
      if (!isFile) continue;
      expectNone(await Deno.readTextFile(folder.at("work", name)), name);
    }
  }
});

Deno.test("a secret on the command line or in the configuration file is not repeated where something is wrong with it", async () => {
  await using folder = await temporaryFolder();
  const config = folder.at("cfg");
  const common = ["list-vaults", "--region=us-east-1"];
  const runs: string[][] = [
    [...common, "--secret", SECRET],
    [...common, "--key", "a", "--secret", `${SECRET} with blanks`],
    [...common, "--key", "a", "--secret", SECRET, "--token", `${TOKEN}\n`],
    [...common, "--key", "a", "--secret", SECRET, "--secret", SECRET],
    [...common, "--config", config],
    [...common, "--endpoint", `http://${encodeURIComponent(SECRET)}@x/`],
  ];
  await Deno.writeTextFile(config, `secret ${SECRET}\n`, { mode: 0o600 });
  for (const words of runs) {
    const run = await runProgram(words);
    assertEquals(run.status, 2, words.join(" "));
    expectNone(run.out + run.err, words.join(" "));
  }
});
