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

/** How {@linkcode openBoundJournal} opens. */
export interface OpenBoundJournalOptions
  extends Pick<OpenJournalOptions, "mode" | "mustExist"> {
  /**
   * In mode `read`, whether the service is asked which vault it is: for what
   * would tell something that isn't so with another account's.
   */
  ask?: boolean;
}

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
  options: OpenBoundJournalOptions,
): Promise<Journal> {
  const journal = await openJournalFor(context, path, options);
  try {
    const { mode, ask } = options;
    if (mode === "write") await bind(journal.path, context);
    else if (ask) await expectSameVault(journal.path, context);
    else await expectBound(journal.path, context);
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
  const bound = await readBinding(journal, platform.files).catch((error) => {
    // It is no matter then what stood there, or whether it can be read.
    if (rebind) return undefined;
    throw error;
  });
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

/** Makes sure that it is the same vault, and writes down which it is. */
async function bind(journal: string, context: StoreContext): Promise<void> {
  const { rebind, platform, emit } = context;
  const vault = await expectSameVault(journal, context);
  if (vault === undefined) return;
  await writeBinding(journal, vault, platform.files);
  if (!rebind) return;
  const message = `The journal ${printable(journal)} is of ${
    vaultTitle(vault)
  } from now on`;
  emit({ type: "warning", message });
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
