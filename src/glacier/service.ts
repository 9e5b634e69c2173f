/**
 * An account's vaults in a region.
 *
 * @module
 */

import type { ArchiveService, CallOptions, VaultInfo } from "../store.ts";
import type { GlacierClient } from "./client.ts";

/** The vaults. */
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
