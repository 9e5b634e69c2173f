/**
 * What there is to say of an option besides its help, from the table of
 * options: for the help, the reference and the manual pages.
 *
 * @module
 */

import type { OptionSpec } from "./options.ts";
import { describeInteger } from "./parse.ts";

/** `0 or 1`, `a whole number from 1 to 30`: which values there are, where these are few or numbers. */
export function rangeNote({ type }: OptionSpec): string | undefined {
  switch (type.kind) {
    case "choice":
      return type.values.join(" or ");
    case "integer":
      return describeInteger(type);
    default:
      return undefined;
  }
}

/** What the value must look like, in a few words; `undefined` for a switch. */
export function valueNote(spec: OptionSpec): string | undefined {
  const { type } = spec;
  switch (type.kind) {
    case "flag":
      return undefined;
    case "path":
      return `a ${type.of}`;
    case "url":
      return "an http:// or https:// address";
    case "encoding":
      return "UTF-8, in any spelling";
    case "word":
      return "one word";
    case "text":
      return "a text";
    default:
      return rangeNote(spec);
  }
}

/** Default, environment, and whatever else goes for an option, each in a few words. */
export function optionNotes(spec: OptionSpec): string[] {
  return [
    ...spec.default === undefined ? [] : [`default ${spec.default}`],
    ...spec.env ? [`environment ${spec.env.join(", ")}`] : [],
    ...spec.needs ? [`only with --${spec.needs}`] : [],
    ...spec.repeatable ? ["may be repeated"] : [],
    ...spec.inFile ? ["not in a configuration file"] : [],
    ...spec.deprecated
      ? [`formerly ${spec.deprecated.map((old) => `--${old}`).join(", ")}`]
      : [],
  ];
}
