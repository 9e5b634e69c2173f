/**
 * What a soak test knows of a server's state: what it must have, what it may
 * have because an answer was lost, and that it has nothing else.
 *
 * @module
 */

/** An archive that was sent. Its description is its name here: no other has it. */
export interface ModelArchive {
  vault: string;
  description: string;
  size: number;
  treeHash: string;
  /** How many blobs hold it. */
  parts: number;
  /** Its bytes follow from this number. */
  seed: number;
  /** Absent where the answer that told it was lost. */
  id?: string;
  /** Whether the service has it; `maybe` where nobody saw the answer. */
  state: "present" | "deleted" | "refused" | "maybe";
}

/** An upload in parts that was not ended. */
export interface ModelUpload {
  vault: string;
  id: string;
  description: string;
  /** Tree hash of each part, by where it begins. */
  parts: Map<number, string>;
}

/** What one client has set for a vault of its own. */
export interface ModelVault {
  name: string;
  tags: Map<string, string>;
  topic: string | null;
  policy: string | null;
}

/** Everything. Clients share it, and each changes what is its own. */
export interface Model {
  archives: Map<string, ModelArchive>;
  /** Open uploads by description. */
  uploads: Map<string, ModelUpload>;
  /** Descriptions of uploads that may have begun: the answer was lost. */
  maybeUploads: Set<string>;
  /** Vaults of the clients' own; those that were deleted are not there. */
  vaults: Map<string, ModelVault>;
  /** How often each kind of step was done. */
  steps: Map<string, number>;
}

export function emptyModel(): Model {
  return {
    archives: new Map(),
    uploads: new Map(),
    maybeUploads: new Set(),
    vaults: new Map(),
    steps: new Map(),
  };
}
