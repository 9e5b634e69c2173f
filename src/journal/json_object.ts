/**
 * Reading the JSON of the files beside a journal.
 *
 * @module
 */

/** The members of an object that is written as JSON; `undefined` where the text is nothing of the kind. */
export function parseJsonObject(
  text: string,
): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
