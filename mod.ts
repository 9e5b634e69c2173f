/**
 * moraine as a library: copies of local files in the vaults of Amazon Glacier,
 * under Deno and Node.
 *
 * {@linkcode Vault} does what the command line does: sync, restore and the
 * rest, with events and an `AbortSignal`. {@linkcode readJournal} and
 * {@linkcode checkLocalHash} need no network. Below these are the parts:
 * {@linkcode GlacierClient} with every operation of the service,
 * {@linkcode GlacierStore} with what an archive service has to offer,
 * {@linkcode TreeHash}, and the journal's lines.
 *
 * All sizes are bytes; all times whole seconds since 1970 where nothing else is
 * said; all hashes lower-case hexadecimal where they are text.
 *
 * @module
 */

export type {
  Credentials,
  CredentialsProvider,
} from "./src/aws/credentials.ts";
export type { Fetch } from "./src/aws/http.ts";
export type {
  RetryEvent,
  RetryPolicy,
  RetryTiming,
} from "./src/async/retry.ts";
export type { DetectMode } from "./src/commands/plan.ts";
export {
  CredentialsError,
  FileError,
  type FileProblem,
  IntegrityError,
  isTransient,
  ItemNotFoundError,
  JournalError,
  mayHaveTakenEffect,
  MoraineError,
  NetworkError,
  type NetworkProblem,
  ServiceError,
  type ServiceErrorDetails,
  UnsafeNameError,
  UsageError,
} from "./src/errors.ts";
export {
  createFilter,
  EVERYTHING,
  type FilterRule,
  type NameFilter,
  parseFilterRules,
} from "./src/files/filter.ts";
export {
  decodeDescription,
  type DescribedFile,
  encodeDescription,
} from "./src/files/names.ts";
export { GlacierClient, type GlacierOptions } from "./src/glacier/client.ts";
export type { OperationName } from "./src/glacier/operations.ts";
export type {
  GiveUpEvent,
  LimitEvent,
  RequestEvent,
  SenderOptions,
} from "./src/glacier/sender.ts";
export type {
  ArchiveCreation,
  ArchiveInput,
  ArchiveRetrievalInput,
  ByteRange,
  CsvInput,
  CsvOutput,
  DataRetrievalRule,
  Grant,
  InitiatedJob,
  InventoryRange,
  InventoryRetrievalInput,
  JobDescription,
  JobFilter,
  JobInput,
  JobInputBase,
  JobOutput,
  MultipartUpload,
  OutputLocation,
  OutputRange,
  Page,
  PageOptions,
  PartInput,
  PartsPage,
  ProvisionedCapacity,
  SelectInput,
  SelectParameters,
  Tier,
  UploadedPart,
  VaultDescription,
  VaultEvent,
  VaultLock,
  VaultNotificationConfig,
} from "./src/glacier/types.ts";
export { GlacierService } from "./src/glacier/service.ts";
export { GlacierStore, type GlacierStoreOptions } from "./src/glacier/store.ts";
export {
  type CreatedRecord,
  type DeletedRecord,
  formatRecord,
  type InvalidLine,
  type JournalRecord,
  parseLine,
  type RetrieveJobRecord,
} from "./src/journal/record.ts";
export type { JournalContents, JournalEntry } from "./src/journal/state.ts";
export type { Clock } from "./src/platform.ts";
export { awsGlacierClient } from "./src/library/aws_client.ts";
export {
  awsCredentials,
  type AwsCredentialsOptions,
} from "./src/library/credentials.ts";
export {
  checkLocalHash,
  type CheckRunOptions,
  readJournal,
} from "./src/library/local.ts";
export type { RunOptions } from "./src/library/run.ts";
export { Vault } from "./src/library/vault.ts";
export type {
  DownloadRunOptions,
  InventoryRequestOptions,
  InventoryRunOptions,
  JournalRunOptions,
  PurgeRunOptions,
  RestoreRunOptions,
  SyncRunOptions,
  UploadRunOptions,
  VaultOptions,
} from "./src/library/vault_options.ts";
export type {
  ArchiveService,
  ArchiveStore,
  CallOptions,
  HashedBytes,
  Inventory,
  InventoryArchive,
  InventoryFormat,
  ListedUpload,
  RequestSubject,
  Retrieval,
  RetrievedBytes,
  StoredArchive,
  StoredPart,
  StoreLimits,
  VaultInfo,
} from "./src/store.ts";
export type {
  CheckOutcome,
  CheckTotals,
  FailureError,
  LocalFile,
  NamedArchive,
  ProgressEvent,
  ResultEvent,
  RunEvent,
  Summary,
  TroubleEvent,
} from "./src/transfer/events.ts";
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
export type { VaultIdentity } from "./src/vault_identity.ts";
export { VERSION } from "./src/version.ts";
