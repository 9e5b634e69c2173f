/**
 * What the program may do under Deno, in one place.
 *
 * @module
 */

/**
 * The flags of `deno run` and `deno compile`. Threads that hash need
 * `--allow-read` for their own code as well. Nothing may be run: only a profile
 * of AWS with `credential_process` would need that.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
];
