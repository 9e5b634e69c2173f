/**
 * What upload-file is to upload, from its options.
 *
 * @module
 */

import type { UploadSource } from "../commands/upload_file.ts";
import type { Settings } from "./settings.ts";

/** The source; see the three forms in the help of upload-file. */
export function uploadSource(_settings: Settings): UploadSource {
  throw new Error("not written");
}
