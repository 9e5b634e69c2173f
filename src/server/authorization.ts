/**
 * The Authorization header of Signature Version 4, taken apart ("Signing
 * Requests" in the Glacier developer guide).
 *
 * @module
 */

import { Refusal } from "./refusal.ts";

/** What a request claims about who signed it, and how. */
export interface Authorization {
  accessKeyId: string;
  /** The day of the signature as YYYYMMDD. */
  date: string;
  region: string;
  service: string;
  /** Lower-case names, as listed. */
  signedHeaders: string[];
  /** Lower-case hexadecimal. */
  signature: string;
}

/** The one algorithm of signatures. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/** A signature that lacks something, or has something that isn't understood. */
export function incomplete(message: string): Refusal {
  return new Refusal("IncompleteSignatureException", message);
}

const FIELDS: readonly string[] = ["Credential", "SignedHeaders", "Signature"];

/** Nothing may stand there that isn't understood, or stand there twice. */
function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const [, name, value] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(field) ?? [];
    if (name === undefined && field.trim() === "") continue;
    if (name === undefined || !FIELDS.includes(name) || fields.has(name)) {
      throw incomplete(
        `Authorization header has an invalid or repeated parameter: '${
          name ?? field.trim()
        }'`,
      );
    }
    fields.set(name, value);
  }
  return fields;
}

/** The names of the signed headers, which must come in order and once. */
export function parseSignedHeaders(text: string): string[] {
  const names = text.toLowerCase().split(";");
  const ordered = names.every((name, i) => i === 0 || names[i - 1] < name);
  if (!ordered) {
    throw new Refusal(
      "InvalidSignatureException",
      "SignedHeaders must be sorted, each of them once.",
    );
  }
  return names;
}

/** The key and the scope that a credential consists of. */
export function parseCredential(
  text: string,
): Pick<Authorization, "accessKeyId" | "date" | "region" | "service"> {
  const scope = text.split("/");
  // The key ID itself may hold slashes; what follows it may not.
  const [date, region, service, terminator] = scope.splice(-4);
  if (scope.length === 0 || terminator === undefined) {
    throw incomplete(
      "Credential must have at least 5 slash-delimited elements, such as KEYID/YYYYMMDD/REGION/SERVICE/aws4_request",
    );
  }
  if (terminator !== "aws4_request") {
    throw new Refusal(
      "InvalidSignatureException",
      "Credential should be scoped with a valid terminator: 'aws4_request'.",
    );
  }
  return { accessKeyId: scope.join("/"), date, region, service };
}

/**
 * Reads the Authorization header.
 *
 * @throws {Refusal} where there is none or it lacks something.
 */
export function parseAuthorization(header: string | null): Authorization {
  if (header === null || header.trim() === "") {
    throw new Refusal(
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
  }
  const [algorithm] = header.trim().split(/\s/, 1);
  if (algorithm !== ALGORITHM) {
    throw incomplete(
      `Unsupported AWS algorithm in the Authorization header, expected ${ALGORITHM}`,
    );
  }
  const fields = parseFields(header.trim().slice(ALGORITHM.length));
  const lacking = FIELDS.filter((name) => !fields.get(name));
  if (lacking.length > 0) {
    throw incomplete(
      lacking.map((name) =>
        `Authorization header requires '${name}' parameter.`
      ).join(" "),
    );
  }
  return {
    ...parseCredential(fields.get("Credential")!),
    signedHeaders: parseSignedHeaders(fields.get("SignedHeaders")!),
    signature: fields.get("Signature")!,
  };
}
