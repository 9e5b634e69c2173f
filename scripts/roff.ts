/**
 * Writes manual pages with the macros of man(7).
 *
 * Every text is escaped here. A plain hyphen may be shown as a typographic one,
 * and an apostrophe as a quotation mark, which can't be copied to a shell: a
 * text doesn't tell which of them is to be typed, so all are written as those
 * that can be.
 *
 * @module
 */

const ESCAPES: Record<string, string> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** A text as it is to be shown, anywhere in a line but at its beginning. */
export function escaped(text: string): string {
  return text.replace(
    /[\\\-'"`^~]|[^\x20-\x7e]/gu,
    (sign) => ESCAPES[sign] ?? unicode(sign),
  );
}

function unicode(sign: string): string {
  const code = sign.codePointAt(0)!.toString(16).toUpperCase();
  return `\\[u${code.padStart(4, "0")}]`;
}

/** To be typed as it is. */
export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** To be replaced by something. */
export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A text in which options, and what stands in backquotes, are bold. */
export function inline(text: string): string {
  return text.split(/(`[^`]*`|--[a-z-]*[a-z])/).map((part, i) =>
    i % 2 === 0 ? escaped(part) : bold(part.replaceAll("`", ""))
  ).join("");
}

/** A line that is no request, whatever it begins with. */
export function textLine(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** A text with each sentence on a line of its own, as is the custom. */
export function sentences(text: string): string {
  return text.split(/(?<=\.\)?) (?=[A-Z(])/)
    .map((sentence) => textLine(inline(sentence))).join("\n");
}

/** A request or macro; each argument is one, whatever it holds. */
export function macro(name: string, ...args: string[]): string {
  return [`.${name}`, ...args.map((arg) => `"${escaped(arg)}"`)].join(" ");
}

/** A term, already marked, with its explanation. */
export function entry(term: string, text: string): string {
  return [".TP", textLine(term), sentences(text)].join("\n");
}

/** A paragraph. */
export function paragraph(text: string): string {
  return [".PP", sentences(text)].join("\n");
}

/** Lines shown as they are. */
export function example(...lines: string[]): string {
  return [
    ".PP",
    ".RS 4",
    ".EX",
    ...lines.map((line) => textLine(escaped(line))),
    ".EE",
    ".RE",
  ].join("\n");
}

/** What the head of a page says. */
export interface PageHead {
  /** The page's name. */
  name: string;
  section: number;
  /** `2026-12-31`, or empty where none is known. */
  date: string;
  /** Program and version. */
  source: string;
  /** One line, of which the index of all pages is made. */
  summary: string;
}

/** A section of a page, of parts that are written already. */
export interface Section {
  title: string;
  parts: readonly string[];
}

/** A whole page. */
export function page(
  { name, section, date, source, summary }: PageHead,
  sections: readonly Section[],
): string {
  const lines = [
    // The date is a number and not escaped: mandoc reads it.
    `${macro("TH", name.toUpperCase(), `${section}`)} "${date}" "${
      escaped(source)
    }" "Moraine Manual"`,
    // No word is to be broken, least of all one that is to be copied.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(summary)}`,
    ...sections.flatMap(({ title, parts }) => [macro("SH", title), ...parts]),
    "",
  ];
  // A heading begins a paragraph by itself; mandoc finds fault with another.
  return lines.join("\n").replace(/^(\.S[HS] .*\n)\.PP\n/gm, "$1");
}

/** References to other pages, and what follows them. */
export function references(
  pages: readonly [name: string, section: number][],
  end = "",
): string {
  return pages.map(([name, section], i) =>
    `.BR ${escaped(name)} (${section})${i < pages.length - 1 ? "," : end}`
  ).join("\n");
}
