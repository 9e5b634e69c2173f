/**
 * Loaded before the program where a run has a slow disk: what is written takes
 * its time, so that a kill can come between any two writes.
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

// Every open file is of this class.
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
