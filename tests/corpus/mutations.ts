/**
 * What random damage does to what was well-formed.
 *
 * @module
 */

import fc from "fast-check";

type Bytes = Uint8Array<ArrayBuffer>;

/** What makes trouble wherever it turns up. */
const TOKENS = [
  "",
  "\0",
  "\t",
  "\r",
  "\n",
  "\r\n",
  "\ufeff",
  "\u2028",
  "\u202e",
  "\u001b[31m",
  "\\ud800",
  "\\u0000",
  '"',
  "\\",
  ",",
  ":",
  "=",
  "/",
  "..",
  "{",
  "}",
  "[",
  "]",
  "null",
  "true",
  "{}",
  "[]",
  "0",
  "-0",
  "-1",
  "0.5",
  "1e3",
  "1e999",
  "NaN",
  "Infinity",
  "00",
  "9007199254740991",
  "9007199254740992",
  "99999999999999999999",
  "__proto__",
  "constructor",
  "toString",
  "é",
  "😀",
  "[".repeat(3000),
  '{"a":'.repeat(3000),
  "a".repeat(3000),
  " ".repeat(3000),
];

/** A change of some bytes. */
type Change = (bytes: Bytes) => Bytes;

function spliced(
  bytes: Bytes,
  start: number,
  end: number,
  piece: Uint8Array,
): Bytes {
  return new Uint8Array([
    ...bytes.subarray(0, start),
    ...piece,
    ...bytes.subarray(end),
  ]);
}

const encode = (text: string) => new TextEncoder().encode(text);

/** A place, as a part of the whole. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const token = fc.constantFrom(...TOKENS).map(encode);

const at = ({ length }: Uint8Array, part: number) => Math.floor(part * length);

const cut = place.map((part): Change => (bytes) =>
  bytes.slice(0, at(bytes, part))
);

const bitFlipped = fc.tuple(place, fc.nat(7)).map(
  ([part, bit]): Change => (bytes) => {
    const copy = bytes.slice();
    const index = Math.min(at(bytes, part), bytes.length - 1);
    if (index >= 0) copy[index] ^= 1 << bit;
    return copy;
  },
);

const inserted = fc.tuple(place, token).map(
  ([part, piece]): Change => (bytes) =>
    spliced(bytes, at(bytes, part), at(bytes, part), piece),
);

const removed = fc.tuple(place, fc.nat(12)).map(
  ([part, length]): Change => (bytes) =>
    spliced(bytes, at(bytes, part), at(bytes, part) + length, new Uint8Array()),
);

/** Another thing in the place of a whole number, word, text in quotes or line. */
const replaced = fc.tuple(
  place,
  token,
  fc.constantFrom(
    /-?\d+/g,
    /\w+/g,
    /"[^"]*"/g,
    /[^\n]*\n/g,
    /[{[][^{[]*[}\]]/g,
  ),
).map(([part, piece, unit]): Change => (bytes) => {
  const text = new TextDecoder("latin1").decode(bytes);
  const found = [...text.matchAll(unit)];
  const match = found[Math.min(at(bytes, part), found.length - 1)] ??
    found.at(-1);
  if (match === undefined) return bytes;
  return spliced(bytes, match.index, match.index + match[0].length, piece);
});

const lineDoubled = place.map((part): Change => (bytes) => {
  const start = bytes.lastIndexOf(10, at(bytes, part)) + 1;
  const end = bytes.indexOf(10, start) + 1;
  return spliced(bytes, start, start, bytes.subarray(start, end || undefined));
});

/** Samples that were damaged once or a few times, and sometimes anything at all. */
export function damaged(samples: readonly string[]): fc.Arbitrary<Bytes> {
  const change = fc.oneof(
    cut,
    bitFlipped,
    inserted,
    removed,
    replaced,
    lineDoubled,
  );
  const mutated = fc.tuple(
    fc.constantFrom(...samples).map((text) => encode(text) as Bytes),
    fc.array(change, { maxLength: 4 }),
  ).map(([bytes, changes]) =>
    changes.reduce((bytes, change) => change(bytes), bytes)
  );
  const anything = fc.uint8Array({ maxLength: 60 }) as fc.Arbitrary<Bytes>;
  const text = fc.string({ unit: "binary" }).map((text) =>
    encode(text) as Bytes
  );
  return fc.oneof(
    { weight: 8, arbitrary: mutated },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: text },
  );
}
