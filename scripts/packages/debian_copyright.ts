/**
 * Debian's file of copyrights and licences.
 *
 * @module
 */

import { copyrightLines, licenceText, type Work } from "../licences/texts.ts";
import { wrapped } from "./metadata.ts";

/** `/usr/share/doc/moraine/copyright`, in the form that Debian reads by machine. */
export function debianCopyright(options: {
  /** The project's own licence, as it stands in its file. */
  own: string;
  works: readonly Work[];
}): string {
  const { own, works } = options;
  const files = Map.groupBy(works, ({ file }) => file);
  const used = new Set(["MIT", ...works.map(({ licence }) => licence)]);
  return [
    [
      "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
      "Upstream-Name: moraine",
    ],
    [
      "Files: *",
      ...field("Copyright", copyrightLines(own)),
      "License: MIT",
    ],
    ...[...files].map(([file, within]) => [
      `Files: ${file.slice(1)}`,
      ...field("Copyright", [
        ...new Set(within.flatMap(({ copyright }) => copyright)),
      ]),
      `License: ${
        [...new Set(within.map(({ licence }) => licence))].join(" and ")
      }`,
      "Comment:",
      ...[...Map.groupBy(within, ({ licence }) => licence)].flatMap(
        ([licence, group]) =>
          paragraph(
            `Under ${licence}: ${
              group.map(({ name, version }) => `${name} ${version}`).join(", ")
            }.`,
          ),
      ),
      ...within.some(({ name }) => name === "Deno")
        ? paragraph(ABOUT_DENO)
        : [],
    ]),
    ...[...used].map((licence) => [
      `License: ${licence}`,
      ...indented(licenceText(licence, own)),
    ]),
  ].map((paragraph) => paragraph.join("\n")).join("\n\n") + "\n";
}

function field(name: string, values: readonly string[]): string[] {
  return values.map((value, i) => i === 0 ? `${name}: ${value}` : ` ${value}`);
}

/** As a field of several lines. */
function indented(text: string): string[] {
  return text.trim().split("\n").map((line) =>
    line.trim() === "" ? " ." : ` ${line.trimEnd()}`
  );
}

const ABOUT_DENO =
  "The runtime is as its authors publish it. It is linked from many libraries, V8, SQLite, ICU and the Rust crates in its Cargo.lock among them; their licences are in its sources, at https://github.com/denoland/deno.";

/** Lines of a comment. */
function paragraph(text: string): string[] {
  return wrapped(text, 76).map((line) => ` ${line}`);
}
