/**
 * A good request of every operation, from which each bad one differs in
 * something.
 *
 * @module
 */

import { vaultPolicy } from "../../server/testing.ts";
import type { BadRequest, Body } from "./row.ts";

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

/** What is changed of a good request. */
export type Change = Omit<BadRequest, "name" | "operation" | "refused">;

/** A request that succeeds. IDs of the fixture stand in braces. */
export interface GoodRequest {
  method: string;
  target: string;
  headers?: Record<string, string>;
  body?: Body;
  /** Whether it has the hashes of its body in headers. */
  hashed?: boolean;
}

const TEXT = "0123456789";
const POLICY = { json: { Policy: vaultPolicy("Deny") } };

/** By the name of the operation. */
export const GOOD_REQUESTS: Record<string, GoodRequest> = {
  AbortMultipartUpload: {
    method: "DELETE",
    target: "/-/vaults/v/multipart-uploads/{spareUpload}",
  },
  AbortVaultLock: { method: "DELETE", target: "/-/vaults/w/lock-policy" },
  AddTagsToVault: {
    method: "POST",
    target: "/-/vaults/w/tags?operation=add",
    body: { json: { Tags: { site: "north" } } },
  },
  CompleteMultipartUpload: {
    method: "POST",
    target: "/-/vaults/v/multipart-uploads/{fullUpload}",
    headers: {
      "x-amz-archive-size": "{fullSize}",
      "x-amz-sha256-tree-hash": "{fullHash}",
    },
  },
  CompleteVaultLock: {
    method: "POST",
    target: "/-/vaults/v/lock-policy/{lock}",
  },
  CreateVault: { method: "PUT", target: "/-/vaults/another" },
  DeleteArchive: {
    method: "DELETE",
    target: "/-/vaults/v/archives/{spareArchive}",
  },
  DeleteVault: { method: "DELETE", target: "/-/vaults/unused" },
  DeleteVaultAccessPolicy: {
    method: "DELETE",
    target: "/-/vaults/w/access-policy",
  },
  DeleteVaultNotifications: {
    method: "DELETE",
    target: "/-/vaults/w/notification-configuration",
  },
  DescribeJob: { method: "GET", target: "/-/vaults/v/jobs/{job}" },
  DescribeVault: { method: "GET", target: "/-/vaults/v" },
  GetDataRetrievalPolicy: {
    method: "GET",
    target: "/-/policies/data-retrieval",
  },
  GetJobOutput: {
    method: "GET",
    target: "/-/vaults/v/jobs/{job}/output",
    headers: { range: "bytes=0-9" },
  },
  GetVaultAccessPolicy: { method: "GET", target: "/-/vaults/v/access-policy" },
  GetVaultLock: { method: "GET", target: "/-/vaults/v/lock-policy" },
  GetVaultNotifications: {
    method: "GET",
    target: "/-/vaults/v/notification-configuration",
  },
  InitiateJob: {
    method: "POST",
    target: "/-/vaults/v/jobs",
    body: {
      json: {
        Type: "archive-retrieval",
        ArchiveId: "{archive}",
        RetrievalByteRange: "1048576-2097151",
        Description: "the second mebibyte",
        SNSTopic: "arn:aws:sns:us-east-1:000000000000:done",
        Tier: "Bulk",
      },
    },
  },
  InitiateMultipartUpload: {
    method: "POST",
    target: "/-/vaults/v/multipart-uploads",
    headers: {
      "x-amz-archive-description": "in parts",
      "x-amz-part-size": "1048576",
    },
  },
  InitiateVaultLock: {
    method: "POST",
    target: "/-/vaults/empty/lock-policy",
    body: POLICY,
  },
  ListJobs: { method: "GET", target: "/-/vaults/v/jobs?limit=50" },
  ListMultipartUploads: {
    method: "GET",
    target: "/-/vaults/v/multipart-uploads?limit=50",
  },
  ListParts: {
    method: "GET",
    target: "/-/vaults/v/multipart-uploads/{openUpload}?limit=50",
  },
  ListProvisionedCapacity: {
    method: "GET",
    target: "/-/provisioned-capacity",
  },
  ListTagsForVault: { method: "GET", target: "/-/vaults/v/tags" },
  ListVaults: { method: "GET", target: "/-/vaults?limit=10" },
  PurchaseProvisionedCapacity: {
    method: "POST",
    target: "/-/provisioned-capacity",
  },
  RemoveTagsFromVault: {
    method: "POST",
    target: "/-/vaults/w/tags?operation=remove",
    body: { json: { TagKeys: ["site"] } },
  },
  SetDataRetrievalPolicy: {
    method: "PUT",
    target: "/-/policies/data-retrieval",
    body: {
      json: {
        Policy: {
          Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 1_000_000 }],
        },
      },
    },
  },
  SetVaultAccessPolicy: {
    method: "PUT",
    target: "/-/vaults/w/access-policy",
    body: POLICY,
  },
  SetVaultNotifications: {
    method: "PUT",
    target: "/-/vaults/w/notification-configuration",
    body: {
      json: {
        SNSTopic: "arn:aws:sns:us-east-1:000000000000:done",
        Events: ["ArchiveRetrievalCompleted"],
      },
    },
  },
  UploadArchive: {
    method: "POST",
    target: "/-/vaults/v/archives",
    headers: { "x-amz-archive-description": "ten digits" },
    body: TEXT,
    hashed: true,
  },
  UploadMultipartPart: {
    method: "PUT",
    target: "/-/vaults/v/multipart-uploads/{openUpload}",
    headers: { "content-range": "bytes 0-9/*" },
    body: TEXT,
    hashed: true,
  },
};

/** Requests that look like bad ones and are good: what they change, of which operation. */
export const ALSO_GOOD: readonly [operation: string, change: Change][] = [
  ["ListVaults", { signing: { signer: "temporary" } }],
  ["ListVaults", { signing: { presigned: 60 } }],
  ["ListVaults", { signing: { presigned: 604_800, age: 6 * DAY } }],
  ["ListVaults", { signing: { presigned: 60, signer: "temporary" } }],
  ["ListVaults", { signing: { age: 14 * MINUTE } }],
  ["ListVaults", { signing: { age: -14 * MINUTE } }],
  ["ListVaults", { signing: { dateHeader: "date" } }],
  ["ListVaults", { headers: { "x-extra": ["1", "2"] } }],
  ["ListVaults", { target: "http://{host}/-/vaults" }],
  ["ListVaults", { target: "/000000000000/vaults?limit=1&limit=0" }],
  ["ListVaults", { framing: { version: "HTTP/1.0" } }],
  ["SetVaultAccessPolicy", { framing: { chunked: true } }],
  ["UploadArchive", { headers: { expect: "100-continue" } }],
  ["UploadMultipartPart", { headers: { "content-range": "bytes 0-9/10" } }],
];
