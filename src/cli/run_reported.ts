/**
 * Runs a command that has work to do, and tells what became of it.
 *
 * @module
 */

import { EXIT, type ExitStatus, exitStatusOf } from "./exit_codes.ts";
import type { CliHost } from "./host.ts";
import type { VaultFormat } from "./output.ts";
import type { CommandLine } from "./parse.ts";
import { Reporter } from "./reporter.ts";
import { runCommand } from "./run_command.ts";
import type { Settings } from "./settings.ts";
import { describeError, errorLine } from "./trouble_lines.ts";

/** Runs a command; resolves to its exit status. What failed is told on standard error. */
export async function runReported(
  line: CommandLine,
  settings: Settings,
  host: CliHost,
): Promise<ExitStatus> {
  const reporter = new Reporter(host, {
    json: settings.flag("json"),
    quiet: settings.flag("quiet"),
    verbose: settings.flag("verbose"),
    vaultFormat: settings.optionalText("format") as VaultFormat | undefined,
  });
  let failure: unknown;
  try {
    await runCommand(line, settings, host, reporter);
  } catch (error) {
    failure = error;
  }
  reporter.sayResult();
  if (host.signal.aborted) {
    if (failure !== undefined && failure !== host.signal.reason) {
      reporter.err(describeError(failure));
    }
    // Of what came on standard input nothing can be gone on with.
    const again = settings.flag("stdin")
      ? ", with all of its input"
      : " to go on";
    reporter.err(`Interrupted: run the same command again${again}`);
    return EXIT.interrupted;
  }
  if (failure !== undefined) {
    reporter.err(describeError(failure));
    return exitStatusOf(failure);
  }
  const { failed } = reporter.summary;
  if (failed > 0) {
    reporter.err(errorLine(
      `${failed} file${
        failed === 1 ? "" : "s"
      } failed, see above; run the same command again to try anew`,
    ));
    return EXIT.failed;
  }
  reporter.emit({ type: "done" });
  return EXIT.done;
}
