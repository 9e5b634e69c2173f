/**
 * The embedded Glacier-compatible server: a function from Request to Response
 * over a folder. It needs no socket; `platform/serve_http.ts` gives it one.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { Fetch } from "../aws/http.ts";
import { messageOf, MoraineError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { createApp } from "./app.ts";
import { type AccessKey, createAuthenticator } from "./auth.ts";
import { openBlobStore } from "./blobs.ts";
import { removeDoomedBlobs, type ServerContext } from "./context.ts";
import { createFaultPlan, type FaultPlan } from "./fault_plan.ts";
import { type JobDelays, sameDelays } from "./job_delay.ts";
import { PAYLOAD_TIMEOUT } from "./payload.ts";
import { parseNotifyUrl } from "./deliverer.ts";
import { openNotifier } from "./notifier.ts";
import { createQueueApp, isQueueRequest } from "./queue_app.ts";
import type { QueueBell } from "./queue_bell.ts";
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
  /** An `http:` or `https:` address that notifications are sent to as well. */
  notifyUrl?: string;
  /** How long an answer from there is waited for, in seconds; 15 where absent. */
  notifyTimeout?: number;
  /** Sends notifications; the runtime's own `fetch` where absent. */
  fetch?: Fetch;
  /** Once aborted, requests that wait for messages are answered: the server is about to close. */
  stop?: AbortSignal;
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
  { signal, publishDue }: Pick<ServerContext, "signal" | "publishDue">,
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
      publishDue,
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

/** One of the services that the server offers. */
interface Service {
  handle(request: Request): Promise<Response>;
  /** The answer where it is not even tried. */
  refuse(refusal: Refusal): Response;
}

/** Makes the function that tells which service a request is for. */
function createServices(
  context: ServerContext,
  bell: QueueBell,
  { platform, accessKeys, control = false }: GlacierServerOptions,
): (request: Request) => Service {
  const { region } = context;
  const now = () => platform.clock.now();
  const authenticator = (service: string) =>
    createAuthenticator({ accessKeys, region, service, now });
  const glacier = {
    handle: createApp(context, authenticator("glacier"), { control }),
    refuse: refusalResponse,
  };
  const md5 = (text: string) =>
    encodeHex(platform.md5(new TextEncoder().encode(text)));
  const queues = createQueueApp(
    { server: context, bell, md5 },
    authenticator("sqs"),
  );
  return (request) => isQueueRequest(request) ? queues : glacier;
}

/** Lets nobody wait for messages any more once `stop` is aborted; returns what ends that. */
function endWaitsAt(stop: AbortSignal | undefined, bell: QueueBell) {
  const end = () => bell.end();
  if (stop?.aborted) end();
  stop?.addEventListener("abort", end, { once: true });
  return () => stop?.removeEventListener("abort", end);
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
  const { signal } = closing;
  const { notifyUrl, fetch: send = (request) => fetch(request) } = options;
  const url = notifyUrl === undefined ? undefined : parseNotifyUrl(notifyUrl);
  const context = await openContext(options, {
    signal,
    publishDue: () => notifier.publishDue(),
  });
  const notifier = openNotifier(context, {
    url,
    fetch: send,
    timeout: (options.notifyTimeout ?? 15) * 1000,
  });
  const serviceOf = createServices(context, notifier.bell, options);
  const forgetStop = endWaitsAt(options.stop, notifier.bell);
  const underWay = new Set<Promise<unknown>>();

  return {
    async fetch(request) {
      const service = serviceOf(request);
      if (signal.aborted) {
        return service.refuse(
          new Refusal("ServiceUnavailableException", "The server is closing"),
        );
      }
      const response = service.handle(request);
      const settled = Promise.allSettled([response]);
      underWay.add(settled);
      try {
        return await response;
      } finally {
        underWay.delete(settled);
        notifier.wake();
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new MoraineError("The server is closing"));
      forgetStop();
      notifier.bell.end();
      await Promise.all(underWay);
      await notifier[Symbol.asyncDispose]();
      context.state[Symbol.dispose]();
    },
  };
}
