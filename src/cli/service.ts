/**
 * From settled options to the service.
 *
 * @module
 */

import { cachedCredentials } from "../aws/credentials.ts";
import { UsageError } from "../errors.ts";
import { endpointOf } from "../glacier/connection.ts";
import { GlacierClient } from "../glacier/client.ts";
import { GlacierStore } from "../glacier/store.ts";
import type { ArchiveStore } from "../store.ts";
import { findCredentials } from "./credentials.ts";
import type { CliHost } from "./host.ts";
import type { Reporter } from "./reporter.ts";
import type { Settings } from "./settings.ts";

/**
 * The store for a vault.
 *
 * @throws {UsageError} where region, endpoint or credentials are missing or wrong.
 */
export function openStore(
  vault: string,
  settings: Settings,
  host: CliHost,
  reporter: Reporter,
): ArchiveStore {
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
  });
  const { clock } = host.platform;
  const client = new GlacierClient({
    region,
    credentials: cachedCredentials(provider, { clock }),
    endpoint: endpoint(region, settings, reporter),
    timeout: settings.number("timeout"),
    retry: { attempts: settings.number("retries") + 1 },
    clock,
    fetch: host.fetch,
    onRequest: () => reporter.countRequest(),
    onRetry: ({ operation, attempt, delay, error }) =>
      reporter.emit({
        type: "retry",
        operation,
        attempt,
        delay,
        message: error instanceof Error ? error.message : String(error),
      }),
  });
  return new GlacierStore({ client, vault });
}

function endpoint(
  region: string,
  settings: Settings,
  reporter: Reporter,
): string {
  const given = settings.optionalText("endpoint");
  if (given !== undefined) return given;
  const own = endpointOf(region);
  if (settings.text("protocol") === "https") return own;
  reporter.emit({
    type: "warning",
    message:
      "Your files go over the Internet unencrypted, because of --protocol http",
  });
  return own.replace(/^https:/, "http:");
}
