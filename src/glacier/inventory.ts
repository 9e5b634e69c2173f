/**
 * The output of an inventory job, which may be gigabytes.
 *
 * @module
 */

import type { InventoryArchive, InventoryFormat } from "../store.ts";
import { readArchive, secondsOf } from "./inventory_archive.ts";
import { readCsv } from "./inventory_csv.ts";
import { readJson } from "./inventory_json.ts";

const READERS = { json: readJson, csv: readCsv };

/**
 * The archives of an inventory, each as soon as its bytes are there; no more
 * than a chunk of bytes and its archives is held at a time.
 *
 * What is cut off behind a row of CSV still reads as a whole inventory: whoever
 * gives the bytes must make sure that all of them came.
 *
 * `onDate` is told the date of the inventory, in whole seconds since 1970;
 * never in CSV, which has none.
 *
 * @throws {IntegrityError} where the bytes are no inventory, or not a whole
 * one. The message tells the archive or line.
 */
export async function* parseInventory(
  format: InventoryFormat,
  bytes: AsyncIterable<Uint8Array>,
  options: { onDate?: (date: number) => void } = {},
): AsyncGenerator<InventoryArchive> {
  const { onDate } = options;
  const onWrittenDate = (written: unknown) => {
    const date = secondsOf(written);
    if (date !== undefined) onDate?.(date);
  };
  for await (const written of READERS[format](bytes, onWrittenDate)) {
    yield readArchive(written);
  }
}
