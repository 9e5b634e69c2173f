/**
 * The embedded Glacier-compatible server: a function from Request to Response
 * over a folder. It needs no socket; `platform/serve_http.ts` gives it one.
 *
 * @module
 */

import { messageOf, MoraineError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { createApp } from "./app.ts";
import { type AccessKey, createAuthenticator } from "./auth.ts";
import { openBlobStore } from "./blobs.ts";
import { removeDoomedBlobs, type ServerContext } from "./context.ts";
import { Refusal, refusalResponse } from "./refusal.ts";
import { openMetadata } from "./schema.ts";
import { openState } from "./state.ts";

export type { AccessKey };

/** Options of {@linkcode openGlacierServer}. */
export interface GlacierServerOptions {
  platform: Platform;
  /** Everything lives here, and in no more than one server at a time; made if absent. */
  dataDirectory: string;
  accessKeys: readonly AccessKey[];
  /** The region of the server; requests signed for another are refused. */
  region?: string;
  /** The account that all belongs to, 12 digits. */
  account?: string;
  /** How long a job takes, in seconds. */
  jobDelay?: number;
  /** How long inventories lag behind changes, in seconds. */
  inventoryDelay?: number;
  /** Told of failures that no request is told of in full; they are dropped where absent. */
  onFailure?: (error: unknown) => void;
}

/** An open server. Disposing of it ends what is under way and frees the folder. */
export interface GlacierServer extends AsyncDisposable {
  /** Answers a request; never rejects. */
  fetch(request: Request): Promise<Response>;
}

async function openContext(
  options: GlacierServerOptions,
  signal: AbortSignal,
): Promise<ServerContext> {
  const { platform, dataDirectory, onFailure = () => {} } = options;
  const { region = "us-east-1", account = "000000000000" } = options;
  try {
    await platform.files.makeDirectory(dataDirectory);
  } catch (cause) {
    throw new MoraineError(
      `Cannot use the folder ${dataDirectory}: ${messageOf(cause)}`,
      { cause },
    );
  }
  const database = openMetadata(platform, `${dataDirectory}/metadata.sqlite`);
  try {
    const state = openState(database, {
      inventoryDelay: (options.inventoryDelay ?? 0) * 1000,
    });
    const blobs = await openBlobStore(
      platform.files,
      dataDirectory,
      (id) => state.blobs.has(id),
    );
    const context: ServerContext = {
      account,
      region,
      clock: platform.clock,
      state,
      blobs,
      jobDelay: (options.jobDelay ?? 0) * 1000,
      signal,
      createSha256: () => platform.createSha256(),
      report: onFailure,
    };
    while (state.purge(platform.clock.now()) > 0);
    await removeDoomedBlobs(context);
    return context;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the server in a folder. What an earlier process acknowledged is there
 * again, however that process ended.
 *
 * @throws {MoraineError} where the folder cannot be used, or another server
 * uses it.
 */
export async function openGlacierServer(
  options: GlacierServerOptions,
): Promise<GlacierServer> {
  const closing = new AbortController();
  const { clock } = options.platform;
  const context = await openContext(options, closing.signal);
  const handle = createApp(
    context,
    createAuthenticator({
      accessKeys: options.accessKeys,
      region: context.region,
      now: () => clock.now(),
    }),
  );
  const underWay = new Set<Promise<Response>>();

  return {
    async fetch(request) {
      if (closing.signal.aborted) {
        return refusalResponse(
          new Refusal("ServiceUnavailableException", "The server is closing"),
        );
      }
      const response = handle(request);
      underWay.add(response);
      try {
        return await response;
      } finally {
        underWay.delete(response);
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new MoraineError("The server is closing"));
      await Promise.all(underWay);
      context.state[Symbol.dispose]();
    },
  };
}
