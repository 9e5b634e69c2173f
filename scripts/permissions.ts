/**
 * What the program may do, wherever it is started by Deno or compiled into an
 * executable: reach the service and its own server's clients, read and write
 * the user's files, read the environment. It starts no other programs and loads
 * no libraries.
 *
 * @module
 */

/** Flags for `deno run` and `deno compile`. */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
];
