import { assert, assertEquals } from "@std/assert";
import { encodeDescription } from "../../src/files/names.ts";
import { scanLines } from "../../src/journal/lines.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import { runProcess, spawnProgram, writeConfig } from "../program.ts";
import { temporaryFolder } from "../testing.ts";

const ARCHIVES = 1_000_000;

/**
 * How much more memory a million archives may take than three, in MB. The
 * hashes of IDs and names are 16 MB each, and as much again while they grow;
 * the rest is what the runtime lets pile up before it collects.
 */
const LIMIT = 200;

const host = createHost();

/** Puts archives into a vault's database, as uploads would take too long. */
function insertArchives(path: string, vault: string, count: number): void {
  using database = host.openDatabase(path);
  const insert = database.prepare(
    `INSERT INTO archives (id, vault, description, size, tree_hash, created)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  database.exec("BEGIN");
  for (let n = 1; n <= count; n++) {
    const name = `photos/${n % 1000}/a file with a longer name ${n}.jpg`;
    // One in ten is another program's.
    const description = n % 10 === 0
      ? `backup, "${name}"`
      : encodeDescription({ name, mtime: n });
    const id = `${vault}-${n}-`.padEnd(138, "Ab_9");
    const hash = n.toString(16).padStart(64, "0");
    insert.run(id, vault, description, n, hash, 1_400_000_000_000 + n * 1000);
  }
  database.prepare(
    "UPDATE vaults SET archives = ?, changed = 1, pending = 1 WHERE name = ?",
  ).run(count, vault);
  database.exec("COMMIT");
}

/** Runs the program; resolves to the most memory that it had, in MB, and how long it took, in seconds. */
async function measure(
  args: readonly string[],
): Promise<{ memory: number; seconds: number }> {
  const start = performance.now();
  const child = spawnProgram(args);
  let ended = false;
  const result = child.output().finally(() => ended = true);
  let memory = 0;
  while (!ended) {
    // The system keeps the highest mark; it is lost when the process ends.
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`)
      .catch(() => "");
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
    if (kilobytes !== undefined) memory = Number(kilobytes) / 1024;
    await Promise.race([result, new Promise((done) => setTimeout(done, 50))]);
  }
  const { code, stderr } = await result;
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return { memory, seconds: (performance.now() - start) / 1000 };
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  await using file = await host.files.open(path, "read");
  assertEquals(await scanLines(path, file, () => void lines++), undefined);
  return lines;
}

Deno.test({
  name:
    "an inventory of a million archives becomes a journal in bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using folder = await temporaryFolder();
    const options = {
      platform: host,
      dataDirectory: folder.at("glacier"),
      accessKeys: [{ accessKeyId: "key", secretAccessKey: "secret" }],
    };
    const sizes = { small: 3, large: ARCHIVES };
    const config = folder.at("glacier.cfg");
    const at = async (
      run: (args: (...words: string[]) => string[]) => Promise<void>,
    ) => {
      await using server = await openGlacierServer(options);
      await using http = await serveHttp(server.fetch, {
        hostname: "127.0.0.1",
        port: 0,
      });
      await writeConfig(config, http.url, folder.at("unused.log"));
      await run((...words) => [...words, "--config", config, "--quiet"]);
    };
    await at(async (args) => {
      for (const vault of Object.keys(sizes)) {
        assertEquals((await runProcess(args("create-vault", vault))).status, 0);
      }
    });
    for (const [vault, count] of Object.entries(sizes)) {
      insertArchives(folder.at("glacier", "metadata.sqlite"), vault, count);
    }
    await at(async (args) => {
      for (const format of ["json", "csv"]) {
        const measured: Record<string, number> = {};
        for (const [vault, count] of Object.entries(sizes)) {
          await t.step(`${count} archives in ${format}`, async () => {
            const { status } = await runProcess(args(
              "retrieve-inventory",
              "--vault",
              vault,
              "--request-inventory-format",
              format,
            ));
            assertEquals(status, 0);
            const path = folder.at(`${vault}-${format}.log`);
            const { memory, seconds } = await measure(args(
              "download-inventory",
              "--vault",
              vault,
              "--new-journal",
              path,
            ));
            console.log(`${memory.toFixed(0)} MB, ${seconds.toFixed(1)} s`);
            measured[vault] = memory;
            assertEquals(await countLines(path), count);
          });
        }
        assert(measured.large - measured.small < LIMIT);
      }
    });
  },
});
