/**
 * Licences of others' works, as data, and the texts made of it.
 *
 * @module
 */

/** A work by others that is in what is shipped. */
export interface Work {
  name: string;
  /** Where it is: a file of a package, or the bundle. */
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

/** All licences of others' works in full, for systems that have no common place for them. */
export function thirdPartyLicences(
  works: readonly Work[],
  own: string,
): string {
  // Where a work has no text, that of another one under the same licence does.
  const other = (licence: string) =>
    licence === "MIT"
      ? undefined
      : works.find((work) => work.licence === licence && work.text)?.text;
  const groups = Map.groupBy(
    works,
    ({ text, licence }) => text ?? other(licence) ?? licenceText(licence, own),
  );
  const rule = "-".repeat(72);
  return [
    "What is in it of others' works, and their licences.\n",
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
  if (licence === "MIT") return mitText(own);
  const text = OTHER_TEXTS[licence];
  if (text === undefined) {
    throw new Error(`There is no text for the licence ${licence}`);
  }
  return text;
}

/** The licence without its title and without whose it is. */
function mitText(own: string): string {
  return own.trim().split(/\n\s*\n/).slice(2).join("\n\n");
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
