/**
 * Programs on the PATH of a rehearsed job in place of others.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentOfMachine } from "./stage.ts";

const PUBLISHING = fileURLToPath(new URL("publishing.ts", import.meta.url));

/** Writes them into a folder, which has to be the first of the PATH; `deno` runs what is not a shell's. */
export async function writePrograms(
  folder: string,
  deno: string,
): Promise<void> {
  const publishing = `"${deno}" run -A --no-config --no-lock "${PUBLISHING}"`;
  const programs: Record<string, string> = {
    gh: `exec ${publishing} gh "$@"`,
    // All else is done by the one that is behind this one.
    npm: `PATH=\${PATH#*:}
[ "$1" = publish ] || exec npm "$@"
exec ${publishing} npm "$@"`,
  };
  if (!await isOnPath("sudo")) {
    // Which hands on nothing of the environment but how others are reached.
    const kept = Object.keys(environmentOfMachine())
      .map((name) => `"${name}=$${name}"`).join(" ");
    programs.sudo = `echo "stand-in: sudo, root already: $*"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${kept} "$@"`;
  }
  for (const [name, script] of Object.entries(programs)) {
    const path = join(folder, name);
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`);
    await Deno.chmod(path, 0o755);
  }
}

/** Whether there is a program of that name. */
export async function isOnPath(name: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", 'command -v "$0"', name],
    stdout: "null",
  }).output();
  return success;
}
