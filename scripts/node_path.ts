/**
 * Node of a given version, from the npm package `node`.
 *
 * @module
 */

/** The path of its executable. */
export async function nodePath(version: number | string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", `node@${version}`, "-p", "process.execPath"],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`No Node ${version}: ${text(stderr)}`);
  return text(stdout);
}
