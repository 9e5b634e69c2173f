/**
 * `serve`: runs the embedded server until interrupted.
 *
 * @module
 */

import { isThisMachine } from "../aws/this_machine.ts";
import { messageOf, MoraineError, UsageError } from "../errors.ts";
import { createFaultPlan } from "../server/fault_plan.ts";
import { parseFaultRule } from "../server/fault_rule.ts";
import { parseJobDelays } from "../server/job_delay.ts";
import {
  type AccessKey,
  type GlacierServerOptions,
  openGlacierServer,
} from "../server/server.ts";
import { parseAccessKeys } from "./access_keys.ts";
import type { CliHost, Listener } from "./host.ts";
import type { Settings } from "./settings.ts";
import { exposedWarning, readSmallFile } from "./small_file.ts";
import { troubleLine } from "./trouble_lines.ts";

/** The key of a server that nobody but this machine can reach. */
const DEFAULT_KEY = { accessKeyId: "moraine", secretAccessKey: "moraine" };

/** Runs the server; resolves when the user ended it. */
export async function serve(settings: Settings, host: CliHost): Promise<void> {
  const { files } = host.platform;
  const keys = await accessKeys(settings, host);
  const behaviour = behaviourOf(settings);
  const given = settings.optionalText("data");
  const dataDirectory = given ??
    await files.makeTemporaryDirectory("moraine-serve-");
  try {
    await using server = await openGlacierServer({
      platform: host.platform,
      dataDirectory,
      accessKeys: keys,
      ...behaviour,
      fetch: host.fetch,
      stop: host.signal,
      onFailure: (error) => host.err(`ERROR: ${messageOf(error)}\n`),
    });
    await using listener = await listen(server.fetch, settings, host, {
      droppable: behaviour.control || behaviour.faults.counts().length > 0,
    });
    if (keys[0] === DEFAULT_KEY) {
      host.err('Access key "moraine", secret key "moraine"\n');
    }
    host.out(`Listening on ${listener.url}\n`);
    await interrupted(host.signal);
  } finally {
    if (given === undefined) await files.removeTree(dataDirectory);
  }
}

/** How the server behaves, as far as the options say. */
function behaviourOf(settings: Settings) {
  const rules = settings.list("fault").map(parseFaultRule);
  return {
    region: settings.optionalText("region"),
    jobDelay: parseJobDelays(settings.text("job-delay")),
    inventoryDelay: settings.number("inventory-delay"),
    notifyUrl: settings.optionalText("notify-url"),
    faults: createFaultPlan(rules, settings.number("fault-seed")),
    control: settings.flag("control"),
  } satisfies Partial<GlacierServerOptions>;
}

/** The key that the command line gives, where it gives one. */
function keyOfOptions(settings: Settings): AccessKey | undefined {
  const accessKeyId = settings.optionalText("access-key");
  const secretAccessKey = settings.optionalText("secret-key");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new UsageError("--access-key and --secret-key go together");
  }
  return undefined;
}

/** The keys of the file that the command line names, where it names one. */
async function keysOfFile(
  settings: Settings,
  { platform: { files }, err }: CliHost,
): Promise<AccessKey[]> {
  const path = settings.optionalText("keys");
  if (path === undefined) return [];
  const { text, exposed } = await readSmallFile(
    path,
    "file of access keys",
    files,
  );
  if (exposed) {
    const message = exposedWarning(path);
    err(`${troubleLine({ type: "warning", message })}\n`);
  }
  return parseAccessKeys(text, path);
}

async function accessKeys(
  settings: Settings,
  host: CliHost,
): Promise<AccessKey[]> {
  const key = keyOfOptions(settings);
  const listed = await keysOfFile(settings, host);
  if (listed.some(({ accessKeyId }) => accessKeyId === key?.accessKeyId)) {
    throw new UsageError(
      "The access key ID of --access-key is in the file of --keys as well",
    );
  }
  if (key !== undefined) return [key, ...listed];
  if (listed.length > 0) return listed;
  if (!isThisMachine(settings.text("host"))) {
    throw new UsageError(
      `Missing option: --access-key, --secret-key or --keys (others can reach ${
        settings.text("host")
      })`,
    );
  }
  return [DEFAULT_KEY];
}

async function listen(
  handler: (request: Request) => Promise<Response>,
  settings: Settings,
  host: CliHost,
  options: { droppable: boolean },
): Promise<Listener> {
  const hostname = settings.text("host");
  const port = settings.number("port");
  try {
    return await host.listen(handler, { hostname, port, ...options });
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
