/**
 * `journal reconcile`: compares a journal with the inventory of its vault, and
 * records what it has wrong.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import { MoraineError } from "../errors.ts";
import {
  findRecorded,
  type Intents,
  openIntents,
  readIntents,
} from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import { intentsPath } from "../journal/paths.ts";
import { printable } from "../relative_name.ts";
import type { Inventory } from "../store.ts";
import { nowInSeconds } from "../transfer/record.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { CommandEvent } from "./command_events.ts";
import type { StoreContext } from "./context.ts";
import { InventoryNames, type NamingOptions } from "./inventory_names.ts";
import { newestInventory, noInventory } from "./newest_inventory.ts";
import {
  type Comparison,
  type DoubtfulUpload,
  InventoryComparison,
  mostMissing,
  type UnknownArchive,
} from "./reconcile_plan.ts";

/** Options of {@linkcode journalReconcile}. */
export interface JournalReconcileOptions
  extends Pick<NamingOptions, "descriptions"> {
  journal: string;
  /** Whether to record the archives that the journal doesn't know, and settle the doubts that the inventory answers. */
  adopt: boolean;
  /** Whether to record those that the vault lacks as deleted. */
  mark: boolean;
  /** How many may be missing for anything to be recorded; by default few, or half of all. */
  maxMissing?: number;
  dryRun?: boolean;
}

/** How many records share a wait for the device. */
const AT_ONCE = 1000;

/** What is compared with the inventory. */
interface Records {
  journal: Journal;
  intents: Pick<Intents, "pending" | "doubtful">;
}

/**
 * Tells what the newest inventory that is ready has and the journal lacks, and
 * the other way round; with `adopt` and `mark` the journal then says the same
 * as the vault. Nothing is recorded before the whole inventory was read.
 *
 * @throws {MoraineError} where there is no inventory; where so much is missing
 * that it looks like that of another vault; and at the end, where journal and
 * vault still differ.
 */
export async function journalReconcile(
  context: StoreContext<CommandEvent>,
  options: JournalReconcileOptions,
): Promise<void> {
  const { platform, signal } = context;
  const { files, clock } = platform;
  const writes = (options.adopt || options.mark) && !options.dryRun;
  await using journal = await openBoundJournal(context, options.journal, {
    mode: writes ? "write" : "read",
    mustExist: true,
    ask: true,
  });
  const { inventory, pending } = await newestInventory(context);
  if (inventory === undefined) {
    throw new MoraineError(noInventory(context, pending));
  }
  await using open = writes
    ? await openIntents(journal.path, { files, clock, signal })
    : undefined;
  const intents = open ??
    (await readIntents(intentsPath(journal.path), files, { signal })).fold;
  const comparison = await compare(inventory, options, {
    ...context,
    journal,
    intents,
  });
  tell(comparison, inventory, context);
  const { adopt, mark } = options;
  if (adopt || mark) expectSameVault(comparison, options);
  if (adopt) warnOfSuperseding(comparison, context);
  if (open !== undefined) {
    await change(comparison, options, { ...context, journal, intents: open });
  } else if (adopt || mark) preview(comparison, options, context);
  expectAgreement(comparison, options, context);
}

async function compare(
  inventory: Inventory,
  { descriptions }: JournalReconcileOptions,
  context: StoreContext<CommandEvent> & Records,
): Promise<Comparison> {
  const { store, journal, platform, signal } = context;
  const { state } = journal;
  const names = new InventoryNames(
    { descriptions, undecodable: "archive-id" },
    state,
  );
  const comparison = new InventoryComparison({
    state,
    doubts: doubtfulUploads(context),
    nameOf: (archive) => names.nameOf(archive)!,
  });
  // It was surely not made after its job was done, whatever it says.
  const latest = Math.floor(
    (inventory.completed ?? platform.clock.now()) / 1000,
  );
  let date: number | undefined;
  const onDate = (written: number) => date = Math.min(written, latest);
  const archives = store.readInventory(inventory, { signal, onDate });
  for await (const archive of archives) comparison.take(archive);
  return comparison.result(date);
}

/**
 * The uploads into this vault that may have made an archive that the journal
 * doesn't know: those in doubt, and those that a run was broken off in and the
 * next `sync` will doubt.
 */
function doubtfulUploads(
  { journal, intents, store, emit }: StoreContext<CommandEvent> & Records,
): DoubtfulUpload[] {
  const doubts: DoubtfulUpload[] = [];
  let elsewhere = 0;
  for (const [id, { intent, time }] of intents.doubtful) {
    if (intent.vault === store.location) doubts.push({ id, intent, time });
    else elsewhere++;
  }
  for (const [id, intent] of intents.pending) {
    if (intent.kind !== "upload" || intent.vault !== store.location) continue;
    if (findRecorded(intent, journal.state)) continue;
    doubts.push({ id, intent, time: intent.started, underWay: true });
  }
  if (elsewhere > 0) {
    emit({
      type: "warning",
      message: `${
        elsewhere === 1 ? "1 upload" : `${elsewhere} uploads`
      } in doubt went to another vault, or another address of it: only its inventory can tell`,
    });
  }
  return doubts;
}

/** Tells all that was found. */
function tell(
  comparison: Comparison,
  { jobId, format }: Inventory,
  { emit }: StoreContext<CommandEvent>,
): void {
  for (const archive of comparison.unknown) {
    const { doubt, description = null, ...rest } = archive;
    const inDoubt = doubt !== undefined;
    emit({ type: "unknownArchive", ...rest, description, inDoubt });
  }
  for (const entry of comparison.missing) {
    const { archiveId, name, size, time } = entry;
    emit({ type: "missingArchive", archiveId, name, size, recorded: time });
  }
  for (const { entry, size, treeHash } of comparison.differing) {
    const { archiveId, name } = entry;
    const inventory = { size, treeHash };
    const journal = { size: entry.size, treeHash: entry.treeHash };
    emit({ type: "differingArchive", archiveId, name, journal, inventory });
  }
  for (const archive of comparison.undeleted) {
    emit({ type: "undeletedArchive", ...archive });
  }
  for (const doubt of comparison.doubts) {
    if (isUnderWay(doubt)) continue;
    const { name, size } = doubt.intent;
    const archiveId = doubt.answer === "found" ? doubt.archiveId : null;
    emit({ type: "doubt", name, size, answer: doubt.answer, archiveId });
  }
  const { unknown, missing, differing, undeleted, doubts, ...counts } =
    comparison;
  emit({
    type: "reconcileTotals",
    totals: {
      ...counts,
      jobId,
      format,
      unknown: unknown.length,
      missing: missing.length,
      differing: differing.length,
      undeleted: undeleted.length,
      doubts: doubts.filter((doubt) => !isUnderWay(doubt)).length,
    },
  });
}

/** Whether a run may be in the middle of the upload, or the next one asks what came of it. */
function isUnderWay({ answer, underWay }: Comparison["doubts"][number]) {
  return answer === "open" && underWay === true;
}

/** @throws {MoraineError} where the inventory lacks so much that nothing may be recorded on the strength of it. */
function expectSameVault(
  comparison: Comparison,
  { maxMissing = mostMissing(comparison) }: JournalReconcileOptions,
): void {
  const { missing, judged } = comparison;
  if (missing.length <= maxMissing) return;
  throw new MoraineError(
    `Nothing was recorded, for the inventory lacks ${missing.length} of ${
      judged === 1 ? "1 archive" : `${judged} archives`
    } that it should have by the journal, as if one of them were of another vault; where you know that they are gone, add --max-missing ${missing.length}`,
  );
}

/** What comes back from the vault under a name is another content from now on. */
function warnOfSuperseding(
  { unknown }: Comparison,
  { emit }: StoreContext<CommandEvent>,
): void {
  const count = unknown.filter(({ supersedes }) => supersedes).length;
  if (count === 0) return;
  const [archives, are] = count === 1
    ? ["1 archive that the journal didn't know", "is"]
    : [`${count} archives that the journal didn't know`, "are"];
  emit({
    type: "warning",
    message:
      `${archives} ${are} of a later time than the version of the file that the journal has, and of another content: restore brings back the later one`,
  });
}

function preview(
  { unknown, missing }: Comparison,
  { adopt, mark }: JournalReconcileOptions,
  { emit }: StoreContext<CommandEvent>,
): void {
  for (const { archiveId, name, size } of adopt ? unknown : []) {
    emit({ type: "willAdopt", archiveId, name, size });
  }
  for (const { archiveId, name, size } of mark ? missing : []) {
    emit({ type: "willMark", archiveId, name, size });
  }
}

/**
 * Writes it all down. Where that ends in the middle, the next run finds what is
 * left and goes on: what was recorded is no difference any more.
 */
async function change(
  { unknown, missing, doubts }: Comparison,
  { adopt, mark }: JournalReconcileOptions,
  context: StoreContext<CommandEvent> & { journal: Journal; intents: Intents },
): Promise<void> {
  const { journal, intents, emit, signal, platform } = context;
  // First, so that no file is without a version in between.
  await forEachBounded(adopt ? unknown : [], AT_ONCE, async (archive) => {
    await adoptArchive(archive, journal);
    const { archiveId, name, size, doubt } = archive;
    emit({ type: "adopted", archiveId, name, size });
    if (doubt !== undefined) await endDoubt(doubt, intents);
  }, { signal });
  for (const { id, answer } of adopt ? doubts : []) {
    if (answer === "absent") await intents.settle(id, "abandoned");
  }
  const time = nowInSeconds(platform.clock);
  await forEachBounded(mark ? missing : [], AT_ONCE, async (entry) => {
    const { archiveId, name, size } = entry;
    await journal.append({ type: "deleted", time, archiveId, name });
    emit({ type: "marked", archiveId, name, size });
  }, { signal });
}

/** An archive in doubt is recorded; what it replaces, the next sync deletes. */
async function endDoubt(id: string, intents: Intents): Promise<void> {
  const { vault, name, replaces } = intents.doubtful.get(id)?.intent ??
    intents.pending.get(id)!;
  if (replaces === undefined) return await intents.settle(id, "created");
  await intents.replacing(id, { vault, name, replaces });
}

/** Records an archive as of the time when it was made, so that it is no later version than it was. */
async function adoptArchive(
  { archiveId, size, mtime, treeHash, name, created }: UnknownArchive,
  journal: Journal,
): Promise<void> {
  await journal.append({
    type: "created",
    time: created,
    archiveId,
    size,
    mtime,
    treeHash,
    name,
  });
}

/** @throws {MoraineError} where journal and vault still differ, and how. */
function expectAgreement(
  { unknown, missing, differing, undeleted, doubts }: Comparison,
  { adopt, mark, journal }: JournalReconcileOptions,
  { store }: StoreContext<CommandEvent>,
): void {
  const left = doubts.filter((doubt) => !isUnderWay(doubt));
  const absent = left.filter(({ answer }) => answer === "absent").length;
  const open = left.filter(({ answer }) => answer === "open").length;
  const rows: [count: number, what: string][] = [
    [adopt ? 0 : unknown.length, "unknown to the journal (--adopt)"],
    [mark ? 0 : missing.length, "missing in the vault (--mark)"],
    [differing.length, "recorded with another size or tree hash"],
    [undeleted.length, "recorded as deleted and still there"],
    [adopt ? 0 : absent, "in doubt of which nothing came (--adopt)"],
    [open, "in doubt for which a newer inventory is needed"],
  ];
  const differences = rows.filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`);
  if (differences.length === 0) return;
  throw new MoraineError(
    `The journal ${
      printable(journal)
    } and ${store.title} are not the same, see above: ${
      differences.join(", ")
    }`,
  );
}
