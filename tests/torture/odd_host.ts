/**
 * Loaded before the program where a run's machine is an odd one: with a disk
 * that takes its time, so that a kill can come between any two writes; with a
 * clock that is behind the one that stamped what is there. The query of this
 * module's address says which: `slow`, `behind` in seconds.
 *
 * @module
 */

import { open } from "node:fs/promises";

/** The longest wait before and after a call, in milliseconds. */
const LONGEST = 8;

function pause(): Promise<void> {
  if (Math.random() < 0.6) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST));
}

async function slowDown(): Promise<void> {
  // Every open file is of one class.
  const file = await open(import.meta.filename!, "r");
  const methods = Object.getPrototypeOf(file);
  await file.close();
  for (const name of ["write", "sync", "truncate"]) {
    const method = methods[name];
    methods[name] = async function (...args: unknown[]) {
      await pause();
      const result = await method.apply(this, args);
      await pause();
      return result;
    };
  }
}

function setBack(seconds: number): void {
  const now = Date.now;
  Date.now = () => now() - seconds * 1000;
}

const query = new URL(import.meta.url).searchParams;
setBack(Number(query.get("behind") ?? 0));
if (query.has("slow")) await slowDown();
