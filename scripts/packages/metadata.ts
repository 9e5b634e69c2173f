/**
 * What both kinds of package say of the program.
 *
 * @module
 */

/** The name of the package and of the program. */
export const NAME = "moraine";

/** One line, without the name and without an article, as both kinds want it. */
export const SUMMARY = "keeps copies of local files in Amazon Glacier vaults";

/** What it is, in paragraphs. */
export const DESCRIPTION: readonly string[] = [
  "moraine syncs a folder into a vault of Amazon Glacier, writes down what is where in a journal that is plain text, checks every byte by tree hash on the way there and on the way back, and restores what was lost.",
  "It succeeds mt-aws-glacier: command lines, configuration files, journals and vaults stay as they are.",
  "The package has all that it needs to run, the Deno runtime included, and a systemd timer that syncs once a day.",
];

/** What a kind of processor is called. */
export interface Architecture {
  /** In the head of an ELF file. */
  machine: number;
  deb: string;
  rpm: string;
}

const ARCHITECTURES: readonly Architecture[] = [
  { machine: 62, deb: "amd64", rpm: "x86_64" },
  { machine: 183, deb: "arm64", rpm: "aarch64" },
];

/**
 * The kind of processor that a program is for, by the first bytes of its file.
 *
 * @throws {Error} where it is no program for 64-bit Linux; a script that starts
 * one would not work in a package.
 */
export function architectureOf(head: Uint8Array, path: string): Architecture {
  const elf = [0x7f, 0x45, 0x4c, 0x46, /* 64 bits */ 2, /* little-endian */ 1];
  if (elf.some((byte, at) => head[at] !== byte)) {
    throw new Error(`${path} is not a program for 64-bit Linux`);
  }
  const machine = head[18] | head[19] << 8;
  const found = ARCHITECTURES.find((known) => known.machine === machine);
  if (!found) {
    throw new Error(`${path} is for a processor without a package: ${machine}`);
  }
  return found;
}

/** Who maintains the package, as Debian's own tools take it from the environment; the address by itself reaches nobody. */
export function maintainerName(
  env: Record<string, string | undefined>,
): string {
  const name = env.DEBFULLNAME ?? "The moraine authors";
  const address = env.DEBEMAIL ?? "maintainers@moraine.invalid";
  return `${name} <${address}>`;
}

/** A text broken into lines of at most so many characters. */
export function wrapped(text: string, width = 78): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
