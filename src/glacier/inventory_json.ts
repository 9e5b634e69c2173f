/**
 * An inventory in JSON, read archive by archive.
 *
 * @module
 */

import { JSONParser, TokenType } from "@streamparser/json";
import { IntegrityError } from "../errors.ts";
import { damaged, type WrittenArchive } from "./inventory_archive.ts";

/**
 * The most that comes between the ends of two archives, in bytes. What takes
 * more is no inventory, and would fill the memory.
 */
const MAX_ARCHIVE = 16 * 1024 * 1024;

/**
 * How deep objects and lists may be in each other. The parser takes time by the
 * square of it, and an archive is in three.
 */
const MAX_DEPTH = 100;

/**
 * The members of `ArchiveList`, as their bytes arrive. `onDate` is told what
 * `InventoryDate` holds, whatever that is.
 *
 * @throws {IntegrityError} where the bytes are not one JSON object with such a
 * list, or end before it does.
 */
export async function* readJson(
  bytes: AsyncIterable<Uint8Array>,
  onDate: (written: unknown) => void = () => {},
): AsyncGenerator<WrittenArchive> {
  const parser = new JSONParser({
    paths: ["$.ArchiveList.*", "$.InventoryDate"],
    // Otherwise it would keep the whole list.
    keepStack: false,
  });
  let ready: WrittenArchive[] = [];
  let count = 0;
  parser.onValue = ({ value, parent, stack }) => {
    // No member of the list lies that high.
    if (stack.length === 1) return onDate(value);
    const place = `archive ${++count}`;
    // Its path could also be that of an object's field.
    if (!Array.isArray(parent)) throw noList();
    if (typeof value !== "object" || value === null) {
      throw damaged(`${place} is no object`);
    }
    ready.push({ place, fields: value as Record<string, unknown> });
  };
  let depth = 0;
  parser.onToken = ({ token }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      if (++depth > MAX_DEPTH) throw damaged("it is nested too deeply");
    } else if (
      token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET
    ) depth--;
  };
  /** All that came, as long as no archive did. */
  let head: Uint8Array[] = [];
  let pending = 0;
  for await (const chunk of bytes) {
    try {
      parser.write(chunk);
    } catch (cause) {
      if (cause instanceof IntegrityError) throw cause;
      throw damaged(`it is no JSON ${after(count)}`, { cause });
    }
    pending = ready.length > 0 ? 0 : pending + chunk.length;
    if (pending > MAX_ARCHIVE) {
      throw damaged(`there is too much ${after(count)} to be one archive`);
    }
    if (count === 0) head.push(chunk);
    else if (head.length > 0) head = [];
    yield* ready;
    ready = [];
  }
  if (!parser.isEnded) throw damaged(`it ends too soon, ${after(count)}`);
  if (count === 0) await expectEmptyList(head);
}

function noList(): IntegrityError {
  return damaged("it has no list of archives");
}

function after(count: number): string {
  return count === 0 ? "before the first archive" : `after archive ${count}`;
}

/** The parser tells of the members of a list only, and not whether there is one. */
async function expectEmptyList(chunks: Uint8Array[]): Promise<void> {
  const text = await new Blob(chunks as BlobPart[]).text();
  const { ArchiveList } = JSON.parse(text) ?? {};
  if (!Array.isArray(ArchiveList)) throw noList();
}
