/**
 * From settled options to the service.
 *
 * @module
 */

import {
  cachedCredentials,
  type CredentialsProvider,
} from "../aws/credentials.ts";
import { CredentialsError, messageOf, UsageError } from "../errors.ts";
import { endpointOf } from "../glacier/connection.ts";
import { GlacierClient, type GlacierOptions } from "../glacier/client.ts";
import { GlacierService } from "../glacier/service.ts";
import { GlacierStore } from "../glacier/store.ts";
import type { ArchiveService, ArchiveStore } from "../store.ts";
import type { CorrectedClock } from "./corrected_clock.ts";
import { findCredentials } from "./credentials.ts";
import type { CliHost } from "./host.ts";
import type { Reporter } from "./reporter.ts";
import type { Settings } from "./settings.ts";

/**
 * The store for a vault, with credentials at hand: what is missing is found out
 * before anything is begun.
 *
 * @throws {UsageError} where region, endpoint or credentials are missing or wrong.
 */
export async function openStore(
  vault: string,
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
  corrected: CorrectedClock,
): Promise<ArchiveStore> {
  const { client, credentials, onRetry } = connect(
    settings,
    host,
    reporter,
    corrected,
  );
  // Refuses a name that no vault can have, before anything is looked up.
  const store = new GlacierStore({ client, vault, onRetry });
  await expectCredentials(credentials);
  return store;
}

/** All vaults of the account in the region; otherwise like {@linkcode openStore}. */
export async function openService(
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): Promise<ArchiveService> {
  const { client, credentials } = connect(settings, host, reporter);
  await expectCredentials(credentials);
  return new GlacierService(client);
}

function connect(
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
  corrected?: CorrectedClock,
): {
  client: GlacierClient;
  credentials: CredentialsProvider;
  onRetry: GlacierOptions["onRetry"];
} {
  const region = settings.optionalText("region");
  if (region === undefined) {
    throw new UsageError(
      "Missing option: --region (or the environment variable AWS_REGION)",
    );
  }
  const provider = findCredentials({
    key: settings.optionalText("key"),
    secret: settings.optionalText("secret"),
    token: settings.optionalText("token"),
    profile: settings.optionalText("profile"),
  }, host.standalone);
  const { clock } = host.platform;
  const credentials = cachedCredentials(provider, { clock });
  const onRetry: GlacierOptions["onRetry"] = ({ error, ...event }) =>
    reporter.emit({ type: "retry", ...event, message: messageOf(error) });
  const client = new GlacierClient({
    region,
    credentials,
    endpoint: endpoint(region, settings, reporter),
    timeout: settings.number("timeout"),
    retry: { attempts: settings.number("retries") + 1 },
    clock,
    onClock(ahead) {
      corrected?.correct(ahead);
      reporter.emit({ type: "warning", message: clockWarning(ahead) });
    },
    fetch: host.fetch,
    platform: host.platform,
    onRequest: ({ operation }) => reporter.countRequest(operation),
    // Commands without the option send one request after the other.
    maxRequests: settings.optionalNumber("concurrency") ?? 1,
    onRetry,
    onGiveUp: ({ error, ...event }) =>
      reporter.emit({ type: "gaveUp", ...event, message: messageOf(error) }),
    onLimit: ({ limit: requests, full, error }) =>
      reporter.emit(
        full
          ? { type: "requestLimitLifted", requests }
          : { type: "requestLimit", requests, message: messageOf(error) },
      ),
  });
  return { client, credentials, onRetry };
}

function clockWarning(ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return `This machine's clock is ${minutes} minutes ${
    ahead > 0 ? "behind" : "ahead of"
  } the service's: what this run records has the service's time (set the clock)`;
}

async function expectCredentials(
  credentials: CredentialsProvider,
): Promise<void> {
  try {
    await credentials();
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function endpoint(
  region: string,
  settings: Settings,
  reporter: Reporter,
): string {
  const chosen = settings.optionalText("endpoint") ??
    endpointOf(region).replace(/^https/, settings.text("protocol"));
  const { protocol, hostname } = new URL(chosen);
  if (protocol === "http:" && !isThisMachine(hostname)) {
    reporter.emit({
      type: "warning",
      message:
        `Your files go to ${hostname} unencrypted, because it is addressed by http and not https`,
    });
  }
  return chosen;
}

/** Whether what is sent to a host never leaves the machine. */
export function isThisMachine(hostname: string): boolean {
  return /^(127\.|localhost$|\[?::1\]?$)/.test(hostname);
}
