/**
 * From settled options to the service.
 *
 * @module
 */

import { abortable } from "../async/abortable.ts";
import {
  cachedCredentials,
  type CredentialsProvider,
} from "../aws/credentials.ts";
import type { ServiceContext, StoreContext } from "../commands/context.ts";
import { CredentialsError, UsageError } from "../errors.ts";
import { endpointOf } from "../glacier/connection.ts";
import { GlacierService } from "../glacier/service.ts";
import { GlacierStore } from "../glacier/store.ts";
import { connect, type Connected } from "../library/connect.ts";
import { findCredentials } from "./credentials.ts";
import type { CliHost } from "./host.ts";
import type { Reporter } from "./reporter.ts";
import type { Settings } from "./settings.ts";

/**
 * The store for a vault, with credentials at hand: what is missing is found out
 * before anything is begun. And the host, with the service's time.
 *
 * @throws {UsageError} where region, endpoint or credentials are missing or wrong.
 */
export async function openStore(
  vault: string,
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): Promise<Pick<StoreContext, "store" | "platform">> {
  const connected = connectBy(settings, host, reporter);
  const { client, credentials, onRetry, platform } = connected;
  // Refuses a name that no vault can have, before anything is looked up.
  const store = new GlacierStore({ client, vault, onRetry });
  await expectCredentials(credentials, host.signal);
  return { store, platform };
}

/** All vaults of the account in the region; otherwise like {@linkcode openStore}. */
export async function openService(
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): Promise<Pick<ServiceContext, "service">> {
  const { client, credentials } = connectBy(settings, host, reporter);
  await expectCredentials(credentials, host.signal);
  return { service: new GlacierService(client) };
}

function connectBy(
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): Connected & { credentials: CredentialsProvider } {
  const region = settings.optionalText("region");
  if (region === undefined) {
    throw new UsageError(
      "Missing option: --region (or the environment variable AWS_REGION)",
    );
  }
  const { clock } = host.platform;
  const credentials = cachedCredentials(
    findCredentials({
      key: settings.optionalText("key"),
      secret: settings.optionalText("secret"),
      token: settings.optionalText("token"),
      profile: settings.optionalText("profile"),
    }),
    { clock },
  );
  const connected = connect({
    region,
    credentials,
    endpoint: endpoint(region, settings),
    timeout: settings.number("timeout"),
    retries: settings.number("retries"),
    // Commands without the option send one request after the other.
    maxRequests: settings.optionalNumber("concurrency") ?? 1,
    platform: host.platform,
    fetch: host.fetch,
    emit: (event) => reporter.emit(event),
    onRequest: (operation) => reporter.countRequest(operation),
  });
  return { ...connected, credentials };
}

async function expectCredentials(
  credentials: CredentialsProvider,
  signal: AbortSignal,
): Promise<void> {
  try {
    // Instance metadata, or a program that asks for a code, may take minutes.
    await abortable(credentials(), signal);
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function endpoint(region: string, settings: Settings): string {
  return settings.optionalText("endpoint") ??
    endpointOf(region).replace(/^https/, settings.text("protocol"));
}
