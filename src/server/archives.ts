/**
 * Upload and Delete Archive.
 *
 * @module
 */

import type { Hono } from "hono";
import {
  removeDoomedBlobs,
  requireVault,
  type RouteEnvironment,
  type ServerContext,
} from "./context.ts";
import { isArchiveId, newArchiveId } from "./ids.ts";
import { checkDescription, checkVaultName } from "./parameters.ts";
import { storePayload } from "./payload.ts";
import { invalid } from "./refusal.ts";

/** The answer to a request that made an archive. */
export function archiveCreated(
  context: ServerContext,
  archive: { vault: string; id: string; treeHash: string },
): Response {
  const { vault, id, treeHash } = archive;
  return new Response(null, {
    status: 201,
    headers: {
      location: `/${context.account}/vaults/${vault}/archives/${id}`,
      "x-amz-archive-id": id,
      "x-amz-sha256-tree-hash": treeHash,
    },
  });
}

async function upload(
  context: ServerContext,
  request: Request,
  vault: string,
): Promise<Response> {
  requireVault(context, vault);
  const description = checkDescription(
    request.headers.get("x-amz-archive-description") ?? "",
  );
  const { archives } = context.state;
  const id = newArchiveId();
  const { treeHash } = await storePayload(context, request, {
    commit({ blob, size, treeHash }) {
      // It may have been deleted while the payload came.
      requireVault(context, vault);
      const number = archives.insert({
        id,
        vault,
        description,
        size,
        tree_hash: treeHash,
        created: context.clock.now(),
      });
      const segment = { start: 0, size, tree_hash: treeHash, blob };
      archives.addSegment(number, segment);
    },
  });
  return archiveCreated(context, { vault, id, treeHash });
}

function remove(context: ServerContext, vault: string, id: string): void {
  requireVault(context, vault);
  if (!isArchiveId(id)) throw invalid(`Invalid archive ID: ${id}`);
  const { state } = context;
  const now = context.clock.now();
  state.transaction(() => {
    const archive = state.archives.get(id);
    // Deleting twice is no error, and what was deleted is forgotten in time.
    if (archive === undefined || archive.deleted !== null) return;
    if (archive.vault !== vault) throw invalid(`Invalid vault name: ${vault}`);
    state.archives.markDeleted(archive, now);
    state.jobs.failPending(id, `The archive was deleted: ${id}`, now);
    state.archives.removeUnneeded(id);
  });
}

/** Adds the routes of archives. */
export function routeArchives(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  app.post(
    "/:account/vaults/:vault/archives",
    (c) => upload(context, c.req.raw, checkVaultName(c.req.param("vault"))),
  );
  app.delete("/:account/vaults/:vault/archives/:archive", async (c) => {
    const { vault, archive } = c.req.param();
    remove(context, checkVaultName(vault), archive);
    await removeDoomedBlobs(context);
    return c.body(null, 204);
  });
}
