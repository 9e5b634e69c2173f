/**
 * Requests that are not signed well, in both forms. Where a code is not in
 * "Error Responses" in the Glacier developer guide, it is one of those that all
 * services share ("Common Errors" in their API references).
 *
 * @module
 */

import {
  BAD,
  type BadRequest,
  DENIED,
  EXPIRED,
  INCOMPLETE,
  INVALID,
  rowsOf,
  SIGNATURE,
  UNRECOGNIZED,
  UNSIGNED,
} from "./row.ts";

const MINUTE = 60 * 1000;
const ZEROS = "0".repeat(64);

/** The Authorization header and its parts. */
const HEADER: BadRequest[] = [
  ...rowsOf("ListVaults", [
    {
      name: "no Authorization header",
      tampered: { headers: { authorization: null } },
      refused: [400, UNSIGNED, "Missing Authentication Token"],
    },
    {
      name: "a Basic Authorization",
      tampered: { headers: { authorization: "Basic YTpi" } },
      refused: [400, INCOMPLETE, "Unsupported AWS algorithm"],
    },
    {
      name: "an Authorization header sent twice",
      tampered: {
        headers: { authorization: ["{authorization}", "{authorization}"] },
      },
      refused: [400, INCOMPLETE, "invalid or repeated parameter"],
    },
  ]),
  ...rowsOf("DescribeVault", [
    {
      name: "an empty Authorization header",
      tampered: { headers: { authorization: "" } },
      refused: [400, UNSIGNED, "Missing Authentication Token"],
    },
    {
      name: "another algorithm",
      tampered: {
        authorization: ["AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"],
      },
      refused: [400, INCOMPLETE, "Unsupported AWS algorithm"],
    },
    {
      name: "a method changed after it was signed",
      tampered: { method: "DELETE" },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("ListJobs", [
    {
      name: "no Credential",
      tampered: { authorization: [/Credential=[^,]*, /, ""] },
      refused: [400, INCOMPLETE, "requires 'Credential' parameter"],
    },
    {
      name: "no SignedHeaders",
      tampered: { authorization: [/SignedHeaders=[^,]*, /, ""] },
      refused: [400, INCOMPLETE, "requires 'SignedHeaders' parameter"],
    },
    {
      name: "no Signature",
      tampered: { authorization: [/, Signature=.*/, ""] },
      refused: [400, INCOMPLETE, "requires 'Signature' parameter"],
    },
    {
      name: "an empty Signature",
      tampered: { authorization: [/Signature=.*/, "Signature="] },
      refused: [400, INCOMPLETE, "requires 'Signature' parameter"],
    },
    {
      name: "a Signature that is no hash",
      tampered: { authorization: [/Signature=.*/, "Signature=rubbish"] },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "a Signature of zeros",
      tampered: { authorization: [/Signature=.*/, `Signature=${ZEROS}`] },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("DescribeJob", [
    {
      name: "a Credential without a scope",
      tampered: { authorization: [/Credential=[^,]*/, "Credential=AKID"] },
      refused: [400, INCOMPLETE, "at least 5"],
    },
    {
      name: "a scope that ends in something else",
      tampered: { authorization: ["aws4_request", "aws5_request"] },
      refused: [403, SIGNATURE, "valid terminator"],
    },
    {
      name: "a Signature given twice",
      tampered: { authorization: [/$/, `, Signature=${ZEROS}`] },
      refused: [400, INCOMPLETE, "repeated parameter: 'Signature'"],
    },
    {
      name: "a parameter of the Authorization that nobody knows",
      tampered: { authorization: [/$/, ", Extra=1"] },
      refused: [400, INCOMPLETE, "invalid or repeated parameter: 'Extra'"],
    },
  ]),
];

/** Which headers are signed. */
const SIGNED_HEADERS: BadRequest[] = [
  ...rowsOf("GetVaultLock", [
    {
      name: "signed headers out of order",
      tampered: {
        authorization: [
          "SignedHeaders=host;x-amz-date",
          "SignedHeaders=x-amz-date;host",
        ],
      },
      refused: [403, SIGNATURE, "must be sorted"],
    },
    {
      name: "a signed header named twice",
      tampered: {
        authorization: ["SignedHeaders=host", "SignedHeaders=host;host"],
      },
      refused: [403, SIGNATURE, "each of them once"],
    },
    {
      name: "a signed header that isn't sent",
      headers: { "x-extra": "1" },
      tampered: { headers: { "x-extra": null } },
      refused: [403, SIGNATURE, "'x-extra' is a 'SignedHeader' that"],
    },
    {
      name: "an unsigned host",
      signing: { unsigned: ["host"] },
      refused: [403, SIGNATURE, "'host' must be a 'SignedHeader'"],
    },
    {
      name: "an unsigned x-amz-date",
      signing: { unsigned: ["x-amz-date"] },
      refused: [403, SIGNATURE, "'x-amz-date' must be a 'SignedHeader'"],
    },
    {
      name: "an unsigned x-amz-glacier-version",
      signing: { unsigned: ["x-amz-glacier-version"] },
      refused: [403, SIGNATURE, "'x-amz-glacier-version' must be"],
    },
    {
      name: "an unsigned Date that the signature is made with",
      signing: { dateHeader: "date", unsigned: ["date"] },
      refused: [403, SIGNATURE, "'date' must be a 'SignedHeader'"],
    },
    {
      name: "an unsigned x-amz-security-token",
      signing: { signer: "temporary", unsigned: ["x-amz-security-token"] },
      refused: [403, SIGNATURE, "'x-amz-security-token' must be"],
    },
  ]),
  ...rowsOf("InitiateMultipartUpload", [
    {
      name: "an unsigned x-amz-part-size",
      signing: { unsigned: ["x-amz-part-size"] },
      refused: [403, SIGNATURE, "'x-amz-part-size' must be"],
    },
    {
      name: "a description added after it was signed",
      headers: { "x-amz-archive-description": null },
      tampered: { headers: { "x-amz-archive-description": "added" } },
      refused: [403, SIGNATURE, "'x-amz-archive-description' must be"],
    },
    {
      name: "a description that lost its case after it was signed",
      headers: { "x-amz-archive-description": "Photos" },
      tampered: { headers: { "x-amz-archive-description": "photos" } },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
];

/** Keys, scopes and tokens. */
const KEYS: BadRequest[] = [
  ...rowsOf("ListTagsForVault", [
    {
      name: "a key that nobody knows",
      signing: { signer: "stranger" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "no key ID",
      tampered: { authorization: [/Credential=[^/]*/, "Credential="] },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "the secret of another key",
      signing: { signer: "wrong secret" },
      refused: [403, SIGNATURE, "Check your AWS Secret Access Key"],
    },
    {
      name: "another region",
      signing: { region: "eu-west-1" },
      refused: [403, SIGNATURE, "not 'eu-west-1'"],
    },
    {
      name: "another service",
      signing: { service: "s3" },
      refused: [403, SIGNATURE, "correct service: 'glacier'"],
    },
    {
      name: "the scope of another day",
      tampered: { authorization: [/\/\d{8}\//, "/20200101/"] },
      refused: [403, SIGNATURE, "'20200101' != '"],
    },
    {
      name: "the scope of a region changed after it was signed",
      signing: { region: "us-east-2" },
      tampered: { authorization: ["us-east-2", "us-east-1"] },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("GetVaultAccessPolicy", [
    {
      name: "no x-amz-security-token of a temporary key",
      headers: { "x-amz-security-token": null },
      signing: { signer: "temporary" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "an empty x-amz-security-token",
      headers: { "x-amz-security-token": "" },
      signing: { signer: "temporary" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "the x-amz-security-token of another key",
      headers: { "x-amz-security-token": "token of yesterday" },
      signing: { signer: "temporary" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "an x-amz-security-token sent twice",
      headers: {
        "x-amz-security-token": ["token+of/some=hours", "token+of/some=hours"],
      },
      signing: { signer: "temporary" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "an x-amz-security-token of a permanent key",
      headers: { "x-amz-security-token": "token+of/some=hours" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "an expired token",
      signing: { signer: "expired" },
      refused: [403, EXPIRED, "token included in the request is expired"],
    },
  ]),
];

/** When it was signed. A second is added to the 15 minutes, because signatures have no less. */
const DATES: BadRequest[] = [
  ...rowsOf("GetVaultNotifications", [
    {
      name: "signed more than 15 minutes ago",
      signing: { age: 15 * MINUTE + 1000 },
      refused: [403, SIGNATURE, "Signature expired: "],
    },
    {
      name: "signed more than 15 minutes ahead",
      // The clock goes on until it arrives.
      signing: { age: -15 * MINUTE - 5000 },
      refused: [403, SIGNATURE, "Signature not yet current: "],
    },
    {
      name: "no date at all",
      signing: { dateHeader: null },
      refused: [400, INCOMPLETE, "'X-Amz-Date' or a 'Date' header"],
    },
    {
      name: "an empty x-amz-date",
      headers: { "x-amz-date": "" },
      refused: [400, INCOMPLETE, "basic format"],
    },
    {
      name: "an x-amz-date in words",
      headers: { "x-amz-date": "Sun, 22 Nov 2026 12:00:00 GMT" },
      refused: [400, INCOMPLETE, "basic format"],
    },
    {
      name: "an x-amz-date that no calendar has",
      signing: { date: "20269922T120000Z" },
      refused: [400, INCOMPLETE, "Got '20269922T120000Z'"],
    },
    {
      name: "an x-amz-date sent twice",
      headers: { "x-amz-date": ["20261122T120000Z", "20261122T120000Z"] },
      refused: [400, INCOMPLETE, "basic format"],
    },
    {
      // "Common Request Headers" in the Glacier developer guide.
      name: "a Date in words without x-amz-date",
      headers: { date: "Sun, 22 Nov 2026 12:00:00 GMT" },
      signing: { dateHeader: "date" },
      refused: [400, INCOMPLETE, "basic format"],
    },
    {
      name: "an x-amz-date of another day beside a good Date",
      headers: { "x-amz-date": "20200101T000000Z" },
      signing: { dateHeader: "date" },
      refused: [403, SIGNATURE, "'20200101'"],
    },
  ]),
];

/** What was changed on the way. */
const CHANGED: BadRequest[] = [
  ...rowsOf("DeleteVault", [
    {
      name: "a path changed after it was signed",
      tampered: { target: ["unused", "locked"] },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "another Host than was signed",
      tampered: { headers: { host: "glacier.us-east-1.amazonaws.com" } },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("ListMultipartUploads", [
    {
      name: "a query changed after it was signed",
      tampered: { target: ["limit=50", "limit=49"] },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "a query added to after it was signed",
      tampered: { target: ["limit=50", "limit=50&marker="] },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("SetDataRetrievalPolicy", [
    {
      name: "a body changed after it was signed",
      tampered: {
        body: { json: { Policy: { Rules: [{ Strategy: "FreeTier" }] } } },
      },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "the hash of another body in x-amz-content-sha256",
      headers: { "x-amz-content-sha256": ZEROS },
      refused: [403, SIGNATURE, "'x-amz-content-sha256' does not match"],
    },
    {
      // S3 alone takes these; the code is a choice.
      name: "UNSIGNED-PAYLOAD",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      refused: [400, INVALID, "Invalid x-amz-content-sha256"],
    },
  ]),
  ...rowsOf("GetDataRetrievalPolicy", [
    {
      name: "the account of somebody else",
      target: "/111122223333/policies/data-retrieval",
      refused: [403, DENIED, "111122223333"],
    },
  ]),
];

/** A parameter that is taken out of a presigned request. */
function without(parameter: string): Omit<BadRequest, "operation"> {
  return {
    name: `presigned without ${parameter}`,
    signing: { presigned: 60 },
    tampered: { target: [new RegExp(`[?&]${parameter}=[^&]*`), "&"] },
    refused: [400, INCOMPLETE, `must include '${parameter}'`],
  };
}

const PRESIGNED: BadRequest[] = [
  ...rowsOf("ListParts", [
    without("X-Amz-Algorithm"),
    without("X-Amz-Credential"),
    without("X-Amz-Date"),
    without("X-Amz-SignedHeaders"),
    without("X-Amz-Signature"),
    {
      name: "presigned with a signature given twice",
      signing: { presigned: 60 },
      tampered: { target: [/$/, `&X-Amz-Signature=${ZEROS}`] },
      refused: [400, INCOMPLETE, "repeat 'X-Amz-Signature'"],
    },
    {
      name: "presigned with a signature of zeros",
      signing: { presigned: 60 },
      tampered: { target: [/X-Amz-Signature=.*/, `X-Amz-Signature=${ZEROS}`] },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "presigned with another algorithm",
      signing: { presigned: 60 },
      tampered: { target: ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"] },
      refused: [400, INCOMPLETE, "expected AWS4-HMAC-SHA256"],
    },
  ]),
  ...rowsOf("ListProvisionedCapacity", [
    {
      name: "presigned for 60 seconds, 61 seconds ago",
      signing: { presigned: 60, age: 61_000 },
      refused: [403, SIGNATURE, "Signature expired: "],
    },
    {
      name: "presigned more than 15 minutes ahead",
      signing: { presigned: 60, age: -15 * MINUTE - 5000 },
      refused: [403, SIGNATURE, "Signature not yet current: "],
    },
    {
      name: "presigned for a second more than a week",
      signing: { presigned: 604_801 },
      refused: [400, INCOMPLETE, "between 1 and 604800"],
    },
    {
      name: "presigned for no time",
      signing: { presigned: 0 },
      refused: [400, INCOMPLETE, "between 1 and 604800"],
    },
    {
      name: "presigned for a week instead of a minute after it was signed",
      signing: { presigned: 60 },
      tampered: { target: ["X-Amz-Expires=60", "X-Amz-Expires=604800"] },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "presigned and with an Authorization header",
      signing: { presigned: 60 },
      tampered: { headers: { authorization: "AWS4-HMAC-SHA256 Credential=a" } },
      refused: [400, BAD, "Only one auth mechanism allowed"],
    },
    {
      name: "presigned by a key that nobody knows",
      signing: { presigned: 60, signer: "stranger" },
      refused: [400, UNRECOGNIZED, "security token included in the request"],
    },
    {
      name: "presigned with an expired token",
      signing: { presigned: 60, signer: "expired" },
      refused: [403, EXPIRED, "token included in the request is expired"],
    },
    {
      name: "presigned by a temporary key without its token",
      signing: { presigned: 60, signer: "temporary" },
      tampered: { target: [/&X-Amz-Security-Token=[^&]*/, ""] },
      // The signature covers the token.
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "presigned, and a header changed",
      signing: { presigned: 60 },
      tampered: { headers: { "x-amz-glacier-version": "2012-06-02" } },
      refused: [403, SIGNATURE, "does not match"],
    },
    {
      name: "presigned without its signed host",
      signing: { presigned: 60, unsigned: ["host"] },
      refused: [403, SIGNATURE, "'host' must be a 'SignedHeader'"],
    },
  ]),
  ...rowsOf("DeleteArchive", [
    {
      name: "presigned for another archive",
      signing: { presigned: 60 },
      tampered: { target: [/archives\/[^?]*/, `archives/${"a".repeat(138)}`] },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
];

export const SIGNATURES: readonly BadRequest[] = [
  ...HEADER,
  ...SIGNED_HEADERS,
  ...KEYS,
  ...DATES,
  ...CHANGED,
  ...PRESIGNED,
];
