/**
 * Requests about vaults: names, paths, accounts, versions, lists.
 *
 * @module
 */

import {
  BAD,
  type BadRequest,
  DENIED,
  INVALID,
  LIMIT,
  MISSING,
  NOT_FOUND,
  rowsOf,
} from "./row.ts";

/** Names that no vault can have ("Creating a Vault" in the Glacier developer guide). */
const NAMES: BadRequest[] = rowsOf("CreateVault", [
  {
    name: "a name of 256 characters",
    target: `/-/vaults/${"x".repeat(256)}`,
    refused: [400, INVALID, "Invalid vault name: xxx"],
  },
  {
    name: "a name with a blank",
    target: "/-/vaults/two%20words",
    refused: [400, INVALID, "Invalid vault name: two words"],
  },
  {
    name: "a name with a slash",
    target: "/-/vaults/a%2Fb",
    refused: [400, INVALID, "Invalid vault name: a/b"],
  },
  {
    name: "a name that leads up, with escaped slashes",
    target: "/-/vaults/..%2F..%2Fetc",
    refused: [400, INVALID, "Invalid vault name: ../../etc"],
  },
  {
    name: "a name with a backslash",
    target: "/-/vaults/a%5Cb",
    refused: [400, INVALID, "Invalid vault name: a\\b"],
  },
  {
    name: "a name with NUL",
    target: "/-/vaults/a%00b",
    refused: [400, INVALID, "Invalid vault name: a"],
  },
  {
    name: "a name with the end of a line",
    target: "/-/vaults/a%0D%0Ab",
    refused: [400, INVALID, "Invalid vault name: a"],
  },
  {
    name: "a name beyond ASCII",
    target: "/-/vaults/caf%C3%A9",
    refused: [400, INVALID, "Invalid vault name: caf"],
  },
  {
    name: "a name that is no UTF-8",
    target: "/-/vaults/%FF%FE",
    refused: [400, INVALID, "Invalid vault name: "],
  },
  {
    name: "a name with a colon",
    target: "/-/vaults/a:b",
    refused: [400, INVALID, "Invalid vault name: a:b"],
  },
  {
    name: "a name with half an escape",
    target: "/-/vaults/a%4",
    refused: [400, INVALID, "Invalid vault name: a%4"],
  },
  {
    name: "a name with an escape that is none",
    target: "/-/vaults/a%zz",
    refused: [400, INVALID, "Invalid vault name: a%zz"],
  },
  {
    // The guide has no such escapes: the code is a choice.
    name: "a letter of the name escaped",
    target: "/-/vaults/%61nother",
    refused: [400, BAD, "cannot be processed"],
  },
  {
    name: "no name",
    target: "/-/vaults/",
    refused: [400, BAD, "cannot be processed"],
  },
  {
    name: "a vault more than 1,000",
    refused: [400, LIMIT, "limited to 1000"],
  },
  {
    name: "POST instead of PUT",
    method: "POST",
    refused: [400, BAD, "cannot be processed"],
  },
]);

/** Paths that lead elsewhere. The guide has none: the codes are choices. */
const PATHS: BadRequest[] = [
  ...rowsOf("DescribeVault", [
    {
      name: "a path that leads up to another vault",
      target: "/-/vaults/v/../w",
      refused: { deno: 400, node: 400 },
    },
    {
      name: "a path that leads up by escapes",
      target: "/-/vaults/v/%2e%2E/w",
      refused: { deno: 400, node: 400 },
    },
    {
      name: "a path with a dot",
      target: "/-/vaults/./v",
      refused: { deno: 400, node: 400 },
    },
    {
      name: "the name ..",
      target: "/-/vaults/..",
      refused: { deno: 400, node: 400 },
    },
    {
      name: "backslashes instead of slashes",
      target: "/-\\vaults\\v",
      refused: { deno: 400, node: 400 },
    },
    {
      name: "two slashes before the name",
      target: "/-/vaults//v",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "two slashes at the begin",
      target: "//-/vaults/v",
      refused: [403, DENIED, "account ID in the path"],
    },
    {
      name: "a slash at the end",
      target: "/-/vaults/v/",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "Vaults with a capital",
      target: "/-/Vaults/v",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "something of a vault that doesn't exist",
      target: "/-/vaults/v/secrets",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent",
      refused: [404, NOT_FOUND, "Vault not found for ARN: arn:aws:glacier:"],
    },
    {
      name: "a name in capitals, which another vault would have",
      target: "/-/vaults/V",
      refused: [404, NOT_FOUND, "vaults/V"],
    },
    {
      name: "PATCH",
      method: "PATCH",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "a query that is not encoded",
      target: "/-/vaults/v?x=%zz",
      refused: [400, BAD, "query string"],
    },
    {
      name: "the account of somebody else",
      target: "/111122223333/vaults/v",
      refused: [403, DENIED, "111122223333"],
    },
    {
      name: "an account ID with hyphens",
      target: "/0000-0000-0000/vaults/v",
      refused: [403, DENIED, "0000-0000-0000"],
    },
    {
      name: "an account ID in escapes",
      target: "/%2D/vaults/v",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "no account",
      target: "/vaults/v",
      refused: [403, DENIED, "account ID in the path"],
    },
  ]),
  ...rowsOf("DeleteVault", [
    {
      name: "a vault with archives",
      target: "/-/vaults/v",
      refused: [400, INVALID, "Vault not empty or recently written to"],
    },
    {
      name: "all vaults",
      target: "/-/vaults/*",
      refused: [400, INVALID, "Invalid vault name: *"],
    },
    {
      name: "no vault",
      target: "/-/vaults",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "an archive of it that leads up to a vault",
      target: "/-/vaults/v/archives/../../empty",
      refused: { deno: 400, node: 400 },
    },
  ]),
];

/** The API version ("Common Request Headers" in the Glacier developer guide). */
const VERSIONS: BadRequest[] = [
  ...rowsOf("GetDataRetrievalPolicy", [
    {
      name: "no x-amz-glacier-version",
      headers: { "x-amz-glacier-version": null },
      refused: [400, MISSING, "API version"],
    },
    {
      name: "an empty x-amz-glacier-version",
      headers: { "x-amz-glacier-version": "" },
      refused: [400, INVALID, "Invalid API version"],
    },
    {
      name: "a later x-amz-glacier-version",
      headers: { "x-amz-glacier-version": "2012-06-02" },
      refused: [400, INVALID, "Invalid API version: 2012-06-02"],
    },
    {
      name: "an x-amz-glacier-version sent twice",
      headers: { "x-amz-glacier-version": ["2012-06-01", "2012-06-01"] },
      refused: [400, INVALID, "Invalid API version"],
    },
  ]),
];

/** Ten vaults in one answer ("List Vaults" in the Glacier developer guide). */
const LISTS: BadRequest[] = rowsOf("ListVaults", [
  ...["0", "-1", "11", "1e3", "abc", "", "1.0", "0x5", "5,5"].map((limit) => ({
    name: `limit=${limit}`,
    target: `/-/vaults?limit=${limit}`,
    refused: [400, INVALID, `Invalid limit: ${limit}.`] as [
      number,
      string,
      string,
    ],
  })),
  {
    // Of two the first counts, here and in most servers: a choice.
    name: "limit given twice, the first wrong",
    target: "/-/vaults?limit=0&limit=10",
    refused: [400, INVALID, "Invalid limit: 0"],
  },
  {
    name: "a name for a marker",
    target: "/-/vaults?marker=v",
    refused: [400, INVALID, "Invalid marker: v"],
  },
  {
    name: "a marker of another region",
    target:
      "/-/vaults?marker=arn%3Aaws%3Aglacier%3Aeu-west-1%3A000000000000%3Avaults%2Fv",
    refused: [400, INVALID, "Invalid marker: arn:aws:glacier:eu-west-1"],
  },
  {
    name: "a marker of another account",
    target:
      "/-/vaults?marker=arn%3Aaws%3Aglacier%3Aus-east-1%3A111122223333%3Avaults%2Fv",
    refused: [400, INVALID, "Invalid marker: arn:"],
  },
  {
    name: "a query that is not encoded",
    target: "/-/vaults?limit=%",
    refused: [400, BAD, "query string"],
  },
]);

export const VAULTS: readonly BadRequest[] = [
  ...NAMES,
  ...PATHS,
  ...VERSIONS,
  ...LISTS,
];
