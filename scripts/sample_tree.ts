/**
 * The files of the demonstration, and how two folders are compared.
 *
 * @module
 */

import { dirname, join } from "node:path";

const MiB = 1024 * 1024;

/** A file to be made. */
export interface SampleFile {
  name: string;
  /** Size in bytes. */
  size: number;
  /** Last modification in whole seconds since 1970. */
  mtime: number;
}

/** Sizes around the 1 MiB of a tree hash's leaf, and names that break careless programs. */
const ALL_FILES: readonly SampleFile[] = [
  { name: "one byte", size: 1, mtime: 1_000_000_000 },
  { name: "leaves/1 MiB - 1.bin", size: MiB - 1, mtime: 1_234_567_890 },
  { name: "leaves/1 MiB.bin", size: MiB, mtime: 1_234_567_891 },
  { name: "leaves/1 MiB + 1.bin", size: MiB + 1, mtime: 1_234_567_892 },
  { name: "several parts.bin", size: 5 * MiB + 12_345, mtime: 1_500_000_000 },
  { name: 'quotes/it\'s "quoted".txt', size: 1_000, mtime: 1_600_000_001 },
  { name: "Фотографии/Байкал, лёд.jpg", size: 30_000, mtime: 1_600_000_002 },
  { name: "写真/富士山.jpg", size: 40_000, mtime: 1_600_000_003 },
  { name: "emoji/🏔️ moraine 🧊.txt", size: 500, mtime: 1_600_000_004 },
  { name: "a/b/c/d/e/deep down.txt", size: 77, mtime: 0 },
  { name: "before 1970.txt", size: 42, mtime: -86_400 },
];

/** The files of the sample, as far as this system can have them. */
export const SAMPLE_FILES: readonly SampleFile[] = Deno.build.os === "windows"
  ? ALL_FILES.filter(fitsWindows)
  : ALL_FILES;

/** Windows has no such names, and its Node takes times before 1970 for some after 2105. */
function fitsWindows({ name, mtime }: SampleFile): boolean {
  return !/["*:<>?\\|]/.test(name) && mtime >= 0;
}

/** Makes the files below `dir`, with content that differs from file to file. */
export async function writeSampleTree(dir: string): Promise<void> {
  for (const [index, { name, size, mtime }] of SAMPLE_FILES.entries()) {
    const path = join(dir, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, sampleBytes(size, index + 1));
    const time = new Date(mtime * 1000);
    await Deno.utime(path, time, time);
  }
}

/** Bytes that look random and are the same every time. */
function sampleBytes(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** What differs between two folders: names, content, modification times. Empty where they are the same. */
export async function differences(a: string, b: string): Promise<string[]> {
  const [left, right] = [await listFiles(a), await listFiles(b)];
  const found: string[] = [];
  for (const name of left) {
    if (!right.includes(name)) found.push(`${name} is missing`);
    else found.push(...await differencesOfFile(name, a, b));
  }
  for (const name of right) {
    if (!left.includes(name)) found.push(`${name} was not there before`);
  }
  return found;
}

async function differencesOfFile(
  name: string,
  a: string,
  b: string,
): Promise<string[]> {
  const found: string[] = [];
  const [left, right] = await Promise.all(
    [a, b].map((dir) => Deno.readFile(join(dir, name))),
  );
  const same = left.length === right.length &&
    left.every((byte, index) => byte === right[index]);
  if (!same) found.push(`${name} has other bytes`);
  const [before, after] = await Promise.all(
    [a, b].map(async (dir) => (await Deno.stat(join(dir, name))).mtime),
  );
  const seconds = (time: Date | null) => Math.floor(Number(time) / 1000);
  if (seconds(before) !== seconds(after)) {
    found.push(`${name} has another modification time`);
  }
  return found;
}

async function listFiles(dir: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(join(dir, prefix))) {
    const name = prefix + entry.name;
    if (entry.isDirectory) names.push(...await listFiles(dir, `${name}/`));
    else names.push(name);
  }
  return names.sort();
}
