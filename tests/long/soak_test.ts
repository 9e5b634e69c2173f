/**
 * Eight clients do whatever comes to their minds while faults strike a server
 * process; then the server must have exactly what the model has. With
 * `SOAK_SECONDS` it takes longer or shorter than two minutes, `SOAK_SEED`
 * chooses other faults.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { delay } from "../../src/async/delay.ts";
import { GlacierClient } from "../../src/glacier/client.ts";
import {
  DEFAULT_KEY,
  type ServeProcess,
  startServe,
} from "../serve_process.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";
import { compare } from "./soak/check.ts";
import { SHARED_VAULTS, SoakClient } from "./soak/client.ts";
import { FAULTS, LOST_ANSWERS, OTHERS } from "./soak/faults.ts";
import { emptyModel, type Model } from "./soak/model.ts";

const CLIENTS = 8;
const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 120);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);

function clientOf(url: string): GlacierClient {
  return new GlacierClient({
    region: "us-east-1",
    endpoint: url,
    credentials: () => Promise.resolve(DEFAULT_KEY),
    timeout: 3,
    retry: { base: 20, cap: 500 },
  });
}

function serverIn(folder: TemporaryFolder, port?: string) {
  return startServe(
    ["--control", "--data", folder.at("data")],
    undefined,
    port,
  );
}

async function strike(server: ServeProcess): Promise<void> {
  await server.control("PUT", "faults", { faults: FAULTS, seed: SEED });
}

interface Counts {
  faults: { fault: string; seen: number; struck: number }[];
}

/** Ends all faults; resolves to what they have done. */
async function calm(server: ServeProcess): Promise<Counts["faults"]> {
  const { faults } = await server.control("GET", "faults") as Counts;
  await server.control("PUT", "faults", { faults: [] });
  return faults;
}

async function makeVaults(server: ServeProcess): Promise<void> {
  for (const vault of SHARED_VAULTS) {
    await clientOf(server.url).createVault(vault);
  }
}

async function runClients(
  url: string,
  model: Model,
  end: number,
): Promise<void> {
  const clients = Array.from(
    { length: CLIENTS },
    (_, number) => new SoakClient(clientOf(url), model, number + SEED * 100),
  );
  await Promise.all(clients.map((client) => client.run(end)));
}

/** Blobs on the disk once everything is over that ends by itself. */
async function countBlobs(
  server: ServeProcess,
  folder: TemporaryFolder,
): Promise<number> {
  // Jobs and open uploads end, and what only they needed goes at the next start.
  await server.control("POST", "clock", { advance: 4 * 24 * 3600 });
  assertEquals((await server.end()).code, 0);
  await using _again = await serverIn(folder);
  const names = (place: string) => [...Deno.readDirSync(folder.at(place))];
  assertEquals(names("data/incoming"), []);
  return names("data/blobs").length;
}

/** Prints what was done and found, a line each. */
function tell(model: Model, what: Record<string, unknown>): void {
  console.log(`steps ${JSON.stringify(Object.fromEntries(model.steps))}`);
  for (const [name, value] of Object.entries(what)) {
    for (const each of [value].flat()) {
      const line = `${name} ${JSON.stringify(each)}`;
      console.log(line.replace(OTHERS, "others"));
    }
  }
}

Deno.test(`Eight clients and ${SECONDS} seconds of faults leave what the model has`, async () => {
  await using folder = await temporaryFolder();
  await using server = await serverIn(folder);
  const model = emptyModel();
  await makeVaults(server);
  await strike(server);
  await runClients(server.url, model, Date.now() + SECONDS * 1000);
  const faults = await calm(server);
  const found = await compare(clientOf(server.url), model);
  tell(model, { faults, found });
  const lost = faults.filter(({ fault }) => LOST_ANSWERS.includes(fault));
  const stored = lost.reduce((sum, { struck }) => sum + struck, 0);
  assertEquals(found.doubtsPresent, stored);
  for (const { fault, struck } of faults) assert(struck > 0, `never: ${fault}`);
  assertEquals(await countBlobs(server, folder), found.blobs);
  assertEquals(server.err().match(/error/gi), null);
});

Deno.test(`A server that is killed every few seconds of ${SECONDS / 2} has what the model has`, async () => {
  await using folder = await temporaryFolder();
  let server = await serverIn(folder);
  const { url } = server;
  const model = emptyModel();
  await makeVaults(server);
  const end = Date.now() + SECONDS * 500;
  const work = runClients(url, model, end);
  let kills = 0;
  try {
    while (Date.now() < end) {
      await strike(server);
      await delay(1000 + 3000 * Math.random());
      await server.end("SIGKILL");
      kills++;
      server = await serverIn(folder, new URL(url).port);
    }
    await work;
    await calm(server);
    const found = await compare(clientOf(url), model);
    tell(model, { kills, found });
    assertGreater(kills, 3);
    assertEquals(await countBlobs(server, folder), found.blobs);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
