/**
 * What a page of the documentation tells its reader to do, as plain data: the
 * page's blocks of code, in order, and what hidden comments say about them.
 *
 * - A block of `console` has commands, each after `$ `, and below each what it
 *   prints. A command goes on in the next line after a `\`, and to the end of
 *   its here-document.
 * - Blocks of `sh`, `js`, `python` and `go` are programs whose output isn't
 *   shown.
 * - Blocks of `json`, and those of no language, have nothing to run. A program
 *   in any other language needs to say why it is not run.
 * - `<!-- setup: … -->` has commands that readers need not see.
 * - `<!-- not run: why -->` directly above a block: it can't be run here.
 * - `<!-- run by: deno task NAME -->` directly above a block of whatever language:
 *   it needs a machine of its own, say, and that task runs it.
 * - `<!-- run if: command -->` directly above a block: it is run where that
 *   command succeeds, where another program is installed for instance.
 * - `<!-- any order: why -->` directly above a block: the lines of each output
 *   may come in another order than is shown.
 *
 * @module
 */

/** A program by itself, of which only the exit status matters. */
export interface ScriptStep {
  kind: "script";
  /** The line of the page on which it begins, from 1. */
  line: number;
  language: "sh" | "js" | "python" | "go";
  text: string;
  /** A command that tells whether this can be run. */
  condition?: string;
}

/** A command and what the page says that it prints. */
export interface CommandStep {
  kind: "command";
  line: number;
  text: string;
  shown: string[];
  /** Whether the lines may come in another order. */
  anyOrder?: boolean;
  condition?: string;
}

/** What is not run, and why. */
export interface SkippedStep {
  kind: "skipped";
  line: number;
  reason: string;
}

/** What another task runs. */
export interface ElsewhereStep {
  kind: "elsewhere";
  line: number;
  /** Such as `deno task systemd`. */
  by: string;
  text: string;
}

/** What is run where the page is. */
export type RunStep = ScriptStep | CommandStep;

export type Step = RunStep | SkippedStep | ElsewhereStep;

/** Whether a step is run where the page is. */
export function isRun(step: Step): step is RunStep {
  return step.kind === "script" || step.kind === "command";
}

/**
 * What a page leaves to a task, such as `deno task systemd`.
 *
 * @throws {StoryError} as {@linkcode storyOf}.
 */
export function stepsFor(task: string, page: string): ElsewhereStep[] {
  return storyOf(page).filter((step): step is ElsewhereStep =>
    step.kind === "elsewhere" && step.by === task
  );
}

/** A page that can't be read as a story. */
export class StoryError extends Error {
  /** The line is counted from 1. */
  constructor(readonly line: number, message: string) {
    super(message);
  }
}

/** A block of code, or a comment in HTML, without what stands around it. */
interface Piece {
  kind: "block" | "comment" | "prose";
  line: number;
  /** What a block is written in. */
  language: string;
  lines: string[];
}

/**
 * What a page tells its reader to do.
 *
 * @throws {StoryError} where a comment or a block is not what it should be.
 */
export function storyOf(page: string): Step[] {
  const steps: Step[] = [];
  let note: { kind: string; text: string; line: number } | undefined;
  for (const piece of piecesOf(page.split("\n"))) {
    const { line } = piece;
    if (piece.kind === "block") {
      if (note?.kind === "not run") {
        steps.push({ kind: "skipped", line, reason: note.text });
      } else if (note?.kind === "run by") {
        const text = `${piece.lines.join("\n")}\n`;
        steps.push({ kind: "elsewhere", line, by: note.text, text });
      } else {
        const found = stepsOfBlock(piece);
        if (note && found.length === 0) throw notAboveCode(note);
        const added = note &&
          (note.kind === "any order"
            ? { anyOrder: true }
            : { condition: note.text });
        steps.push(...found.map((step) => ({ ...step, ...added })));
      }
      note = undefined;
      continue;
    }
    if (note) throw notAboveCode(note);
    const [, kind, text] =
      /^(setup|not run|run by|run if|any order):\s*([^]*?)\s*$/.exec(
        piece.lines.join("\n"),
      ) ??
        [];
    if (piece.kind === "prose" || kind === undefined) continue;
    if (kind === "setup") {
      steps.push({ kind: "script", line, language: "sh", text: `${text}\n` });
    } else note = { kind, text, line };
  }
  if (note) throw notAboveCode(note);
  return steps;
}

function notAboveCode({ kind, line }: { kind: string; line: number }) {
  return new StoryError(line, `"${kind}" stands above nothing that is run`);
}

/** The lines of prose of a page, without its blocks of code and comments. */
export function proseOf(page: string): { line: number; text: string }[] {
  return piecesOf(page.split("\n"))
    .filter(({ kind }) => kind === "prose")
    .map(({ line, lines: [text] }) => ({ line, text }));
}

/** Blocks, comments, and lines of prose that are not blank. */
function piecesOf(lines: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    const fence = /^( *)(`{3,}|~{3,}) *([^\s`]*)/.exec(lines[i]);
    if (fence) {
      const [, indent, marks, language] = fence;
      const end = lines.findIndex((text, j) =>
        j > i && text.trim().startsWith(marks)
      );
      if (end < 0) throw new StoryError(line, "This block has no end");
      const inside = lines.slice(i + 1, end).map((text) =>
        text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()
      );
      pieces.push({ kind: "block", line, language, lines: inside });
      i = end;
    } else if (lines[i].startsWith("<!--")) {
      const end = lines.findIndex((text, j) => j >= i && text.includes("-->"));
      if (end < 0) throw new StoryError(line, "This comment has no end");
      const text = lines.slice(i, end + 1).join("\n");
      const inside = text.slice("<!--".length, text.lastIndexOf("-->")).trim();
      pieces.push({
        kind: "comment",
        line,
        language: "",
        lines: inside.split("\n"),
      });
      i = end;
    } else if (/^[\s>]*[>\t][\s>]*(`{3}|~{3})/.test(lines[i])) {
      throw new StoryError(line, "A block in a quotation, or behind a tab");
    } else if (
      /^\s+<!-- *(setup|not run|run by|run if|any order):/.test(lines[i])
    ) {
      throw new StoryError(line, "This comment is indented, and not seen");
    } else if (lines[i].trim() !== "") {
      pieces.push({ kind: "prose", line, language: "", lines: [lines[i]] });
    }
  }
  return pieces;
}

function stepsOfBlock(
  { language, line, lines }: Piece,
): RunStep[] {
  switch (language) {
    case "sh":
    case "js":
    case "python":
    case "go": {
      const text = `${lines.join("\n")}\n`;
      return [{ kind: "script", line, language, text }];
    }
    case "console":
      return commandsOf(lines, line + 1);
    case "":
    case "json":
      if (lines.some((text) => /^(\$|moraine) /.test(text))) {
        throw new StoryError(line, "A block with commands is one of `console`");
      }
      return [];
    default:
      throw new StoryError(
        line,
        `A block of ${language} can't be run: say why with <!-- not run: … -->`,
      );
  }
}

/** The commands of a block of which the first line is that of the page. */
function commandsOf(lines: readonly string[], first: number): CommandStep[] {
  const steps: CommandStep[] = [];
  for (let i = 0; i < lines.length;) {
    if (!lines[i].startsWith("$ ")) {
      throw new StoryError(first + i, "A block of `console` begins with `$ `");
    }
    const begin = i;
    const end = endOfCommand(lines, i);
    i = end;
    while (i < lines.length && !lines[i].startsWith("$ ")) i++;
    steps.push({
      kind: "command",
      line: first + begin,
      text: `${lines.slice(begin, end).join("\n").slice("$ ".length)}\n`,
      shown: withoutBlankEnd(lines.slice(end, i)),
    });
  }
  return steps;
}

/** Where the output of a command begins. */
function endOfCommand(lines: readonly string[], begin: number): number {
  let end = begin + 1;
  while (lines[end - 1].endsWith("\\")) end++;
  const [, , word] = /<<(['"]?)(\w+)\1/.exec(lines[end - 1]) ?? [];
  if (word === undefined) return end;
  const last = lines.indexOf(word, end);
  return last < 0 ? lines.length : last + 1;
}

/** Lines without blank ones after the last that isn't. */
export function withoutBlankEnd(lines: readonly string[]): string[] {
  return lines.slice(0, lines.findLastIndex((text) => text !== "") + 1);
}

/** The line on which a command's output begins, from 1. */
export function firstShownLine({ line, text }: CommandStep): number {
  return line + text.split("\n").length - 1;
}
