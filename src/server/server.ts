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
import { createFaultPlan, type FaultPlan } from "./fault_plan.ts";
import { type JobDelays, sameDelays } from "./job_delay.ts";
import { PAYLOAD_TIMEOUT } from "./payload.ts";
import { Refusal, refusalResponse } from "./refusal.ts";
import { openMetadata } from "./schema.ts";
import { openServiceClock } from "./service_clock.ts";
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
  /** How long a job takes, in seconds; the same at all tiers or for each of them. */
  jobDelay?: number | JobDelays;
  /** How long inventories lag behind changes, in seconds. */
  inventoryDelay?: number;
  /** The faults that requests are struck by; none where absent. */
  faults?: FaultPlan;
  /** Whether the control endpoint answers, without asking who it is. */
  control?: boolean;
  /** How long to wait for more of a payload before its sender is given up, in milliseconds. */
  payloadTimeout?: number;
  /** Told of failures that no request is told of in full; they are dropped where absent. */
  onFailure?: (error: unknown) => void;
}

/** An open server. Disposing of it ends what is under way and frees the folder. */
export interface GlacierServer extends AsyncDisposable {
  /**
   * Answers a request. Rejects with {@linkcode ConnectionDropped} where a fault
   * wants the connection to be closed without an answer, else never; the body
   * of an answer may break with the same error.
   */
  fetch(request: Request): Promise<Response>;
}

async function openContext(
  options: GlacierServerOptions,
  signal: AbortSignal,
): Promise<ServerContext> {
  const { platform, dataDirectory, onFailure = () => {} } = options;
  const { region = "us-east-1", account = "000000000000" } = options;
  const { jobDelay = 0 } = options;
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
    const clock = openServiceClock(database, platform.clock);
    const blobs = await openBlobStore(
      platform.files,
      dataDirectory,
      (id) => state.blobs.has(id),
    );
    const context: ServerContext = {
      account,
      region,
      clock,
      machineClock: platform.clock,
      state,
      blobs,
      jobDelays: typeof jobDelay === "number" ? sameDelays(jobDelay) : jobDelay,
      faults: options.faults ?? createFaultPlan(),
      payloadTimeout: options.payloadTimeout ?? PAYLOAD_TIMEOUT,
      signal,
      createSha256: () => platform.createSha256(),
      report: onFailure,
    };
    while (state.purge(clock.now()) > 0);
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
  const context = await openContext(options, closing.signal);
  const handle = createApp(
    context,
    createAuthenticator({
      accessKeys: options.accessKeys,
      region: context.region,
      now: () => context.machineClock.now(),
    }),
    { control: options.control ?? false },
  );
  const underWay = new Set<Promise<unknown>>();

  return {
    async fetch(request) {
      if (closing.signal.aborted) {
        return refusalResponse(
          new Refusal("ServiceUnavailableException", "The server is closing"),
        );
      }
      const response = handle(request);
      const settled = Promise.allSettled([response]);
      underWay.add(settled);
      try {
        return await response;
      } finally {
        underWay.delete(settled);
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new MoraineError("The server is closing"));
      await Promise.all(underWay);
      context.state[Symbol.dispose]();
    },
  };
}
