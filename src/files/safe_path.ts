/**
 * From a name in a journal to a path on this machine that cannot lead out of
 * the folder it belongs in.
 *
 * @module
 */

import { FileError, messageOf, UnsafeNameError } from "../errors.ts";
import type { FileInfo, Files } from "../platform.ts";
import { checkRelativeName, printable } from "../relative_name.ts";

/** How {@linkcode safePath} works. */
export interface SafePathOptions {
  files: Files;
  /**
   * Whether to make the folders that are missing.
   * @default true
   */
  create?: boolean;
}

/**
 * The absolute path of the file `name` in the folder `dir`.
 *
 * Everything between `dir` and the file is a real folder when this resolves;
 * `dir` itself may be a link. The file itself is not looked at: whoever makes
 * it must do so with a call that neither follows a link nor replaces a file,
 * such as `Files.link` or `open` in mode `create`.
 *
 * @throws {UnsafeNameError} where the name breaks the rule for names, this
 * system would take part of it for something else than a name, or a link is
 * on the way.
 * @throws {FileError} where a file is in the way, or a folder cannot be made.
 */
export async function safePath(
  dir: string,
  name: string,
  options: SafePathOptions,
): Promise<string> {
  const { files, create = true } = options;
  const problem = checkRelativeName(name);
  if (problem) throw unsafe(name, problem);
  const root = await attempt(dir, async () => {
    if (create) await files.makeDirectory(dir);
    return await files.realPath(dir);
  });
  const components = name.split("/");
  if (!root.startsWith("/")) {
    for (const component of components) checkWindowsName(component, name);
  }
  let path = root;
  for (const component of components.slice(0, -1)) {
    path = childPath(path, component);
    await checkFolder(path, name, { files, create });
  }
  return childPath(path, components.at(-1)!);
}

/** The path of a name in a folder; `/` separates on every system. */
export function childPath(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Makes sure that `path` is a folder and no link, and makes it if need be. */
async function checkFolder(
  path: string,
  name: string,
  { files, create }: { files: Files; create: boolean },
): Promise<void> {
  const look = () => attempt(path, () => files.lstat(path));
  let info: FileInfo | undefined = await look();
  if (info === undefined) {
    if (!create) return;
    await attempt(path, () => files.makeDirectory(path));
    // Looked at again: somebody may have put a link there meanwhile.
    info = await look();
  }
  if (info?.kind === "directory") return;
  if (info?.kind === "symlink") {
    throw unsafe(
      name,
      `${
        printable(path)
      } is a link, and nothing is restored through links (another folder for --dir does it)`,
    );
  }
  throw new FileError(
    `Cannot use the name ${printable(name)}: ${
      printable(path)
    } is not a folder`,
    path,
    "exists",
  );
}

/** Names that Windows gives to devices, in every folder and with any extension. */
const WINDOWS_DEVICE =
  /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i;

/** How long a name can be there, in code units of UTF-16. For longer ones it says that there is no such file. */
const WINDOWS_LONGEST = 255;

/** Refuses what Windows takes for a separator, a drive, a stream, a device, or silently changes. */
function checkWindowsName(component: string, name: string): void {
  // deno-lint-ignore no-control-regex -- these are what is looked for
  const special = /[\x00-\x1f<>:"|?*\\]/.exec(component);
  if (special) {
    throw unsafe(
      name,
      `Windows allows no ${printable(special[0])} in a file name`,
    );
  }
  if (/[. ]$/.test(component)) {
    throw unsafe(name, "Windows allows no file name that ends so");
  }
  if (WINDOWS_DEVICE.test(component)) {
    throw unsafe(name, "Windows takes it for a device");
  }
  if (component.length > WINDOWS_LONGEST) {
    throw unsafe(
      name,
      `Windows allows no file name of more than ${WINDOWS_LONGEST} characters`,
    );
  }
}

function unsafe(name: string, reason: string): UnsafeNameError {
  return new UnsafeNameError(
    `Cannot use the name ${printable(name)}: ${reason}`,
  );
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new FileError(
      `Cannot use the folder ${printable(path)}: ${messageOf(error)}`,
      path,
      "failed",
      { cause: error },
    );
  }
}
