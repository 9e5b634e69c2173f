/**
 * moraine as a library: the parts of which its command line is made.
 *
 * @module
 */

export type {
  Credentials,
  CredentialsProvider,
} from "./src/aws/credentials.ts";
export {
  CredentialsError,
  FileError,
  IntegrityError,
  isTransient,
  ItemNotFoundError,
  JournalError,
  mayHaveTakenEffect,
  MoraineError,
  NetworkError,
  ServiceError,
  UnsafeNameError,
  UsageError,
} from "./src/errors.ts";
export { GlacierClient, type GlacierOptions } from "./src/glacier/client.ts";
export { GlacierService } from "./src/glacier/service.ts";
export { GlacierStore, type GlacierStoreOptions } from "./src/glacier/store.ts";
export type {
  ArchiveService,
  ArchiveStore,
  CallOptions,
  HashedBytes,
  Inventory,
  InventoryArchive,
  InventoryFormat,
  Retrieval,
  RetrievedBytes,
  StoredArchive,
  StoredPart,
  StoreLimits,
  VaultInfo,
} from "./src/store.ts";
export {
  combineParts,
  type HashedPart,
  isMebibyteAligned,
  isTreeHashAligned,
  LEAF_SIZE,
  type Sha256,
  TreeHash,
  treeHash,
} from "./src/treehash/tree_hash.ts";
export { VERSION } from "./src/version.ts";
