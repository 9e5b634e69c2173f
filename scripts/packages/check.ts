/**
 * A check that prints a line of its own.
 *
 * @module
 */

/** Carries out a check, prints that it passed, and returns what came of it. */
export async function check<T>(
  what: string,
  body: () => T | Promise<T>,
): Promise<T> {
  const start = performance.now();
  try {
    const result = await body();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`ok ${what} (${seconds} s)`);
    return result;
  } catch (cause) {
    throw new Error(`not ok: ${what}`, { cause });
  }
}
