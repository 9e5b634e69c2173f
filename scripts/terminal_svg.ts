/**
 * A picture of a terminal in which commands are typed and answered, as an SVG
 * that plays by itself where the reader has nothing against motion.
 *
 * @module
 */

/** What happens in the terminal. */
export type TerminalLine =
  /** Typed by the user. */
  | { kind: "command"; text: string }
  /** Printed by a program. */
  | { kind: "output"; text: string };

const COLUMNS = 84;
const FONT = 14;
/** Of a fixed-width font, as a share of its size. */
const ADVANCE = 0.602;
const LINE = 20;
const MARGIN = 18;
const BAR = 30;

/** Seconds: before a command is typed, before its first output, between lines of that. */
const PAUSE = { command: 1.2, answer: 0.5, line: 0.12 };

/** Draws the lines; each is cut to what fits. */
export function terminalSvg(
  title: string,
  lines: readonly TerminalLine[],
): string {
  const width = Math.round(COLUMNS * FONT * ADVANCE) + 2 * MARGIN;
  const height = BAR + lines.length * LINE + 2 * MARGIN;
  const times = appearances(lines);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
    escaped(title)
  }">
<title>${escaped(title)}</title>
<style>
text { font: ${FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre; }
.command { fill: #ffffff; font-weight: 600; }
.prompt { fill: #7ee787; }
@media (prefers-reduced-motion: no-preference) {
  .line { animation: appear 0.01s both; }
}
@keyframes appear { from { opacity: 0; } to { opacity: 1; } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="20" cy="16" r="6" fill="#ff5f57"/><circle cx="40" cy="16" r="6" fill="#febc2e"/><circle cx="60" cy="16" r="6" fill="#28c840"/>
${
    lines.map((line, index) =>
      drawn(line, BAR + MARGIN + (index + 0.5) * LINE, times[index])
    ).join("\n")
  }
</svg>
`;
}

/** When each line appears, in seconds. */
export function appearances(lines: readonly TerminalLine[]): number[] {
  let time = 0;
  return lines.map(({ kind }, index) => {
    const first = index === 0 || lines[index - 1].kind === "command";
    if (index > 0) {
      time += kind === "command"
        ? PAUSE.command
        : first
        ? PAUSE.answer
        : PAUSE.line;
    }
    return Math.round(time * 100) / 100;
  });
}

function drawn({ kind, text }: TerminalLine, y: number, time: number): string {
  const room = kind === "command" ? COLUMNS - 2 : COLUMNS;
  const shown = escaped(cut(text, room));
  const content = kind === "command"
    ? `<tspan class="prompt">$ </tspan><tspan class="command">${shown}</tspan>`
    : shown;
  return `<text xml:space="preserve" class="line" x="${MARGIN}" y="${y}" style="animation-delay: ${time}s">${content}</text>`;
}

function cut(text: string, columns: number): string {
  const signs = [...text];
  return signs.length <= columns
    ? text
    : `${signs.slice(0, columns - 1).join("")}…`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
