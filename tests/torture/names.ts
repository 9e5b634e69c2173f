/**
 * Names that are hard on programs.
 *
 * @module
 */

import type { Random } from "../random.ts";

const FOLDERS = [
  "",
  "",
  "",
  "deep/",
  "deep/deeper/",
  "a b/",
  "x/deep/",
  "фото/",
  "x/a b/",
];

const STEMS = [
  "plain",
  " leading and trailing ",
  "100%",
  "%41%2F",
  "😀",
  "фон",
  "e\u0301",
  "-dash",
  "'quotes\" \\",
  "B\\t1\\tCREATED",
  "\u001b[31mred",
  "...",
  "NONE",
  "long".repeat(40),
  "\u2028",
  "*?[a]",
];

const SUFFIXES = [".jpg", ".txt", ".tmp", ".bin"];

/** A name that no file has yet. */
export function newName(random: Random, taken: ReadonlySet<string>): string {
  for (let n = 0;; n++) {
    const number = n === 0 ? "" : String(n);
    const folder = random.pick(FOLDERS)!;
    const stem = random.pick(STEMS)!;
    const name = `${folder}${stem}${number}${random.pick(SUFFIXES)!}`;
    if (!taken.has(name)) return name;
  }
}

/** A name that can be no archive's, because of its line feed. */
export const BAD_NAME = "line\nfeed.txt";
