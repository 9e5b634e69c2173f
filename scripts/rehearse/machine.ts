/**
 * The machine that a rehearsal is on, which is not altogether left alone.
 *
 * @module
 */

import { run } from "../package_tree.ts";
import { isOnPath } from "./programs.ts";

/** What has to be there besides Deno. */
const PROGRAMS = ["apt-get", "gcc", "git", "jq", "npm", "zip"];

/** Why this machine isn't one to rehearse on, if it isn't. */
export async function unfit(): Promise<string | undefined> {
  if (`${Deno.build.os} ${Deno.build.arch}` !== "linux x86_64") {
    return "This is for Linux on x86_64";
  }
  if (Deno.uid() !== 0) return "Only root can install packages";
  for (const program of PROGRAMS) {
    if (!await isOnPath(program)) return `There is no ${program}`;
  }
  if (await isOnPath("moraine")) return "This machine has moraine already";
}

/** Removes moraine's Debian package; resolves to whether it was there. */
export async function removeMoraine(): Promise<boolean> {
  const { success } = await new Deno.Command("dpkg", {
    args: ["--status", "moraine"],
    stdout: "null",
    stderr: "null",
  }).output();
  if (success) await run("dpkg", ["--purge", "moraine"]);
  return success;
}
