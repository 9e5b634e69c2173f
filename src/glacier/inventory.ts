/**
 * The output of an inventory job, which may be gigabytes.
 *
 * @module
 */

import type { InventoryArchive, InventoryFormat } from "../store.ts";
import { readArchive } from "./inventory_archive.ts";
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
 * @throws {IntegrityError} where the bytes are no inventory, or not a whole
 * one. The message tells the archive or line.
 */
export async function* parseInventory(
  format: InventoryFormat,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<InventoryArchive> {
  for await (const written of READERS[format](bytes)) {
    yield readArchive(written);
  }
}
