/**
 * Which retrievals the service knows, by archive.
 *
 * @module
 */

import type { ArchiveStore, Retrieval } from "../store.ts";

/**
 * The best retrieval of each whole archive that did not fail: a ready one
 * before a pending one, then the newest, which stays longest.
 */
export async function retrievalsByArchive(
  store: ArchiveStore,
  signal: AbortSignal,
): Promise<Map<string, Retrieval>> {
  const best = new Map<string, Retrieval>();
  for await (const retrieval of store.listRetrievals({ signal })) {
    const { archiveId, status, range } = retrieval;
    if (status === "failed" || range !== undefined) continue;
    if (isBetter(retrieval, best.get(archiveId))) {
      best.set(archiveId, retrieval);
    }
  }
  return best;
}

function isBetter(a: Retrieval, b: Retrieval | undefined): boolean {
  if (b === undefined) return true;
  if (a.status !== b.status) return a.status === "ready";
  return a.created > b.created;
}
