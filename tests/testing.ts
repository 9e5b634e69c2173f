/**
 * What tests share.
 *
 * @module
 */

import { join } from "node:path";

export { nodePath } from "../scripts/node_path.ts";

/** A temporary folder that is removed when disposed of. */
export interface TemporaryFolder extends AsyncDisposable {
  path: string;
  /** The path of a name in the folder. */
  at(...names: string[]): string;
}

/** Makes a temporary folder. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "moraine-test-" });
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Makes files and, where the name ends in `/`, folders under names that are given as bytes: `\\377` is the byte 255. */
export async function makeRawNames(
  folder: string,
  names: readonly string[],
): Promise<void> {
  // No string can name them, but a shell can.
  const script = `cd "$1" || exit; shift
    for name; do
      name=$(printf "$name.")
      name=\${name%.}
      case $name in
        */) mkdir -p "$name" ;;
        *) printf x > "$name" ;;
      esac || exit
    done`;
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", folder, ...names],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The payload of the vectors: byte i is (i·31 + 7 + ⌊i/256⌋) mod 256. */
export function vectorPayload(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + 7 + Math.floor(i / 256);
  return bytes;
}

/** Reads a file of `tests/vectors`. */
export async function readVectors<T>(name: string): Promise<T> {
  const url = new URL(`./vectors/${name}.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(url));
}

/** Whether a program is on the PATH. `args`: with these it does nothing, and ends well. */
export function isInstalled(program: string, args: string[]): boolean {
  try {
    return new Deno.Command(program, { args }).outputSync().success;
  } catch {
    return false;
  }
}
