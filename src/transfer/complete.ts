/**
 * Making an archive of its parts, and what is left where that can't be told.
 *
 * @module
 */

import {
  IntegrityError,
  isTransient,
  ItemNotFoundError,
  mayHaveTakenEffect,
  messageOf,
  ServiceError,
} from "../errors.ts";
import type { Intents } from "../journal/intents.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore, StoredArchive } from "../store.ts";
import type { Emit } from "./events.ts";

/** What completing works with. */
export interface CompletionContext {
  store: ArchiveStore;
  intents: Intents;
  emit: Emit;
  /** Once aborted, the request is not sent again; the next run will do so. */
  stop: AbortSignal;
}

/**
 * Completes an upload whose intent says so already. Where it fails, the intent
 * is left in the state that is true:
 *
 * - no answer, or one that may pass: open, the next run asks again;
 * - refused: the upload is ended at the service, and settled;
 * - anything else: in doubt, and the user is told. An upload that isn't there
 *   may have become an archive, by a request whose answer was lost.
 *
 * @throws whatever went wrong, in each of these cases.
 */
export async function completeUpload(
  id: string,
  upload: { name: string; uploadId: string; size: number; treeHash: string },
  context: CompletionContext,
): Promise<StoredArchive> {
  const { store, stop } = context;
  const { uploadId, size, treeHash } = upload;
  try {
    return await store.completeUpload(uploadId, { size, treeHash }, {
      stop,
      name: upload.name,
    });
  } catch (error) {
    if (isRefusal(error)) await endUpload(id, uploadId, context);
    else if (isInconclusive(error)) {
      await doubt(id, upload.name, error, context);
    }
    throw error;
  }
}

/** The service looked at the parts, and made no archive of them. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServiceError && !isTransient(error) &&
    !(error instanceof ItemNotFoundError) &&
    error.code === "InvalidParameterValueException";
}

/** The service said nothing of this upload, but of the keys, the permissions or the vault: mended, it can be asked again. */
function isAboutAccess(error: ServiceError): boolean {
  return error.status === 401 || error.status === 403 ||
    ACCESS_CODES.has(error.code);
}

const ACCESS_CODES: ReadonlySet<string> = new Set([
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "ResourceNotFoundException",
  "UnrecognizedClientException",
]);

/** Asking again would tell no more. */
function isInconclusive(error: unknown): boolean {
  if (error instanceof ItemNotFoundError || error instanceof IntegrityError) {
    return true;
  }
  if (!(error instanceof ServiceError) || isTransient(error)) return false;
  return error.status < 400 ? mayHaveTakenEffect(error) : !isAboutAccess(error);
}

/** Ends an upload of which nothing can come; where that fails, its intent stays for the next run. */
export async function endUpload(
  id: string,
  uploadId: string,
  { store, intents, stop }: Pick<
    CompletionContext,
    "store" | "intents" | "stop"
  >,
): Promise<void> {
  try {
    await store.abortUpload(uploadId, { stop });
    await intents.settle(id, "aborted");
  } catch {
    // The error that led here is the one that matters.
  }
}

/** Keeps in mind that an archive may exist that the journal doesn't have, and says so. */
export async function doubt(
  id: string,
  name: string,
  reason: unknown,
  { intents, emit }: Pick<CompletionContext, "intents" | "emit">,
): Promise<void> {
  await intents.doubt(id, messageOf(reason));
  emit({
    type: "warning",
    message: `A copy of ${
      printable(name)
    } may be in the vault without a line in the journal, because it is not known how its upload ended (${
      messageOf(reason)
    }); an inventory of the vault shows it, and then journal reconcile --adopt records it`,
  });
}
