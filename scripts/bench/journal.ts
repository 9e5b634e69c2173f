/**
 * Journals for measurements.
 *
 * @module
 */

/** What a line is about. */
export interface BenchEntry {
  name: string;
  size: number;
  mtime: number;
}

/** The file of that number, in one of a thousand folders. */
export function benchName(i: number): string {
  return `photos/${String(i % 1000).padStart(4, "0")}/IMG_${
    String(i).padStart(8, "0")
  }.jpg`;
}

/** The CREATED line of an archive: 272 bytes where size and name have their usual length. */
export function createdLine(
  i: number,
  { name, size, mtime }: BenchEntry,
): string {
  // As random as real ones: in what is alike, a comparison takes longer.
  const hash = pseudoRandomHex(i);
  const id = `${hash}${hash.toUpperCase()}${String(i).padStart(10, "0")}`;
  return `B\t${
    1_400_000_000 + i
  }\tCREATED\t${id}\t${size}\t${mtime}\t${hash}\t${name}\n`;
}

/** Writes a journal of so many archives. */
export async function writeJournal(
  path: string,
  count: number,
  entry: (i: number) => BenchEntry = (i) => ({
    name: benchName(i),
    size: 100_000 + i % 900_000,
    mtime: 1_300_000_000 + i,
  }),
): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  const encoder = new TextEncoder();
  const writer = file.writable.getWriter();
  let text = "";
  for (let i = 0; i < count; i++) {
    text += createdLine(i, entry(i));
    if (text.length < 1 << 20 && i < count - 1) continue;
    await writer.write(encoder.encode(text));
    text = "";
  }
  await writer.close();
}

/** 64 hexadecimal digits that differ for each number. */
function pseudoRandomHex(seed: number): string {
  let [a, text] = [seed * 2654435761 >>> 0, ""];
  for (let word = 0; word < 8; word++) {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    text += ((t ^ (t >>> 14)) >>> 0).toString(16).padStart(8, "0");
  }
  return text;
}
