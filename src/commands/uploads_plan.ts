/**
 * Which of a vault's unfinished uploads are whose, and what becomes of them.
 *
 * @module
 */

import { decodeForeignDescription } from "../files/foreign_names.ts";
import { decodeDescription } from "../files/names.ts";
import type {
  CompletingIntent,
  Doubt,
  MultipartIntent,
  OpenUpload,
} from "../journal/intent_record.ts";
import type { Intents } from "../journal/intents.ts";
import type { ListedUpload } from "../store.ts";
import type { UploadState } from "./command_events.ts";

/** An unfinished upload in parts. */
export interface UnfinishedUpload extends ListedUpload {
  state: UploadState;
  /** Whether the service knows it. */
  listed: boolean;
  /** IDs of its intents; none for a foreign one. */
  ids: string[];
  /** From the intent, else from the description; `null` where that tells none. */
  name: string | null;
  /** Of the file, in bytes; `null` where unknown. */
  size: number | null;
}

/** An upload that may have made an archive that the journal doesn't know. */
export interface UploadInDoubt extends Doubt {
  id: string;
}

/** What there is. */
export interface SortedUploads {
  uploads: UnfinishedUpload[];
  inDoubt: UploadInDoubt[];
  /** How many unfinished uploads of the journal are of other vaults. */
  elsewhere: number;
}

type PartsIntent = MultipartIntent | CompletingIntent;

/** An intent of an upload in parts. */
interface Own {
  id: string;
  intent: PartsIntent;
  doubtful: boolean;
}

/**
 * Joins what the service lists with what the journal's intents say, read
 * before that and after it: a run of this journal may be under way.
 *
 * @param location of the vault, as intents have it.
 */
export function sortUploads(
  listed: readonly ListedUpload[],
  before: Pick<Intents, "pending" | "doubtful">,
  after: Pick<Intents, "pending" | "doubtful">,
  location: string,
): SortedUploads {
  const earlier = ownUploads(before);
  const own = ownUploads(after);
  const uploads: UnfinishedUpload[] = [];
  for (const upload of listed) {
    const intents = own.get(upload.uploadId);
    if (intents !== undefined) uploads.push(ownUpload(upload, intents, true));
    // Otherwise it was ended while it was listed.
    else if (!earlier.has(upload.uploadId)) uploads.push(foreign(upload));
  }
  const known = new Set(listed.map(({ uploadId }) => uploadId));
  let elsewhere = 0;
  for (const [uploadId, intents] of own) {
    if (known.has(uploadId)) continue;
    // Told of as a doubt.
    if (intents.every(({ doubtful }) => doubtful)) continue;
    const [{ intent }] = intents;
    if (intent.vault !== location) elsewhere++;
    // Otherwise it was begun after the list was made.
    else if (earlier.has(uploadId)) {
      const { description, partSize, started: began } = intent;
      const upload = { uploadId, description, partSize, began };
      uploads.push(ownUpload(upload, intents, false));
    }
  }
  return { uploads, inDoubt: uploadsInDoubt(after, location), elsewhere };
}

/** The journal's uploads in parts, by the service's ID. One can have two intents: who goes on with it may begin one anew. */
function ownUploads(
  { pending, doubtful }: Pick<Intents, "pending" | "doubtful">,
): Map<string, Own[]> {
  const own = new Map<string, Own[]>();
  const add = (id: string, intent: OpenUpload, doubtful: boolean) => {
    if (intent.kind === "upload") return;
    const others = own.get(intent.uploadId);
    if (others === undefined) {
      own.set(intent.uploadId, [{ id, intent, doubtful }]);
    } else others.push({ id, intent, doubtful });
  };
  for (const [id, intent] of pending) {
    if (intent.kind !== "replacing") add(id, intent, false);
  }
  for (const [id, { intent }] of doubtful) add(id, intent, true);
  return own;
}

function ownUpload(
  upload: ListedUpload,
  intents: readonly Own[],
  listed: boolean,
): UnfinishedUpload {
  const { name, size } = intents.at(-1)!.intent;
  const state = stateOf(intents, listed);
  const ids = intents.map(({ id }) => id);
  return { ...upload, state, listed, ids, name, size };
}

function stateOf(intents: readonly Own[], listed: boolean): UploadState {
  if (intents.some(({ doubtful }) => doubtful)) return "doubtful";
  if (intents.some(({ intent }) => intent.kind === "completing")) {
    return "completing";
  }
  if (!listed) return "gone";
  return intents.some(({ intent }) => intent.size === null)
    ? "stream"
    : "resumable";
}

function foreign(upload: ListedUpload): UnfinishedUpload {
  const { description } = upload;
  const file = decodeDescription(description) ??
    decodeForeignDescription(description);
  const name = file?.name ?? null;
  return {
    ...upload,
    state: "foreign",
    listed: true,
    ids: [],
    name,
    size: null,
  };
}

function uploadsInDoubt(
  { pending, doubtful }: Pick<Intents, "pending" | "doubtful">,
  location: string,
): UploadInDoubt[] {
  const all: UploadInDoubt[] = [];
  for (const [id, doubt] of doubtful) all.push({ id, ...doubt });
  for (const [id, intent] of pending) {
    if (intent.kind !== "upload") continue;
    const reason =
      "it is being sent, or the program ended meanwhile: then the next sync sees to it";
    all.push({ id, intent, time: intent.started, reason });
  }
  return all.filter(({ intent }) => intent.vault === location);
}

/** Whether ending it can't lose an archive. */
export function canBeAborted({ state }: UnfinishedUpload): boolean {
  return state !== "completing" && state !== "doubtful";
}
