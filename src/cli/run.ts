/**
 * Runs a command line from its words to its exit status.
 *
 * What only some commands need is loaded when one of them runs: `version`,
 * `help` and a mistyped command line are answered at once.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { commandsBeginning } from "./commands.ts";
import { EXIT, type ExitStatus, exitStatusOf } from "./exit_codes.ts";
import { commandHelp, generalHelp, groupHelp } from "./help.ts";
import type { CliHost, Terminal } from "./host.ts";
import { type CommandLine, parseCommandLine } from "./parse.ts";
import { describeError, troubleLine } from "./trouble_lines.ts";

/**
 * Runs a command line; resolves to the exit status, never rejects. `loadHost`
 * is called where the command has work to do.
 */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  loadHost: () => Promise<CliHost>,
): Promise<ExitStatus> {
  try {
    const line = parseCommandLine(args);
    const { command, positional, values } = line;
    if (values.help || command === "help") {
      terminal.out(
        `${helpText(values.help ? command : positional, terminal.columns())}\n`,
      );
      return EXIT.done;
    }
    if (command === "version") {
      terminal.out(`moraine ${VERSION} (${terminal.runtime})\n`);
      return EXIT.done;
    }
    return await runSettled(line, await loadHost());
  } catch (error) {
    terminal.err(`${describeError(error)}\n`);
    return exitStatusOf(error);
  }
}

function helpText(topic: string | undefined, columns: number): string {
  if (topic === undefined || topic === "help") return generalHelp(columns);
  if (commandsBeginning(topic).length > 0) return groupHelp(topic, columns);
  // Refuses an unknown command, with a suggestion.
  const { command } = parseCommandLine(topic.split(" "));
  return commandHelp(command, columns);
}

async function runSettled(
  line: CommandLine,
  host: CliHost,
): Promise<ExitStatus> {
  const { settle } = await import("./settings.ts");
  const { settings, warnings } = await settle(line, host);
  for (const message of warnings) {
    host.err(`${troubleLine({ type: "warning", message })}\n`);
  }
  switch (line.command) {
    case "completions": {
      const { completionScript } = await import("./completions.ts");
      host.out(completionScript(line.positional!));
      return EXIT.done;
    }
    case "serve": {
      const { serve } = await import("./serve.ts");
      await serve(settings, host);
      return EXIT.done;
    }
    default: {
      const { runReported } = await import("./run_reported.ts");
      return await runReported(line, settings, host);
    }
  }
}
