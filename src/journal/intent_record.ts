/**
 * What is written down before a request that creates an archive: one line of
 * the intents file, and the fold of its lines.
 *
 * @module
 */

import { parseJsonObject } from "./json_object.ts";

/** What an upload is of. */
export interface UploadSubject {
  /** Title of the store that it goes to, such as `vault photos in eu-west-1`. */
  vault: string;
  /** The name under which the archive will stand in the journal. */
  name: string;
  /** Size in bytes; `null` where the content is a stream of unknown length. */
  size: number | null;
  /** Last modification in whole seconds since 1970; `null` where unknown. */
  mtime: number | null;
  /** Lower-case hexadecimal; `null` where it is known only at the end. */
  treeHash: string | null;
  /** The archive's description, as sent. */
  description: string;
  /** When the upload began, in whole seconds since 1970, by the clock that stamps the journal. */
  started: number;
  /** ID of the archive that is to be deleted once this one is recorded, where it replaces one. */
  replaces?: string;
}

/** An upload by one request is about to be sent. */
export interface UploadIntent extends UploadSubject {
  kind: "upload";
  size: number;
  treeHash: string;
  /** IDs of the archives that the journal had of just this file before, if any: none of them is the one that this upload makes. */
  others?: string[];
}

/** An upload in parts was begun. */
export interface MultipartIntent extends UploadSubject {
  kind: "multipart";
  uploadId: string;
  /** Size of the parts in bytes. */
  partSize: number;
}

/** All parts are there, and the request that makes the archive of them is about to be sent. */
export interface CompletingIntent extends Omit<MultipartIntent, "kind"> {
  kind: "completing";
  size: number;
  treeHash: string;
}

/** A new version of a file is recorded, and the archive that it replaces is about to be deleted. */
export interface ReplacingIntent extends Pick<UploadSubject, "vault" | "name"> {
  kind: "replacing";
  replaces: string;
}

/** An upload whose outcome is open. */
export type OpenUpload = UploadIntent | MultipartIntent | CompletingIntent;

/** What is to be finished. */
export type PendingIntent = OpenUpload | ReplacingIntent;

/** An archive may exist that no journal has: the answer to the request was lost. */
export interface Doubt {
  intent: OpenUpload;
  /** When it was found out, in whole seconds since 1970. */
  time: number;
  /** Why it is not known, for the user. */
  reason: string;
}

/** How an upload ended. */
export type Outcome = "created" | "failed" | "aborted" | "abandoned";

/** A line of the intents file. `id` names the upload among the lines. */
export type IntentLine =
  | { id: string } & (UploadIntent | MultipartIntent | ReplacingIntent)
  | { id: string; kind: "completing"; size: number; treeHash: string }
  | { id: string; kind: "settled"; outcome: Outcome }
  | { id: string; kind: "doubtful"; time: number; reason: string };

/** What the lines come to. */
export interface IntentFold {
  /** Uploads whose outcome is open, and deletions that are due, by ID. */
  pending: Map<string, PendingIntent>;
  /** Uploads that may have made an archive that nobody knows of, by ID. */
  doubtful: Map<string, Doubt>;
}

/** Nothing under way, nothing in doubt. */
export function emptyFold(): IntentFold {
  return { pending: new Map(), doubtful: new Map() };
}

/**
 * Takes in a line. One about an upload that is not known, or known to have
 * ended, changes nothing: the file may have been compacted meanwhile.
 */
export function applyIntentLine(fold: IntentFold, line: IntentLine): void {
  const { pending, doubtful } = fold;
  const { id } = line;
  switch (line.kind) {
    case "upload":
    case "multipart":
    case "replacing": {
      const { id: _, ...intent } = line;
      pending.set(id, intent);
      // What came of one in doubt is known by now.
      doubtful.delete(id);
      return;
    }
    case "completing": {
      const intent = pending.get(id);
      if (intent === undefined || !("uploadId" in intent)) return;
      const { kind, size, treeHash } = line;
      pending.set(id, { ...intent, kind, size, treeHash });
      return;
    }
    case "settled":
      pending.delete(id);
      doubtful.delete(id);
      return;
    case "doubtful": {
      const intent = pending.get(id);
      if (intent === undefined || intent.kind === "replacing") return;
      pending.delete(id);
      doubtful.set(id, { intent, time: line.time, reason: line.reason });
      return;
    }
  }
}

/** The fewest lines that come to this. */
export function* linesOf(fold: IntentFold): Iterable<IntentLine> {
  for (const [id, intent] of fold.pending) yield* linesOfIntent(id, intent);
  for (const [id, { intent, time, reason }] of fold.doubtful) {
    yield* linesOfIntent(id, intent);
    yield { id, kind: "doubtful", time, reason };
  }
}

function* linesOfIntent(
  id: string,
  intent: PendingIntent,
): Iterable<IntentLine> {
  if (intent.kind !== "completing") {
    yield { id, ...intent };
    return;
  }
  const { size, treeHash } = intent;
  yield { id, ...intent, kind: "multipart" };
  yield { id, kind: "completing", size, treeHash };
}

/** The line as text, with its LF. */
export function formatIntentLine(line: IntentLine): string {
  return JSON.stringify(line) + "\n";
}

/** What a field holds. */
type FieldType =
  | "text"
  | "text or absent"
  | "number"
  | "number or null"
  | "texts or absent"
  /** Bytes, at least 0. */
  | "size"
  | "size or null"
  | "tree hash"
  | "tree hash or null";

const SUBJECT: Record<string, FieldType> = {
  id: "text",
  name: "text",
  size: "size",
  mtime: "number or null",
  treeHash: "tree hash",
  description: "text",
  vault: "text",
  started: "number",
  replaces: "text or absent",
};

/** The fields of each kind of line. */
const FIELDS: Record<IntentLine["kind"], Record<string, FieldType>> = {
  upload: { ...SUBJECT, others: "texts or absent" },
  multipart: {
    ...SUBJECT,
    size: "size or null",
    treeHash: "tree hash or null",
    uploadId: "text",
    partSize: "size",
  },
  replacing: { id: "text", vault: "text", name: "text", replaces: "text" },
  completing: { id: "text", size: "size", treeHash: "tree hash" },
  settled: { id: "text", outcome: "text" },
  doubtful: { id: "text", time: "number", reason: "text" },
};

/** Reads a line, given without its LF; `undefined` where it is none of ours. */
export function parseIntentLine(text: string): IntentLine | undefined {
  const line = parseJsonObject(text);
  // All that the kind of line has to have was looked at.
  return line && isIntentLine(line) ? line as unknown as IntentLine : undefined;
}

function isIntentLine(line: Record<string, unknown>): boolean {
  if (typeof line.kind !== "string" || !Object.hasOwn(FIELDS, line.kind)) {
    return false;
  }
  const fields = FIELDS[line.kind as IntentLine["kind"]];
  return Object.entries(fields).every(([name, type]) =>
    hasType(line[name], type)
  );
}

function hasType(value: unknown, type: FieldType): boolean {
  switch (type) {
    case "text":
      return typeof value === "string";
    case "text or absent":
      return value === undefined || typeof value === "string";
    case "texts or absent":
      return value === undefined ||
        Array.isArray(value) && value.every((each) => typeof each === "string");
    case "number":
      return Number.isSafeInteger(value);
    case "number or null":
      return value === null || Number.isSafeInteger(value);
    case "size":
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case "size or null":
      return value === null || hasType(value, "size");
    case "tree hash":
      return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
    case "tree hash or null":
      return value === null || hasType(value, "tree hash");
  }
}
