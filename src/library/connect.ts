/**
 * A client of the service whose retries, warnings and requests are told as
 * events of a run.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import type { Fetch } from "../aws/http.ts";
import { isThisMachine } from "../aws/this_machine.ts";
import { messageOf } from "../errors.ts";
import { GlacierClient, type GlacierOptions } from "../glacier/client.ts";
import type { ConnectionOptions } from "../glacier/connection.ts";
import type { Platform } from "../platform.ts";
import type { Emit } from "../transfer/events.ts";
import { CorrectedClock } from "./corrected_clock.ts";

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  region: string;
  /** Asked before each request: remembers what it gave. */
  credentials: CredentialsProvider;
  /** AWS's own address for the region where absent. */
  endpoint?: string;
  /** How long the service may be silent, in seconds. */
  timeout?: number;
  /** How often a request that failed is repeated at most. */
  retries?: number;
  /** Requests under way at a time. */
  maxRequests: number;
  platform: Platform;
  fetch?: Fetch;
  emit: Emit;
  /** Told of each request before it is sent. */
  onRequest(operation: string): void;
}

/** What a run needs to reach the service. */
export interface Connected {
  client: GlacierClient;
  /** The host, whose clock has the service's time where it is wrong by itself. */
  platform: Platform;
  onRetry: GlacierOptions["onRetry"];
}

/**
 * Makes a client for one run. Nothing is sent yet.
 *
 * @throws {UsageError} where region or endpoint cannot be one.
 */
export function connect(options: ConnectOptions): Connected {
  const { platform, emit, retries, onRequest, endpoint } = options;
  const exposed = endpoint === undefined ? undefined : exposedTo(endpoint);
  if (exposed !== undefined) {
    emit({
      type: "warning",
      message:
        `Your files go to ${exposed} unencrypted, because it is addressed by http and not https`,
    });
  }
  const { clock } = platform;
  const corrected = new CorrectedClock(clock);
  const onRetry: GlacierOptions["onRetry"] = ({ error, ...event }) =>
    emit({ type: "retry", ...event, message: messageOf(error) });
  const clientOptions: ConnectionOptions = {
    region: options.region,
    credentials: options.credentials,
    endpoint,
    timeout: options.timeout,
    retry: retries === undefined ? undefined : { attempts: retries + 1 },
    clock,
    onClock(ahead) {
      corrected.correct(ahead);
      emit({ type: "warning", message: clockWarning(ahead) });
    },
    fetch: options.fetch,
    platform,
    onRequest: ({ operation }) => onRequest(operation),
    maxRequests: options.maxRequests,
    onRetry,
    onGiveUp: ({ error, ...event }) =>
      emit({ type: "gaveUp", ...event, message: messageOf(error) }),
    onLimit: ({ limit: requests, full, error }) =>
      emit(
        full
          ? { type: "requestLimitLifted", requests }
          : { type: "requestLimit", requests, message: messageOf(error) },
      ),
  };
  const client = new GlacierClient(clientOptions);
  const atServiceTime = { ...platform, clock: corrected };
  return { client, platform: atServiceTime, onRetry };
}

function clockWarning(ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return `This machine's clock is ${minutes} minutes ${
    ahead > 0 ? "behind" : "ahead of"
  } the service's: what this run records has the service's time (set the clock)`;
}

/** The host that others on the way can listen to; `undefined` where there is none, or the address is none. */
function exposedTo(endpoint: string): string | undefined {
  const url = URL.parse(endpoint);
  if (url?.protocol !== "http:" || isThisMachine(url.hostname)) {
    return undefined;
  }
  return url.hostname;
}
