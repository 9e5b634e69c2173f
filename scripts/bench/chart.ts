/**
 * Curves as SVG: both axes logarithmic, so that what grows with the number of
 * things is a straight line, and what grows faster bends upward.
 *
 * @module
 */

/** A curve. */
export interface Curve {
  /** What grows, with its unit. */
  label: string;
  points: readonly { x: number; y: number }[];
}

const WIDTH = 420;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 20;
const TOP = 36;
const BOTTOM = 44;

/** A picture with one panel for each curve. */
export function chart(
  title: string,
  xLabel: string,
  curves: readonly Curve[],
): string {
  const panels = curves.map((curve, i) =>
    `<g transform="translate(${i * WIDTH} 24)">${panel(curve, xLabel)}</g>`
  );
  const width = WIDTH * curves.length;
  const height = HEIGHT + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${
      width / 2
    }" y="20" text-anchor="middle" font-size="14">${title}</text>`,
    ...panels,
    "</svg>",
    "",
  ].join("\n");
}

function panel({ label, points }: Curve, xLabel: string): string {
  const xs = decades(points.map(({ x }) => x));
  const ys = decades(points.map(({ y }) => y));
  const x = (value: number) => LEFT + share(value, xs) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) =>
    HEIGHT - BOTTOM - share(value, ys) * (HEIGHT - TOP - BOTTOM);
  const line = points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`);
  return [
    `<text x="${LEFT}" y="${TOP - 12}">${label}</text>`,
    ...xs.map((at) =>
      `<path d="M${x(at)} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>` +
      `<text x="${x(at)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${
        short(at)
      }</text>`
    ),
    ...ys.map((at) =>
      `<path d="M${LEFT} ${y(at)}H${WIDTH - RIGHT}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${y(at) + 4}" text-anchor="end">${
        short(at)
      }</text>`
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${
      HEIGHT - 8
    }" text-anchor="middle">${xLabel}</text>`,
    `<polyline points="${
      line.join(" ")
    }" fill="none" stroke="#06c" stroke-width="2"/>`,
    ...points.map((p) =>
      `<circle cx="${x(p.x).toFixed(1)}" cy="${
        y(p.y).toFixed(1)
      }" r="3" fill="#06c"/>`
    ),
  ].join("\n");
}

/** The powers of ten from just below the smallest value to just above the largest. */
function decades(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** Where a value is between the first and the last decade, from 0 to 1. */
function share(value: number, axis: readonly number[]): number {
  const [first, last] = [Math.log10(axis[0]), Math.log10(axis.at(-1)!)];
  return (Math.log10(value) - first) / (last - first);
}

/** `0.1`, `10k`, `1M`. */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(value < 1 ? Number(value.toPrecision(1)) : value);
}
