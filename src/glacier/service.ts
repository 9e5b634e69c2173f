/**
 * An account's vaults in a region.
 *
 * @module
 */

import type { ArchiveService, CallOptions, VaultInfo } from "../store.ts";
import type { GlacierClient } from "./client.ts";

/**
 * The vaults of an account in a region, with what their last inventories say:
 * numbers of archives, and sizes in bytes. ("List Vaults" in the Glacier
 * developer guide)
 *
 * @example The vaults of an account
 * ```ts
 * import {
 *   type ArchiveService,
 *   awsGlacierClient,
 *   GlacierService,
 *   type VaultInfo,
 * } from "@moraine/moraine";
 * import { assert } from "@std/assert";
 *
 * const client = awsGlacierClient();
 * const service: ArchiveService = new GlacierService(client);
 * const vaults: VaultInfo[] = [];
 * for await (const vault of service.listVaults()) vaults.push(vault);
 * assert(vaults.some(({ name }) => name === "photos"));
 * ```
 */
export class GlacierService implements ArchiveService {
  readonly #client: GlacierClient;

  /** The vaults that a client reaches. */
  constructor(client: GlacierClient) {
    this.#client = client;
  }

  /**
   * The vaults in the order of their names, page by page. ("List Vaults" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `AccessDeniedException` where the key may not ask.
   */
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
