/**
 * Where requests go: never on to another address, and never to a server that
 * isn't the one of that name. Over real sockets, under each runtime.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  FROM_SOURCE,
  type Program,
  runProcess,
  runProgram,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { nodePath, type TemporaryFolder, temporaryFolder } from "../testing.ts";

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const PROGRAMS: [title: string, program: Program][] = [
  ["Deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** A server that remembers who came. */
function listen(
  answer: (request: Request) => Response,
  tls?: { cert: string; key: string },
) {
  const visits: Request[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...tls },
    async (request) => {
      visits.push(request);
      await request.body?.cancel();
      return answer(request);
    },
  );
  return {
    visits,
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A redirect to another server, and that one. */
function redirect(status: () => number) {
  const other = listen(() => Response.json({ VaultList: [], Marker: null }));
  const location = `http://127.0.0.1:${other.port}/-/vaults`;
  const first = listen(() =>
    new Response(null, { status: status(), headers: { location } })
  );
  return { first, other, location };
}

const COMMANDS = [["list-vaults"], ["create-vault", "v"], [
  "delete-vault",
  "v",
]];

Deno.test("no redirect is followed, of whatever kind and request: nothing reaches the other address", async () => {
  await using folder = await temporaryFolder();
  let status = 0;
  const { first, other, location } = redirect(() => status);
  await using _first = first;
  await using _other = other;
  const config = folder.at("cfg");
  await writeConfig(config, `http://127.0.0.1:${first.port}`, folder.at("j"));
  for (status of [301, 302, 303, 307, 308]) {
    for (const command of COMMANDS) {
      const run = await runProgram([...command, "--config", config]);
      assertEquals(run.status, 1, run.out);
      assertMatch(run.err, /which is not followed/);
      assert(run.err.includes(location), run.err);
    }
  }
  assertEquals(other.visits.length, 0);
  // None was sent again, either.
  assertEquals(first.visits.length, 5 * COMMANDS.length);
});

for (const [title, program] of PROGRAMS) {
  Deno.test(`${title}: no redirect is followed`, async () => {
    await using folder = await temporaryFolder();
    const { first, other } = redirect(() => 307);
    await using _first = first;
    await using _other = other;
    const config = folder.at("cfg");
    await writeConfig(config, `http://127.0.0.1:${first.port}`, folder.at("j"));
    for (const command of COMMANDS.slice(0, 2)) {
      const run = await runProcess([...command, "--config", config], {
        program,
      });
      assertEquals(run.status, 1, run.out);
      assertMatch(run.err, /which is not followed/);
    }
    assertEquals([first.visits.length, other.visits.length], [2, 0]);
  });
}

async function openssl(folder: TemporaryFolder, ...args: string[]) {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    cwd: folder.path,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** An authority, and a certificate of it for a server of some name; as files in the folder. */
async function certify(folder: TemporaryFolder, name: string) {
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
  ];
  await openssl(
    folder,
    ...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt"],
    ...["-subj", "/CN=Some authority", "-days", "2"],
  );
  await openssl(
    folder,
    ...["req", ...key, "-keyout", "server.key", "-out", "server.csr"],
    ...["-subj", "/CN=server"],
  );
  await Deno.writeTextFile(
    folder.at("ext"),
    `subjectAltName=${name}\nbasicConstraints=CA:FALSE\n`,
  );
  await openssl(
    folder,
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey"],
    ...["ca.key", "-CAcreateserial", "-out", "server.crt", "-days", "2"],
    ...["-extfile", "ext"],
  );
  return {
    authority: folder.at("ca.crt"),
    cert: await Deno.readTextFile(folder.at("server.crt")),
    key: await Deno.readTextFile(folder.at("server.key")),
  };
}

async function hasOpenssl(): Promise<boolean> {
  try {
    return (await new Deno.Command("openssl", { args: ["version"] }).output())
      .success;
  } catch {
    return false;
  }
}

const ignore = !await hasOpenssl();

for (const [title, program] of PROGRAMS) {
  for (
    const [what, name, trusted, reached] of [
      [
        "a server of that name, trusted, is spoken to",
        "DNS:localhost",
        true,
        1,
      ],
      [
        "to a server that nobody vouches for nothing is sent",
        "DNS:localhost",
        false,
        0,
      ],
      [
        "to a server of another name nothing is sent",
        "DNS:glacier.example",
        true,
        0,
      ],
    ] as const
  ) {
    Deno.test({
      name: `${title}: ${what}`,
      ignore,
      async fn() {
        await using folder = await temporaryFolder();
        const { authority, cert, key } = await certify(folder, name);
        await using server = listen(
          () =>
            Response.json({ VaultList: [], Marker: null }, {
              headers: { "x-amzn-requestid": "id" },
            }),
          { cert, key },
        );
        const config = folder.at("cfg");
        const endpoint = `https://localhost:${server.port}`;
        await writeConfig(config, endpoint, folder.at("j"));
        const run = await runProcess([
          "list-vaults",
          "--verbose",
          "--config",
          config,
        ], {
          program,
          env: trusted
            ? { DENO_CERT: authority, NODE_EXTRA_CA_CERTS: authority }
            : {},
        });
        assertEquals(server.visits.length, reached, run.err);
        assertEquals(run.status, reached === 1 ? 0 : 1, run.err);
        if (reached === 1) return;
        assertMatch(run.err, /The certificate of localhost:\d+ is not trusted/);
        assert(!run.err.includes("again"), run.err);
      },
    });
  }
}
