/**
 * The output of a job that retrieves an inventory, made from the database while
 * it is sent. It is measured once, when it is first asked for, and the places
 * noted from which a range of it can be made without all that comes before.
 *
 * @module
 */

import type { Archive } from "./archive_table.ts";
import { type ServerContext, vaultArn } from "./context.ts";
import type { InventoryJob, InventoryPage } from "./inventory_table.ts";
import { notFound } from "./refusal.ts";
import { streamChunks } from "./stream_archive.ts";

/** Archives that are read at a time. */
const PAGE_ROWS = 5000;

/** A job whose output is measured. */
type MeasuredJob = InventoryJob & { size: number };

/** One way to write an inventory; all of it is ASCII. */
interface Format {
  head(arn: string, date: string): string;
  separator: string;
  item(archive: Archive): string;
  tail: string;
}

/** Time as inventories have it, without fractions of seconds. */
function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, "");
}

/**
 * A field with a comma or a quote is quoted, quotes get a backslash, and
 * backslashes stay as they are ("Get Job Output" in the Glacier developer
 * guide).
 */
function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
}

const FORMATS: Record<InventoryJob["format"], Format> = {
  JSON: {
    head: (arn, date) =>
      `{"VaultARN":${
        JSON.stringify(arn)
      },"InventoryDate":"${date}","ArchiveList":[`,
    separator: ",",
    item: ({ id, description, created, size, tree_hash }) =>
      JSON.stringify({
        ArchiveId: id,
        ArchiveDescription: description,
        CreationDate: isoSeconds(created),
        Size: size,
        SHA256TreeHash: tree_hash,
      }),
    tail: "]}",
  },
  CSV: {
    head: () =>
      "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash\n",
    separator: "",
    item: ({ id, description, created, size, tree_hash }) =>
      `${id},${csvField(description)},${
        isoSeconds(created)
      },${size},${tree_hash}\n`,
    tail: "",
  },
};

function headOf(context: ServerContext, job: InventoryJob): string {
  const arn = vaultArn(context, job.vault);
  return FORMATS[job.format].head(arn, isoSeconds(job.date));
}

/** A page as text. Every one but the first begins with what parts it from the one before. */
function pageText(
  job: InventoryJob,
  after: number,
  archives: readonly Archive[],
): string {
  const { separator, item } = FORMATS[job.format];
  const first = after === job.after ? "" : separator;
  return first + archives.map(item).join(separator);
}

/** Lets other requests have their turn. */
function giveWay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Goes through what a job delivers, page by page. */
async function measure(
  context: ServerContext,
  job: InventoryJob,
): Promise<{ job: MeasuredJob; pages: InventoryPage[] }> {
  const { inventories } = context.state;
  const pages: InventoryPage[] = [];
  let after = job.after;
  let size = headOf(context, job).length;
  let rest = job.item_limit ?? Infinity;
  while (rest > 0) {
    context.signal.throwIfAborted();
    const rows = Math.min(PAGE_ROWS, rest);
    const archives = inventories.archives(job, after, rows);
    if (archives.length === 0) break;
    pages.push({ start: size, after });
    size += pageText(job, after, archives).length;
    after = archives.at(-1)!.number;
    rest -= archives.length;
    if (archives.length < rows) break;
    await giveWay();
  }
  const more = inventories.archives(job, after, 1).length > 0;
  size += FORMATS[job.format].tail.length;
  const next = more ? after : null;
  return { job: { ...job, size, last: after, next }, pages };
}

/**
 * A job with the size of its output and the next page.
 *
 * @throws {Refusal} where the job is gone meanwhile, with its vault.
 */
export async function measureInventory(
  context: ServerContext,
  number: number,
): Promise<MeasuredJob> {
  const { state } = context;
  const known = state.inventories.job(number);
  if (known !== undefined && known.size !== null) {
    return { ...known, size: known.size };
  }
  const measured = known && await measure(context, known);
  return state.transaction(() => {
    if (measured === undefined || state.inventories.job(number) === undefined) {
      throw notFound("The job ID was not found");
    }
    state.inventories.setMeasured(measured.job, measured.pages);
    return measured.job;
  });
}

/** The output from the page that has the byte `offset`, or from its begin. */
function* readPages(
  context: ServerContext,
  job: MeasuredJob,
  page: InventoryPage | undefined,
): Generator<string> {
  const { inventories } = context.state;
  if (page === undefined) yield headOf(context, job);
  let after = page?.after ?? job.after;
  while (after < job.last) {
    const archives = inventories.archives(job, after, PAGE_ROWS);
    if (archives.length === 0) break;
    yield pageText(job, after, archives);
    after = archives.at(-1)!.number;
  }
  yield FORMATS[job.format].tail;
}

async function* readRange(
  context: ServerContext,
  job: MeasuredJob,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const page = context.state.inventories.page(job.job, start);
  const encoder = new TextEncoder();
  let position = page?.start ?? 0;
  for (const text of readPages(context, job, page)) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, text.length);
    if (from < to) yield encoder.encode(text.slice(from, to));
    position += text.length;
    if (position >= end) return;
    await giveWay();
  }
  throw new Error(`The inventory of ${job.vault} ends after ${position} bytes`);
}

/** The bytes from `start` up to but not including `end`. Where the vault is deleted meanwhile, the stream breaks. */
export function streamInventory(
  context: ServerContext,
  job: MeasuredJob,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return streamChunks(context, readRange(context, job, start, end));
}
