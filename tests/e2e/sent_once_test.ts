/**
 * What makes or bills something is sent once, whatever the runtime does by
 * itself where a connection that was used before breaks.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { NetworkError } from "../../src/errors.ts";
import type { HttpPlatform } from "../../src/aws/http.ts";
import { GlacierClient } from "../../src/glacier/client.ts";
import type { ConnectionOptions } from "../../src/glacier/connection.ts";
import { createHost } from "../../src/platform/host.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { sha256Hex, vaultPolicy } from "../server/testing.ts";
import { DEFAULT_KEY, startServe } from "../serve_process.ts";

const BYTES = new TextEncoder().encode("some bytes");

const requests: Record<string, (client: GlacierClient) => Promise<unknown>> = {
  UploadArchive: async (client) =>
    await client.uploadArchive("v", {
      bytes: BYTES,
      sha256: await sha256Hex(BYTES),
      treeHash: encodeHex(await treeHash(BYTES)),
    }),
  InitiateJob: (client) =>
    client.initiateJob("v", { type: "inventory-retrieval" }),
  InitiateVaultLock: (client) =>
    client.initiateVaultLock("v", vaultPolicy("Deny")),
  PurchaseProvisionedCapacity: (client) => client.purchaseProvisionedCapacity(),
};

const PLATFORMS: [what: string, platform: HttpPlatform | undefined][] = [
  ["", undefined],
  [", from where its bytes lie", createHost()],
];

for (const [what, platform] of PLATFORMS) {
  Deno.test(`A request that makes something is sent once, also on a connection that was used before${what}`, async () => {
    const faults = Object.keys(requests).map((name) => `${name},drop,at=after`);
    await using server = await startServe([
      "--control",
      ...faults.flatMap((fault) => ["--fault", fault]),
    ]);
    const options: ConnectionOptions = {
      region: "us-east-1",
      endpoint: server.url,
      credentials: () => Promise.resolve(DEFAULT_KEY),
      platform,
    };
    const client = new GlacierClient(options);
    await client.createVault("v");
    for (const request of Object.values(requests)) {
      await client.describeVault("v");
      const error = await assertRejects(() => request(client), NetworkError);
      assertEquals(error.problem, "dropped");
    }
    assertEquals(await server.control("GET", "faults"), {
      seed: 0,
      faults: faults.map((fault) => ({ fault, seen: 1, struck: 1 })),
    });
    assertEquals((await client.describeVault("v")).numberOfArchives, 1);
    assertEquals((await client.listProvisionedCapacity()).length, 1);
  });
}
