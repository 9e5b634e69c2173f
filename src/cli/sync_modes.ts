/**
 * What sync is to do, from its options.
 *
 * @module
 */

import type { DetectMode, SyncModes } from "../commands/plan.ts";
import type { Settings } from "./settings.ts";

/** The modes of sync: what is asked for, otherwise to upload new files. */
export function syncModes(settings: Settings): SyncModes {
  const replace = settings.flag("replace-modified");
  const deleteRemoved = settings.flag("delete-removed");
  return {
    new: settings.flag("new") || !(replace || deleteRemoved),
    replaceModified: replace
      ? settings.text("detect") as DetectMode
      : undefined,
    deleteRemoved,
  };
}
