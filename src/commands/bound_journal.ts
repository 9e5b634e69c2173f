/**
 * Journals that are used with a vault: always with the same.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { readBinding, writeBinding } from "../journal/binding.ts";
import type { Journal, OpenJournalOptions } from "../journal/journal.ts";
import { printable } from "../relative_name.ts";
import {
  compareVaults,
  type VaultIdentity,
  vaultTitle,
} from "../vault_identity.ts";
import { openJournalFor, type StoreContext } from "./context.ts";

/**
 * Opens a journal for a run with the store's vault. In mode `write` the service
 * is asked which vault that is, before anything is done; and it is written down
 * beside the journal.
 *
 * @throws {UsageError} where the journal is of another vault.
 * @throws {JournalError} where the journal can't be used.
 * @throws {ServiceError | NetworkError} where the service can't be asked, or there is no such vault.
 */
export async function openBoundJournal(
  context: StoreContext,
  path: string,
  options: Pick<OpenJournalOptions, "mode" | "mustExist">,
): Promise<Journal> {
  const journal = await openJournalFor(context, path, options);
  try {
    if (options.mode === "read") await expectBound(journal.path, context);
    else {
      const vault = await expectSameVault(journal.path, context);
      const { files } = context.platform;
      if (vault) await writeBinding(journal.path, vault, files);
    }
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/**
 * Makes sure that a journal isn't of another vault than the store's, by what the
 * service says; resolves to what is to be written down of that vault, where more
 * is known of it now than before.
 */
export async function expectSameVault(
  journal: string,
  { store, platform, signal, rebind = false }: StoreContext,
): Promise<VaultIdentity | undefined> {
  const bound = await readBinding(journal, platform.files);
  const expectSame = (vault: VaultIdentity) => {
    const comparison = compareVaults(bound, vault);
    if (comparison !== "different" || rebind) return comparison;
    throw otherVault(journal, vaultTitle(bound!), vaultTitle(vault));
  };
  // What needs no question is known first.
  expectSame(store.identity);
  const vault = await store.identify({ signal });
  return expectSame(vault) === "same" ? undefined : vault;
}

/** Makes sure, without asking the service, that a journal isn't of another vault than the store's. */
export async function expectBound(
  journal: string,
  { store, platform, rebind }: StoreContext,
): Promise<void> {
  if (rebind) return;
  const bound = await readBinding(journal, platform.files);
  if (compareVaults(bound, store.identity) !== "different") return;
  throw otherVault(journal, vaultTitle(bound!), vaultTitle(store.identity));
}

function otherVault(
  journal: string,
  bound: string,
  vault: string,
): UsageError {
  return new UsageError(
    `The journal ${
      printable(journal)
    } is of ${bound}, and this run is for ${vault}: nothing was done (--rebind uses the journal with that one from now on)`,
  );
}
