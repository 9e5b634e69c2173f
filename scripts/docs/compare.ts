/**
 * Whether the output that a page shows is the output that there was, but for
 * what differs from one run to the next.
 *
 * | on the page                      | stands for                                          |
 * | -------------------------------- | --------------------------------------------------- |
 * | `d28d97…421e`, in hexadecimal    | the SHA-256 that begins and ends like this          |
 * | `RvM5xB…IYJQ`, other letters too | an ID of the service: any, but the same one in all places of the page |
 * | `2026-01-02T03:04:05Z`           | any time in this form                               |
 * | `…` alone on a line              | any number of lines                                 |
 *
 * @module
 */

/** IDs of archives; those of jobs and uploads. */
const ID_LENGTHS = [138, 92];

/** What of a line on a page stands for something else. */
const VARIABLE =
  /(?<![\w-])([\w-]{6})…([\w-]{4})(?![\w-])|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
const ID = ID_LENGTHS.map((n) => `[\\w-]{${n}}`).join("|");

/** What a shortened ID stands for, by its short form. */
export type Ids = ReadonlyMap<string, string>;

/** How the output differs from what is shown, or the IDs that it had. */
export type Comparison =
  | { same: true; ids: Ids }
  | {
    same: false;
    /** How many lines of those shown were there. */
    after: number;
    why: string;
  };

/** Compares output, where some IDs are known from earlier. */
export function compare(
  shown: readonly string[],
  real: readonly string[],
  ids: Ids = new Map(),
): Comparison {
  let after = 0;
  let why = "";
  const patterns = shown.map(patternOf);
  // Goes on from so many lines of each; a gap is tried with no line at first.
  const go = (i: number, j: number, ids: Ids): Ids | undefined => {
    if (i >= after) {
      after = i;
      why = i === shown.length
        ? "there was more"
        : real.length === j
        ? "there was no more"
        : "there was something else";
    }
    if (i === shown.length) return j === real.length ? ids : undefined;
    if (shown[i] === "…") {
      for (let k = j; k <= real.length; k++) {
        const found = go(i + 1, k, ids);
        if (found) return found;
      }
      return undefined;
    }
    const line = j < real.length ? patterns[i](real[j]) : undefined;
    if (!line) return undefined;
    const all = joined(ids, line);
    if (all) return go(i + 1, j + 1, all);
    if (i >= after) why = "one of the IDs was another one before";
    return undefined;
  };
  const found = go(0, 0, ids);
  return found ? { same: true, ids: found } : { same: false, after, why };
}

/** Compares output whose lines may come in another order. */
export function compareInAnyOrder(
  shown: readonly string[],
  real: readonly string[],
  ids: Ids = new Map(),
): Comparison {
  const left = [...real];
  for (const [after, line] of shown.entries()) {
    if (line === "…") continue;
    const pattern = patternOf(line);
    const candidates = left.map((text) => joined(ids, pattern(text)));
    const place = candidates.findIndex((all) => all !== undefined);
    if (place < 0) {
      return { same: false, after, why: "there was no such line" };
    }
    ids = candidates[place]!;
    left.splice(place, 1);
  }
  return left.length === 0 || shown.includes("…")
    ? { same: true, ids }
    : { same: false, after: shown.length, why: "there was more" };
}

/** An ID: its short form on the page, and what that stands for. */
type IdPair = [short: string, id: string];

/** What takes a line to the IDs that it has for those of the page, if it is the same. */
function patternOf(shown: string): (real: string) => IdPair[] | undefined {
  const short: string[] = [];
  let pattern = "";
  let end = 0;
  for (const found of shown.matchAll(VARIABLE)) {
    const [text, head, tail] = found;
    pattern += RegExp.escape(shown.slice(end, found.index));
    end = found.index + text.length;
    if (head === undefined) pattern += TIME;
    else if (/^[0-9a-f]{10}$/.test(head + tail)) {
      pattern += `${head}[0-9a-f]{54}${tail}`;
    } else {
      short.push(text);
      pattern += `(?<![\\w-])(${ID})(?![\\w-])`;
    }
  }
  const whole = new RegExp(`^${pattern}${RegExp.escape(shown.slice(end))}$`);
  return (real) => {
    const match = whole.exec(real);
    return match?.slice(1).map((id, i) => [short[i], id]);
  };
}

/** All IDs, unless one would be two, or two would be one, or the line was another. */
function joined(known: Ids, found?: readonly IdPair[]): Ids | undefined {
  if (!found) return undefined;
  const all = new Map(known);
  for (const [short, id] of found) {
    if (
      all.has(short) ? all.get(short) !== id : [...all.values()].includes(id)
    ) {
      return undefined;
    }
    all.set(short, id);
  }
  return all;
}

/** A line of output as a page shows it: hashes and IDs shortened, known IDs by their short form. */
export function shortened(line: string, ids: Ids = new Map()): string {
  const known = new Map([...ids].map(([short, id]) => [id, short]));
  return line.replace(
    new RegExp(`(?<![\\w-])(?:[0-9a-f]{64}|${ID})(?![\\w-])`, "g"),
    (long) => known.get(long) ?? `${long.slice(0, 6)}…${long.slice(-4)}`,
  );
}

/** Whether a command is expected to fail, by what is shown of it. */
export function showsFailure(shown: readonly string[]): boolean {
  return shown.some((line) => line.startsWith("ERROR:"));
}
