/**
 * The query string of a presigned request, taken apart ("Authentication
 * methods", query string parameters, in the AWS Signature Version 4 guide).
 *
 * @module
 */

import {
  ALGORITHM,
  type Authorization,
  incomplete,
  parseCredential,
  parseSignedHeaders,
} from "./authorization.ts";
import { parseInteger } from "./parameters.ts";

/** What a presigned request claims about who signed it, and how. */
export interface Presigned extends Authorization {
  /** When it was signed, as it was written. */
  dateTime: string;
  /** How long it is valid from then on, in seconds. */
  expires?: number;
  /** The session token; empty where there is none. */
  token: string;
}

/** Those that must be there, in the order in which the service names them. */
const REQUIRED = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
] as const;

/** Those that may be there. Without an expiry a signature ages as one in a header does. */
const OPTIONAL = ["X-Amz-Expires", "X-Amz-Security-Token"] as const;

type Name = (typeof REQUIRED | typeof OPTIONAL)[number];

const NAMES: readonly string[] = [...REQUIRED, ...OPTIONAL];

/** The longest validity: 7 days. */
const MAX_EXPIRES = 7 * 24 * 60 * 60;

/** Whether a query string says anything about a signature. */
export function isPresigned(
  pairs: readonly (readonly [name: string, value: string])[],
): boolean {
  return pairs.some(([name]) => NAMES.includes(name));
}

/** The parameters of the signature, each of which must stand there once. */
function collect(
  pairs: readonly (readonly [name: string, value: string])[],
): Map<Name, string> {
  const found = new Map<Name, string>();
  for (const [name, value] of pairs) {
    if (!NAMES.includes(name)) continue;
    if (found.has(name as Name)) {
      throw incomplete(`AWS query-string parameters repeat '${name}'.`);
    }
    found.set(name as Name, value);
  }
  return found;
}

function parseExpires(text: string): number {
  const seconds = parseInteger(text);
  if (seconds === undefined || seconds < 1 || seconds > MAX_EXPIRES) {
    throw incomplete(
      `X-Amz-Expires must be a number of seconds between 1 and ${MAX_EXPIRES}. Got '${text}'.`,
    );
  }
  return seconds;
}

/**
 * Reads the query string of a presigned request.
 *
 * @throws {Refusal} where it lacks something or says something twice.
 */
export function parsePresigned(
  pairs: readonly (readonly [name: string, value: string])[],
): Presigned {
  const found = collect(pairs);
  const lacking = REQUIRED.filter((name) => !found.get(name));
  if (lacking.length > 0) {
    const sentences = lacking.map((name) =>
      `AWS query-string parameters must include '${name}'.`
    );
    throw incomplete(
      `${sentences.join(" ")} Re-examine the query-string parameters.`,
    );
  }
  if (found.get("X-Amz-Algorithm") !== ALGORITHM) {
    throw incomplete(
      `Unsupported AWS algorithm in X-Amz-Algorithm, expected ${ALGORITHM}`,
    );
  }
  const expires = found.get("X-Amz-Expires");
  return {
    ...parseCredential(found.get("X-Amz-Credential")!),
    signedHeaders: parseSignedHeaders(found.get("X-Amz-SignedHeaders")!),
    signature: found.get("X-Amz-Signature")!,
    dateTime: found.get("X-Amz-Date")!,
    expires: expires === undefined ? undefined : parseExpires(expires),
    token: found.get("X-Amz-Security-Token") ?? "",
  };
}
