/**
 * The values that runs of the program are combined of.
 *
 * @module
 */

const MiB = 1024 * 1024;

/** Sizes in bytes: less than a leaf, one leaf less a byte, just over a part, many parts and an odd rest. */
export const SIZES = [1, MiB - 1, 4 * MiB + 1, 45 * MiB - 156_897] as const;

/** Part sizes in MiB. */
export const PART_SIZES = [1, 2, 4] as const;

/** Segment sizes in MiB; 0 for one request a file. */
export const SEGMENT_SIZES = [0, 1, 2, 4] as const;

export const CONCURRENCIES = [1, 2, 4, 20] as const;

/** Names of files: one that is false in many languages, a plain one, one that is not ASCII. */
export const NAMES = ["0", "plain.txt", "папка/файл"] as const;

/** How many other files there are. */
export const OTHERS = [0, 1, 10, 100] as const;

/** How many archives or jobs there are: none, a few, more than a page of 50, more than two. */
export const COUNTS = [0, 1, 2, 10, 60, 110] as const;

export const DRY_RUN = [false, true] as const;

/** Values by the name of what they are values of. */
export type Axes = Readonly<Record<string, readonly unknown[]>>;

/** One value of each. */
export type Combination<A extends Axes> = {
  -readonly [Name in keyof A]: A[Name][number];
};

/** All combinations. */
export function product<A extends Axes>(axes: A): Combination<A>[] {
  return Object.entries(axes).reduce<Record<string, unknown>[]>(
    (rows, [name, values]) =>
      rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  ) as Combination<A>[];
}

/**
 * So many of all combinations that every value meets every value of every
 * other axis, chosen one by one for how many new pairs they bring.
 */
export function pairs<A extends Axes>(axes: A): Combination<A>[] {
  const all = product(axes);
  const pairsOf = (row: Combination<A>) => {
    const values = Object.entries(row).map(([name, value]) =>
      `${name}=${value}`
    );
    return values.flatMap((a, i) =>
      values.slice(i + 1).map((b) => `${a},${b}`)
    );
  };
  const missing = new Set(all.flatMap(pairsOf));
  const chosen: Combination<A>[] = [];
  while (missing.size > 0) {
    let best = all[0];
    let most = 0;
    for (const row of all) {
      const gain = pairsOf(row).filter((pair) => missing.has(pair)).length;
      if (gain > most) [best, most] = [row, gain];
    }
    for (const pair of pairsOf(best)) missing.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

/**
 * The rows, each with one value of further axes, which go round: not in step
 * with the rows, so that the same values don't always meet.
 */
export function inTurn<Row, A extends Axes>(
  rows: readonly Row[],
  axes: A,
): (Row & Combination<A>)[] {
  return rows.map((row, i) => {
    const turn = Object.entries(axes).map(([name, values]) => {
      const place = i + Math.floor(i / values.length);
      return [name, values[place % values.length]];
    });
    return { ...row, ...Object.fromEntries(turn) };
  });
}

/** A combination in words, for the name of a step. */
export function describe(row: Record<string, unknown>): string {
  return Object.entries(row).map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
