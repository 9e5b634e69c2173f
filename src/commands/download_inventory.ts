/**
 * `download-inventory`: makes a journal of a vault's inventory.
 *
 * @module
 */

import { ItemNotFoundError, messageOf } from "../errors.ts";
import { writeBinding } from "../journal/binding.ts";
import { beginJournal, type NewJournal } from "../journal/new_journal.ts";
import { printable } from "../relative_name.ts";
import type { Inventory } from "../store.ts";
import { expectBound, expectSameVault } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { InventoryNames, type NamingOptions } from "./inventory_names.ts";
import { newestInventory, noInventory } from "./newest_inventory.ts";

/** Options of {@linkcode downloadInventory}. */
export interface DownloadInventoryOptions extends NamingOptions {
  /** Where to make the journal; must not be there, or be empty. */
  newJournal: string;
  /** Whether to make an empty journal, with a warning, where no inventory is ready; otherwise that is an error. */
  orEmpty: boolean;
}

/**
 * Makes a journal of the newest inventory that is ready and lists all archives.
 *
 * @throws {ItemNotFoundError} where none is ready, and no empty journal is asked for.
 * @throws {JournalError} where the journal is there, or can't be made.
 * @throws {IntegrityError} where the inventory can't be used. Then, as after
 * any other error, there is no new journal.
 */
export async function downloadInventory(
  context: StoreContext,
  options: DownloadInventoryOptions,
): Promise<void> {
  const { platform, emit } = context;
  const { files, lock } = platform;
  await using journal = await beginJournal(options.newJournal, { files, lock });
  await expectBound(journal.path, context);
  const { inventory, pending } = await newestInventory(context);
  if (inventory === undefined) {
    if (!options.orEmpty) throw notReady(context, pending);
    await publish(journal, context);
    const message = `${noInventory(context, pending)}: ${
      printable(journal.path)
    } is empty`;
    return emit({ type: "warning", message });
  }
  const names = new InventoryNames(options);
  await record(inventory, names, journal, context);
  await publish(journal, context);
  warnOf(names, journal, context);
  const { jobId, format } = inventory;
  emit({
    type: "inventoryDownloaded",
    jobId,
    format,
    archives: journal.records,
    bytes: journal.bytes,
    undecoded: names.undecoded,
    leftOut: names.leftOut,
  });
}

function notReady(context: StoreContext, pending: number): ItemNotFoundError {
  const why = noInventory(context, pending, "requestInventory");
  return new ItemNotFoundError(why, {
    operation: "ListJobs",
    code: "ResourceNotFoundException",
    // The list is there, and none is on it.
    status: 200,
  });
}

/** Gives the journal its name; it is of the store's vault from then on. */
async function publish(
  journal: NewJournal,
  context: StoreContext,
): Promise<void> {
  const { platform, signal, emit } = context;
  const vault = await expectSameVault(journal.path, context);
  await journal.publish({ signal });
  if (vault === undefined) return;
  try {
    await writeBinding(journal.path, vault, platform.files);
  } catch (error) {
    // The journal is whole, and the first run with it does it again.
    emit({ type: "warning", message: messageOf(error) });
  }
}

async function record(
  inventory: Inventory,
  names: InventoryNames,
  journal: NewJournal,
  { store, signal }: StoreContext,
): Promise<void> {
  for await (const archive of store.readInventory(inventory, { signal })) {
    const file = names.nameOf(archive);
    if (file === undefined) continue;
    const { archiveId, created, size, treeHash } = archive;
    await journal.add({
      type: "created",
      time: created,
      archiveId,
      size,
      treeHash,
      ...file,
    });
  }
}

function warnOf(
  names: InventoryNames,
  journal: NewJournal,
  { emit }: StoreContext,
): void {
  const warn = (count: number, rest: string) => {
    if (count === 0) return;
    const message = `${count} archive${count === 1 ? "" : "s"} ${rest}`;
    emit({ type: "warning", message });
  };
  warn(
    names.undecoded,
    "with a description that tells no name: recorded under the archive ID",
  );
  warn(
    names.leftOut,
    "with a description that tells no name: left out of the journal",
  );
  warn(journal.repeated, "listed twice in the inventory: recorded once");
}
