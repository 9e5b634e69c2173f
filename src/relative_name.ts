/**
 * The names of archived files: relative, `/`-separated, the same on every
 * system.
 *
 * @module
 */

/**
 * Why `name` may not stand for a file, as the end of a sentence ("it …"), or
 * `undefined` where it may.
 *
 * The rule is that of mt-aws-glacier's journal: no empty, `.` or `..`
 * components, no leading `/`, no TAB, CR or LF. NUL and lone surrogates are
 * refused too: no file can be called so, and UTF-8 cannot carry the latter.
 */
export function checkRelativeName(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.startsWith("/")) return "it begins with a slash";
  if (name.endsWith("/")) return "it ends with a slash";
  const control = /[\0\t\n\r]/.exec(name);
  if (control) return `it contains ${CONTROL_NAMES[control[0]]}`;
  if (!name.isWellFormed()) return "it is not valid Unicode";
  if (name.includes("//")) return "it contains an empty component";
  const dots = /(?:^|\/)(\.\.?)(?:\/|$)/.exec(name);
  if (dots) return `it contains the component "${dots[1]}"`;
  return undefined;
}

const CONTROL_NAMES: Record<string, string> = {
  "\0": "a NUL character",
  "\t": "a TAB character",
  "\n": "a line feed",
  "\r": "a carriage return",
};

/**
 * Control characters (C0, DEL, C1), ends of lines and paragraphs, characters
 * that reverse the direction of the text around them, and lone surrogates. With
 * them a name could move the cursor, or look like another name.
 */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/**
 * The name as it may be shown on a terminal: characters that could drive the
 * terminal or disguise the name are written as `\xNN` or `\u{NNNN}`.
 */
export function printable(name: string): string {
  return name.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}

/** JSON that reads the same and may be shown on a terminal; `json` is of one line. */
export function escapeUnprintable(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
