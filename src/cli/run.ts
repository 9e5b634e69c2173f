/**
 * Runs a command line from its words to its exit status.
 *
 * @module
 */

import { messageOf, MoraineError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { commandsBeginning } from "./commands.ts";
import { completionScript } from "./completions.ts";
import { EXIT, type ExitStatus, exitStatusOf } from "./exit_codes.ts";
import { commandHelp, generalHelp, groupHelp } from "./help.ts";
import type { CliHost } from "./host.ts";
import type { VaultFormat } from "./output.ts";
import { type CommandLine, parseCommandLine } from "./parse.ts";
import { Reporter } from "./reporter.ts";
import { runCommand } from "./run_command.ts";
import { type Settings, settle } from "./settings.ts";
import { errorLine, troubleLine } from "./trouble_lines.ts";

/** Runs a command line; resolves to the exit status, never rejects. */
export async function runCli(
  args: readonly string[],
  host: CliHost,
): Promise<ExitStatus> {
  try {
    const line = parseCommandLine(args);
    const { command, positional, values } = line;
    if (values.help || command === "help") {
      return help(values.help ? command : positional, host);
    }
    if (command === "version") {
      host.out(`moraine ${VERSION} (${host.runtime})\n`);
      return EXIT.done;
    }
    const { settings, warnings } = await settle(line, host);
    for (const message of warnings) {
      host.err(`${troubleLine({ type: "warning", message })}\n`);
    }
    if (command === "completions") {
      host.out(completionScript(positional!));
      return EXIT.done;
    }
    if (command === "serve") {
      // Loaded only now: the server is the larger part of the program.
      const { serve } = await import("./serve.ts");
      await serve(settings, host);
      return EXIT.done;
    }
    return await runReported(line, settings, host);
  } catch (error) {
    host.err(`${describeError(error)}\n`);
    return exitStatusOf(error);
  }
}

function help(topic: string | undefined, host: CliHost): ExitStatus {
  host.out(`${helpText(topic, host.columns())}\n`);
  return EXIT.done;
}

function helpText(topic: string | undefined, columns: number): string {
  if (topic === undefined || topic === "help") return generalHelp(columns);
  if (commandsBeginning(topic).length > 0) return groupHelp(topic, columns);
  // Refuses an unknown command, with a suggestion.
  const { command } = parseCommandLine(topic.split(" "));
  return commandHelp(command, columns);
}

async function runReported(
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

/** One sentence for errors that are meant for the user; a defect shows where it came from. */
function describeError(error: unknown): string {
  // What went wrong while things were closed must not hide why they were.
  // (By name: not every runtime has the class.)
  if (error instanceof Error && error.name === "SuppressedError") {
    const { suppressed, error: later } = error as SuppressedError;
    return `${describeError(suppressed)}\n${describeError(later)}`;
  }
  if (error instanceof MoraineError) return errorLine(error.message);
  const line = errorLine(
    `Unexpected: ${
      messageOf(error)
    } (this is a defect; please report it with what follows)`,
  );
  return error instanceof Error && error.stack
    ? `${line}\n${error.stack}`
    : line;
}
