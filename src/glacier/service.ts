/**
 * An account's vaults in a region.
 *
 * @module
 */

import type { ArchiveService, CallOptions, VaultInfo } from "../store.ts";
import type { GlacierClient } from "./client.ts";

/**
 * The vaults.
 *
 * @example The vaults of an account
 * ```ts
 * import {
 *   awsCredentials,
 *   GlacierClient,
 *   GlacierService,
 * } from "@moraine/moraine";
 * import { assert } from "@std/assert";
 * import process from "node:process";
 *
 * const client = new GlacierClient({
 *   region: "us-east-1",
 *   // AWS's own address for the region where it is undefined.
 *   endpoint: process.env.AWS_ENDPOINT_URL_GLACIER,
 *   credentials: awsCredentials(),
 * });
 * const names: string[] = [];
 * for await (const vault of new GlacierService(client).listVaults()) {
 *   names.push(vault.name);
 * }
 * assert(names.includes("photos"));
 * ```
 */
export class GlacierService implements ArchiveService {
  readonly #client: GlacierClient;

  /** The vaults that a client reaches. */
  constructor(client: GlacierClient) {
    this.#client = client;
  }

  /** The vaults in the order of their names, page by page. */
  async *listVaults(options?: CallOptions): AsyncGenerator<VaultInfo> {
    for await (const vault of this.#client.everyVault(options)) {
      yield {
        name: vault.vaultName,
        arn: vault.vaultArn,
        archives: vault.numberOfArchives,
        size: vault.sizeInBytes,
        created: vault.creationDate,
        lastInventory: vault.lastInventoryDate ?? null,
      };
    }
  }
}
