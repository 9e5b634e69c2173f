/**
 * One archive of an inventory, whatever form that is written in.
 *
 * @module
 */

import { IntegrityError } from "../errors.ts";
import type { InventoryArchive } from "../store.ts";

/** An archive as it was written, nothing of it checked. */
export interface WrittenArchive {
  /** Where it stands, for errors, such as `archive 17`. */
  place: string;
  /** Fields by their names. */
  fields: Record<string, unknown>;
}

/** The fields that an archive must have; only its description may be missing. */
export const FIELDS = [
  "ArchiveId",
  "ArchiveDescription",
  "CreationDate",
  "Size",
  "SHA256TreeHash",
] as const;

/** The name of a field. */
export type FieldName = typeof FIELDS[number];

/** An inventory, or what came in its place, cannot be used; `what` tells why. */
export function damaged(what: string, options?: ErrorOptions): IntegrityError {
  return new IntegrityError(
    `The inventory cannot be used (ask for a new one): ${what}`,
    options,
  );
}

/** @throws {IntegrityError} where a field is missing or cannot be what it says. */
export function readArchive(
  { place, fields }: WrittenArchive,
): InventoryArchive {
  const wrong = (name: FieldName, problem: string) =>
    damaged(
      fields[name] === undefined || fields[name] === null
        ? `${place} has no ${name}`
        : `the ${name} of ${place} ${problem}`,
    );
  const matching = (name: FieldName, form: RegExp, problem: string): string => {
    const value = fields[name];
    if (typeof value === "string" && form.test(value)) return value;
    throw wrong(name, problem);
  };
  const description = fields.ArchiveDescription ?? "";
  if (typeof description !== "string") {
    throw wrong("ArchiveDescription", "is not text");
  }
  const archiveId = matching(
    "ArchiveId",
    /^[\w-]+$/,
    "has other characters than letters, digits, - and _",
  );
  const date = matching("CreationDate", DATE, "is no date");
  const created = secondsOf(date);
  if (created === undefined) {
    throw wrong("CreationDate", "is no date after 1970");
  }
  const size = naturalNumber(fields.Size);
  if (size === undefined) throw wrong("Size", "is not a whole number of bytes");
  const treeHash = matching(
    "SHA256TreeHash",
    /^[\da-f]{64}$/i,
    "is not 64 hexadecimal digits",
  ).toLowerCase();
  return { archiveId, description, created, size, treeHash };
}

/** Such as `2013-11-10T22:39:27Z`. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A date as inventories have it, in whole seconds since 1970; `undefined` where it is none, or earlier. */
export function secondsOf(date: unknown): number | undefined {
  if (typeof date !== "string" || !DATE.test(date)) return undefined;
  const seconds = Math.floor(Date.parse(date) / 1000);
  // Of what is beyond the calendar it is NaN.
  return seconds >= 0 ? seconds : undefined;
}

function naturalNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,16}$/.test(value)
    ? Number(value)
    : value;
  return Number.isSafeInteger(number) && (number as number) >= 0
    ? number as number
    : undefined;
}
