/**
 * Licences of what a package holds, as data, and the texts made of it.
 *
 * @module
 */

import { wrapped } from "./metadata.ts";

/** A work by others that is in a package. */
export interface Work {
  name: string;
  /** Where it is in the package, absolute. */
  file: string;
  version: string;
  /** As SPDX writes it. */
  licence: string;
  /** Who has the copyright, and since when, each without that word. */
  copyright: readonly string[];
  /** What the work itself says; where it has nothing, the usual text stands in. */
  text?: string;
}

/** The lines of a licence that say whose it is, without the word Copyright. */
export function copyrightLines(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  // The Apache licence speaks of "copyright owner" and has a template.
  const found = lines.filter((line) =>
    /^Copyright\b.*\w/i.test(line) &&
    !/\[yyyy\]|copyright (owner|license|notice)/i.test(line)
  );
  return [
    ...new Set(
      found.map((line) =>
        line.replace(/^Copyright\s*(?:\(c\)|©)?[\s,]*/i, "")
          .replace(/\s*All rights reserved\.?$/i, "")
      ),
    ),
  ];
}

/** `/usr/share/doc/moraine/copyright`, in the form that Debian reads by machine. */
export function debianCopyright(options: {
  /** The project's own licence, as it stands in its file. */
  own: string;
  works: readonly Work[];
}): string {
  const { own, works } = options;
  const texts: Record<string, string> = { MIT: mitText(own), ...OTHER_TEXTS };
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
      ...indented(textOf(licence, texts)),
    ]),
  ].map((paragraph) => paragraph.join("\n")).join("\n\n") + "\n";
}

/** All licences of others' works in full, for systems that have no common place for them. */
export function thirdPartyLicences(
  works: readonly Work[],
  own: string,
): string {
  const texts: Record<string, string> = { MIT: mitText(own), ...OTHER_TEXTS };
  const groups = Map.groupBy(
    works,
    ({ text, licence }) => text ?? textOf(licence, texts),
  );
  const rule = "-".repeat(72);
  return [
    "What this package holds of others' works, and their licences.\n",
    ...[...groups].map(([text, group]) =>
      [
        rule,
        ...group.map(({ name, version, file, copyright }) =>
          `${name} ${version}, in ${file}: Copyright ${copyright.join("; ")}`
        ),
        "",
        text.trim(),
        "",
      ].join("\n")
    ),
  ].join("\n");
}

/**
 * A licence in full, by its name in SPDX.
 *
 * @param own the project's own licence, as it stands in its file
 */
export function licenceText(licence: string, own: string): string {
  return textOf(licence, { MIT: mitText(own), ...OTHER_TEXTS });
}

/** The licence without its title and without whose it is. */
function mitText(own: string): string {
  return own.trim().split(/\n\s*\n/).slice(2).join("\n\n");
}

function field(name: string, values: readonly string[]): string[] {
  return values.map((value, i) => i === 0 ? `${name}: ${value}` : ` ${value}`);
}

function textOf(licence: string, texts: Record<string, string>): string {
  const text = texts[licence];
  if (text === undefined) {
    throw new Error(`There is no text for the licence ${licence}`);
  }
  return text;
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

const OTHER_TEXTS: Record<string, string> = {
  "Apache-2.0":
    `On Debian systems the full text of the Apache License, Version 2.0, is in
/usr/share/common-licenses/Apache-2.0.`,
  "0BSD":
    `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.`,
  "BSD-3-Clause":
    `Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are
met:

    * Redistributions of source code must retain the above copyright
      notice, this list of conditions and the following disclaimer.
    * Redistributions in binary form must reproduce the above
      copyright notice, this list of conditions and the following
      disclaimer in the documentation and/or other materials provided
      with the distribution.
    * Neither the name of Google Inc. nor the names of its
      contributors may be used to endorse or promote products derived
      from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS
"AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR
A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY
THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`,
};
