/**
 * Which vault a journal is of: remembered beside it, because its lines don't
 * tell. With another vault of the same name, in another region or account, a
 * run would record as deleted what was never there, and lose what is.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { VaultIdentity } from "../vault_identity.ts";
import { parseJsonObject } from "./json_object.ts";
import { bindingPath, folderOf } from "./paths.ts";

/** What is larger is none of ours, in bytes. */
const MAX_SIZE = 64 * 1024;

/**
 * The vault that the journal at `journal` is of, `undefined` where it was not
 * used yet.
 *
 * @throws {JournalError} where what is written down can't be read.
 */
export async function readBinding(
  journal: string,
  files: Files,
): Promise<VaultIdentity | undefined> {
  const path = bindingPath(journal);
  let text: string;
  try {
    const info = await files.stat(path);
    if (info === undefined) return undefined;
    const usable = info.kind === "file" && info.size <= MAX_SIZE;
    text = usable ? await files.readText(path) : "";
  } catch (cause) {
    throw new JournalError(
      `Cannot read which vault the journal is of, from ${printable(path)}: ${
        messageOf(cause)
      }`,
      { cause },
    );
  }
  const binding = parseBinding(text);
  if (binding !== undefined) return binding;
  throw new JournalError(
    `${
      printable(path)
    } does not tell which vault the journal is of: it was damaged, or written by a newer version; see that this run is for the right vault, and move that file away to have it made anew`,
  );
}

/**
 * Writes down which vault the journal at `journal` is of; resolves when that is
 * on the device. Call it with the journal's lock held.
 *
 * @throws {JournalError} where it can't be written; then what was there is there still.
 */
export async function writeBinding(
  journal: string,
  vault: VaultIdentity,
  files: Files,
): Promise<void> {
  const path = bindingPath(journal);
  const next = `${path}.new`;
  try {
    // Left by a run that was killed.
    await files.remove(next);
    {
      // Whoever may read the journal may read this.
      const permissions = (await files.stat(journal))?.mode;
      await using file = await files.open(next, "create", { permissions });
      await file.write(new TextEncoder().encode(formatBinding(vault)));
      await file.sync();
    }
    await files.rename(next, path);
    await files.syncDirectory(folderOf(path));
  } catch (cause) {
    await files.remove(next).catch(() => {});
    throw new JournalError(
      `Cannot write down which vault the journal is of, in ${
        printable(path)
      }: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** As text, with its LF. */
export function formatBinding(
  { account, region, vault }: VaultIdentity,
): string {
  return JSON.stringify({ account, region, vault }) + "\n";
}

/** Reads what `formatBinding` wrote; `undefined` where it is nothing of the kind. */
export function parseBinding(text: string): VaultIdentity | undefined {
  const { account, region, vault } = parseJsonObject(text) ?? {};
  if (typeof region !== "string" || typeof vault !== "string") return undefined;
  if (account !== null && typeof account !== "string") return undefined;
  return { account, region, vault };
}
