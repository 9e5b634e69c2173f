/**
 * Scripts that let a shell complete commands, options and values, made from
 * the tables.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import { SHELLS } from "./commands.ts";
import { bashCompletions } from "./completions_bash.ts";
import { fishCompletions } from "./completions_fish.ts";
import { powershellCompletions } from "./completions_powershell.ts";
import { zshCompletions } from "./completions_zsh.ts";
import { suggestion } from "./suggest.ts";

const SCRIPTS: Record<typeof SHELLS[number], () => string> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
  powershell: powershellCompletions,
};

/**
 * The script for a shell.
 *
 * @throws {UsageError} where there is none.
 */
export function completionScript(shell: string): string {
  if (Object.hasOwn(SCRIPTS, shell)) {
    return SCRIPTS[shell as keyof typeof SCRIPTS]();
  }
  throw new UsageError(
    `Unknown shell: ${printable(shell)}. There are completions for ${
      SHELLS.join(", ")
    }.${suggestion(shell, SHELLS)}`,
  );
}
