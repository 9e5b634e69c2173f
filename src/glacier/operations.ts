/**
 * The operations of Amazon Glacier's API of 2012-06-01, in a table.
 *
 * @module
 */

/** How an operation is requested. */
export interface Operation {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** Path with the names of its parameters in braces, and a fixed query. */
  path: string;
  /** Whether it may be sent again when it is not known whether it took effect. */
  idempotent: boolean;
}

const VAULT = "/{accountId}/vaults/{vaultName}";
const UPLOAD = `${VAULT}/multipart-uploads/{uploadId}`;
const JOB = `${VAULT}/jobs/{jobId}`;
const RETRIEVAL_POLICY = "/{accountId}/policies/data-retrieval";
const CAPACITY = "/{accountId}/provisioned-capacity";

/** Name of an operation. */
export type OperationName =
  | "CreateVault"
  | "DescribeVault"
  | "DeleteVault"
  | "ListVaults"
  | "AddTagsToVault"
  | "RemoveTagsFromVault"
  | "ListTagsForVault"
  | "SetVaultNotifications"
  | "GetVaultNotifications"
  | "DeleteVaultNotifications"
  | "UploadArchive"
  | "DeleteArchive"
  | "InitiateMultipartUpload"
  | "UploadMultipartPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListMultipartUploads"
  | "ListParts"
  | "InitiateJob"
  | "DescribeJob"
  | "ListJobs"
  | "GetJobOutput"
  | "SetVaultAccessPolicy"
  | "GetVaultAccessPolicy"
  | "DeleteVaultAccessPolicy"
  | "InitiateVaultLock"
  | "GetVaultLock"
  | "AbortVaultLock"
  | "CompleteVaultLock"
  | "SetDataRetrievalPolicy"
  | "GetDataRetrievalPolicy"
  | "PurchaseProvisionedCapacity"
  | "ListProvisionedCapacity";

/** Every operation. ("API Reference" in the Glacier developer guide) */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  CreateVault: repeatable("PUT", VAULT),
  DescribeVault: repeatable("GET", VAULT),
  DeleteVault: repeatable("DELETE", VAULT),
  ListVaults: repeatable("GET", "/{accountId}/vaults"),

  AddTagsToVault: repeatable("POST", `${VAULT}/tags?operation=add`),
  RemoveTagsFromVault: repeatable("POST", `${VAULT}/tags?operation=remove`),
  ListTagsForVault: repeatable("GET", `${VAULT}/tags`),
  SetVaultNotifications: repeatable(
    "PUT",
    `${VAULT}/notification-configuration`,
  ),
  GetVaultNotifications: repeatable(
    "GET",
    `${VAULT}/notification-configuration`,
  ),
  DeleteVaultNotifications: repeatable(
    "DELETE",
    `${VAULT}/notification-configuration`,
  ),

  // Each upload makes an archive of its own.
  UploadArchive: once("POST", `${VAULT}/archives`),
  DeleteArchive: repeatable("DELETE", `${VAULT}/archives/{archiveId}`),

  // An upload begun for nothing costs nothing and goes away by itself.
  InitiateMultipartUpload: repeatable("POST", `${VAULT}/multipart-uploads`),
  UploadMultipartPart: repeatable("PUT", UPLOAD),
  CompleteMultipartUpload: repeatable("POST", UPLOAD),
  AbortMultipartUpload: repeatable("DELETE", UPLOAD),
  ListMultipartUploads: repeatable("GET", `${VAULT}/multipart-uploads`),
  ListParts: repeatable("GET", UPLOAD),

  // Each job is billed.
  InitiateJob: once("POST", `${VAULT}/jobs`),
  DescribeJob: repeatable("GET", JOB),
  ListJobs: repeatable("GET", `${VAULT}/jobs`),
  GetJobOutput: repeatable("GET", `${JOB}/output`),

  SetVaultAccessPolicy: repeatable("PUT", `${VAULT}/access-policy`),
  GetVaultAccessPolicy: repeatable("GET", `${VAULT}/access-policy`),
  DeleteVaultAccessPolicy: repeatable("DELETE", `${VAULT}/access-policy`),

  // A second one is refused, and the ID that the first one gave is lost.
  InitiateVaultLock: once("POST", `${VAULT}/lock-policy`),
  GetVaultLock: repeatable("GET", `${VAULT}/lock-policy`),
  AbortVaultLock: repeatable("DELETE", `${VAULT}/lock-policy`),
  CompleteVaultLock: repeatable("POST", `${VAULT}/lock-policy/{lockId}`),

  SetDataRetrievalPolicy: repeatable("PUT", RETRIEVAL_POLICY),
  GetDataRetrievalPolicy: repeatable("GET", RETRIEVAL_POLICY),

  // Each unit is paid for a month.
  PurchaseProvisionedCapacity: once("POST", CAPACITY),
  ListProvisionedCapacity: repeatable("GET", CAPACITY),
};

function repeatable(method: Operation["method"], path: string): Operation {
  return { method, path, idempotent: true };
}

function once(method: Operation["method"], path: string): Operation {
  return { method, path, idempotent: false };
}
