/**
 * The blocks of the documentation that `deno task systemd` runs, as they stand
 * there.
 *
 * @module
 */

import { stepsFor } from "../docs/story.ts";

/** What the pages say of such a block. */
const MARK = "deno task systemd";

/** What a block is known by: words of it that no other one has. */
const KNOWN_BY = {
  executable: "sha256sum --check",
  installDeb: "sudo apt install",
  installRpm: "sudo dnf install",
  configure: "sudo systemctl enable --now",
  use: "journalctl -u",
  journalElsewhere: "ReadWritePaths=",
  otherUser: "User=",
  removeDeb: "sudo apt remove",
  removeRpm: "sudo dnf remove",
};

/** Which block it is. */
export type BlockName = keyof typeof KNOWN_BY;

/** The blocks, each taken once. */
export interface Blocks {
  /** The text of a block. */
  take(name: BlockName): string;
  /** Which blocks were not taken. */
  left(): BlockName[];
}

/**
 * Reads the blocks of pages, by their paths.
 *
 * @throws {Error} where a block is marked and not known here, or the other way
 * round.
 */
export function blocksOf(pages: ReadonlyMap<string, string>): Blocks {
  const found = new Map<BlockName, string>();
  for (const [path, page] of pages) {
    for (const step of stepsFor(MARK, page)) {
      const names = (Object.keys(KNOWN_BY) as BlockName[])
        .filter((name) => step.text.includes(KNOWN_BY[name]));
      if (names.length !== 1 || found.has(names[0])) {
        throw new Error(
          `${path}:${step.line}: \`${MARK}\` doesn't know which block this is`,
        );
      }
      found.set(names[0], step.text);
    }
  }
  for (const [name, words] of Object.entries(KNOWN_BY)) {
    if (!found.has(name as BlockName)) {
      throw new Error(`No block with \`${words}\` is run by: ${MARK}`);
    }
  }
  const left = new Set(found.keys());
  return {
    take(name) {
      left.delete(name);
      return found.get(name)!;
    },
    left: () => [...left],
  };
}
