/**
 * The signature of Signature Version 4, computed from a request as it was
 * received ("Create a signed AWS API request" in the AWS Signature Version 4
 * guide).
 *
 * @module
 */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { sha256 } from "../treehash/tree_hash.ts";
import { ALGORITHM, type Authorization } from "./authorization.ts";
import { canonicalRequest } from "./canonical_request.ts";

/**
 * A header that was sent twice reaches us as one, with the first of these
 * between its values, and was signed with the second ("Create a canonical
 * request" in the same guide); a value of its own may hold either.
 */
const SEPARATORS = [", ", ","] as const;

/** A key with which a request may have been signed. */
interface Secret {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What a request says of its signature. */
interface Claim extends Authorization {
  /** When it was signed, such as `20170210T120000Z`. */
  text: string;
}

/** One byte for each character: headers reach us as bytes in that form. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function hmac(
  key: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, [
    "sign",
  ]);
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes));
}

/** The bytes of a signature; zeros where it is none. */
function parseSignature(text: string): Uint8Array {
  return /^[0-9a-f]{64}$/.test(text) ? decodeHex(text) : new Uint8Array(32);
}

/**
 * Makes the function that tells whether a request was signed with a key.
 *
 * @returns a function of the request, the SHA-256 of its payload in lower-case
 * hexadecimal, what it claims, and the key
 */
export function createSignatureCheck(region: string, service: string): (
  request: Request,
  payloadHash: string,
  claim: Claim,
  secret: Secret,
) => Promise<boolean> {
  /** The derived key of each access key, for the day that it was used last. */
  const derived = new Map<
    string,
    { date: string; key: Uint8Array<ArrayBuffer> }
  >();

  async function signingKey(secret: Secret, date: string) {
    const known = derived.get(secret.accessKeyId);
    if (known?.date === date) return known.key;
    const bytes = new TextEncoder().encode("AWS4" + secret.secretAccessKey);
    let key = await hmac(bytes, date);
    for (const text of [region, service, "aws4_request"]) {
      key = await hmac(key, text);
    }
    derived.set(secret.accessKeyId, { date, key });
    return key;
  }

  return async (request, payloadHash, claim, secret) => {
    const key = await signingKey(secret, claim.date);
    const given = parseSignature(claim.signature);
    const { signedHeaders } = claim;
    for (const separator of SEPARATORS) {
      const canonical = latin1(
        canonicalRequest(request, signedHeaders, payloadHash, separator),
      );
      const stringToSign = [
        ALGORITHM,
        claim.text,
        `${claim.date}/${region}/${service}/aws4_request`,
        encodeHex(await sha256(canonical)),
      ].join("\n");
      if (timingSafeEqual(await hmac(key, stringToSign), given)) return true;
    }
    return false;
  };
}
