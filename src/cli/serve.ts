/**
 * `serve`: runs the embedded server until interrupted.
 *
 * @module
 */

import { messageOf, MoraineError, UsageError } from "../errors.ts";
import { openGlacierServer } from "../server/server.ts";
import type { CliHost, Listener } from "./host.ts";
import { isThisMachine } from "./service.ts";
import type { Settings } from "./settings.ts";

/** The key of a server that nobody but this machine can reach. */
const DEFAULT_KEY = { accessKeyId: "moraine", secretAccessKey: "moraine" };

/** Runs the server; resolves when the user ended it. */
export async function serve(settings: Settings, host: CliHost): Promise<void> {
  const { files } = host.platform;
  const key = accessKey(settings);
  const given = settings.optionalText("data");
  const dataDirectory = given ??
    await files.makeTemporaryDirectory("moraine-serve-");
  try {
    await using server = await openGlacierServer({
      platform: host.platform,
      dataDirectory,
      accessKeys: [key],
      region: settings.optionalText("region"),
      jobDelay: settings.number("job-delay"),
      inventoryDelay: settings.number("inventory-delay"),
      onFailure: (error) => host.err(`ERROR: ${messageOf(error)}\n`),
    });
    await using listener = await listen(server.fetch, settings, host);
    if (key === DEFAULT_KEY) {
      host.err('Access key "moraine", secret key "moraine"\n');
    }
    host.out(`Listening on ${listener.url}\n`);
    await interrupted(host.signal);
  } finally {
    if (given === undefined) await files.removeTree(dataDirectory);
  }
}

function accessKey(settings: Settings) {
  const accessKeyId = settings.optionalText("access-key");
  const secretAccessKey = settings.optionalText("secret-key");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new UsageError("--access-key and --secret-key go together");
  }
  if (!isThisMachine(settings.text("host"))) {
    throw new UsageError(
      `Missing option: --access-key, --secret-key (others can reach ${
        settings.text("host")
      })`,
    );
  }
  return DEFAULT_KEY;
}

async function listen(
  handler: (request: Request) => Promise<Response>,
  settings: Settings,
  host: CliHost,
): Promise<Listener> {
  const hostname = settings.text("host");
  const port = settings.number("port");
  try {
    return await host.listen(handler, { hostname, port });
  } catch (cause) {
    if (cause instanceof MoraineError) throw cause;
    throw new MoraineError(
      `Cannot listen on ${hostname}, port ${port}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
