/**
 * What upload-file is to upload, from its options.
 *
 * @module
 */

import type { UploadSource } from "../commands/upload_file.ts";
import { UsageError } from "../errors.ts";
import { checkRelativeName, printable } from "../relative_name.ts";
import type { StreamWords } from "../transfer/upload_stream.ts";
import type { OptionName } from "./options.ts";
import type { Settings } from "./settings.ts";

const MEBIBYTE = 1024 * 1024;

/** The three forms, as the end of a sentence. */
const FORMS =
  "give --filename and --dir, or --filename and --set-rel-filename, or --stdin and --set-rel-filename (with --check-max-file-size or without)";

function wrong(what: string): UsageError {
  return new UsageError(`${what}: ${FORMS}`);
}

/**
 * The source, by the three forms in the help of upload-file.
 *
 * What the configuration file says is for other runs too (`dir`, above all), so
 * that it gives way to the command line, and is left out where it doesn't
 * belong; on the command line, what doesn't belong is an error.
 *
 * @throws {UsageError} where the options are not those of one form, or the name given breaks the rule for names.
 */
export function uploadSource(settings: Settings): UploadSource {
  return isStream(settings) ? streamSource(settings) : fileSource(settings);
}

function isStream(settings: Settings): boolean {
  const stdin = settings.flag("stdin");
  if (settings.optionalText("filename") === undefined) {
    if (stdin) return true;
    throw wrong("Neither --filename nor --stdin is given");
  }
  if (!stdin) return false;
  if (settings.isTyped("stdin") === settings.isTyped("filename")) {
    throw wrong("Options --filename and --stdin exclude each other");
  }
  return settings.isTyped("stdin");
}

/** How errors speak of standard input. */
export const INPUT_WORDS: StreamWords = {
  title: "standard input",
  advice:
    "give --check-max-file-size with the most that may come, or a larger --partsize",
};

function streamSource(settings: Settings): UploadSource {
  refuse("dir", "--stdin", settings);
  const name = settings.optionalText("set-rel-filename");
  if (name === undefined) {
    throw wrong("Option --stdin is given without --set-rel-filename");
  }
  const maxSize = settings.optionalNumber("check-max-file-size");
  return {
    kind: "stream",
    name: checked(name),
    maxSize: maxSize === undefined ? undefined : maxSize * MEBIBYTE,
  };
}

function fileSource(settings: Settings): UploadSource {
  refuse("check-max-file-size", "--filename", settings);
  const path = settings.text("filename");
  const dir = settings.optionalText("dir");
  const name = settings.optionalText("set-rel-filename");
  if (dir === undefined && name === undefined) {
    throw wrong(
      "Option --filename is given without --dir or --set-rel-filename",
    );
  }
  if (settings.isTyped("dir") && settings.isTyped("set-rel-filename")) {
    throw wrong("Options --dir and --set-rel-filename exclude each other");
  }
  const takesName = name !== undefined && !settings.isTyped("dir");
  return takesName
    ? { kind: "named", path, name: checked(name) }
    : { kind: "below", path, dir: dir! };
}

/** Refuses an option that does not belong to the form, where it was typed. */
function refuse(option: OptionName, form: string, settings: Settings): void {
  if (!settings.isTyped(option)) return;
  throw wrong(`Option --${option} does not go with ${form}`);
}

function checked(name: string): string {
  const problem = checkRelativeName(name);
  if (problem === undefined) return name;
  throw new UsageError(
    `--set-rel-filename takes a relative name with / between its parts, not "${
      printable(name)
    }": ${problem}`,
  );
}
