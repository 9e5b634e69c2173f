/**
 * Verification of Signature Version 4 ("Signing Requests" in the Glacier
 * developer guide).
 *
 * @module
 */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { sha256 } from "../treehash/tree_hash.ts";
import { type Authorization, parseAuthorization } from "./authorization.ts";
import { canonicalRequest } from "./canonical_request.ts";
import { Refusal } from "./refusal.ts";

/** Somebody who may use the server. */
export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  /** Temporary credentials have one, and every request must carry it. */
  sessionToken?: string;
  /** When temporary credentials end, in milliseconds since 1970; never where absent. */
  expires?: number;
}

/** Verifies signatures. */
export interface Authenticator {
  /**
   * Verifies that a request was signed with a known key, for this service and
   * about now.
   *
   * @param payloadHash SHA-256 of the payload, lower-case hexadecimal
   * @throws {Refusal}
   */
  verify(request: Request, payloadHash: string): Promise<void>;
}

/** How far a client's clock may be off, in milliseconds. */
const TOLERANCE = 15 * 60 * 1000;

const SERVICE = "glacier";

function invalidSignature(message: string): Refusal {
  return new Refusal("InvalidSignatureException", message);
}

/** One byte for each character: headers reach us as bytes in that form. */
function latin1(text: string): Uint8Array<ArrayBuffer> {
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

/** Time as Signature Version 4 writes it, such as `20170210T120000Z`. */
function basicIso(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** When a request was signed, as text and in milliseconds since 1970. */
function signingTime(request: Request): { text: string; time: number } {
  const text = request.headers.get("x-amz-date") ??
    request.headers.get("date");
  if (text === null) {
    throw new Refusal(
      "IncompleteSignatureException",
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  const iso = text.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  );
  const time = iso === text ? NaN : Date.parse(iso);
  if (Number.isNaN(time)) {
    throw new Refusal(
      "IncompleteSignatureException",
      `Date must be in ISO-8601 'basic format'. Got '${text}'.`,
    );
  }
  return { text, time };
}

function checkTime(text: string, time: number, now: number): void {
  const moment = basicIso(now);
  if (time < now - TOLERANCE) {
    throw invalidSignature(
      `Signature expired: ${text} is now earlier than ${
        basicIso(now - TOLERANCE)
      } (${moment} - 15 min.)`,
    );
  }
  if (time > now + TOLERANCE) {
    throw invalidSignature(
      `Signature not yet current: ${text} is still later than ${
        basicIso(now + TOLERANCE)
      } (${moment} + 15 min.)`,
    );
  }
}

function checkScope(scope: Authorization, region: string, day: string): void {
  if (scope.region !== region) {
    throw invalidSignature(
      `Credential should be scoped to a valid region, not '${scope.region}'; this is '${region}'.`,
    );
  }
  if (scope.service !== SERVICE) {
    throw invalidSignature(
      `Credential should be scoped to correct service: '${SERVICE}'.`,
    );
  }
  if (scope.date !== day) {
    throw invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${day}'.`,
    );
  }
}

/** What isn't signed could have been changed on the way. */
function checkSignedHeaders(request: Request, signed: string[]): void {
  const required = ["host", ...request.headers.keys()]
    .filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (!request.headers.has("x-amz-date")) required.push("date");
  const absent = signed.find((name) =>
    name !== "host" && !request.headers.has(name)
  );
  if (absent !== undefined) {
    throw invalidSignature(
      `'${absent}' is a 'SignedHeader' that the request does not have.`,
    );
  }
  const unsigned = required.find((name) => !signed.includes(name));
  if (unsigned !== undefined) {
    throw invalidSignature(
      `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
  }
}

/** Whether two secrets are equal, in a time that tells neither where they differ nor their lengths. */
async function equalSecrets(a: string, b: string): Promise<boolean> {
  return timingSafeEqual(await sha256(latin1(a)), await sha256(latin1(b)));
}

async function checkToken(
  request: Request,
  key: AccessKey,
  now: number,
): Promise<void> {
  const token = request.headers.get("x-amz-security-token") ?? "";
  if (!await equalSecrets(token, key.sessionToken ?? "")) {
    throw unknownClient();
  }
  if (key.expires !== undefined && key.expires <= now) {
    throw new Refusal(
      "ExpiredTokenException",
      "The security token included in the request is expired",
    );
  }
}

function unknownClient(): Refusal {
  return new Refusal(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

/** Makes the verifier for the keys of a server. */
export function createAuthenticator(options: {
  accessKeys: readonly AccessKey[];
  region: string;
  now: () => number;
}): Authenticator {
  const { region, now } = options;
  const keys = new Map(
    options.accessKeys.map((key) => [key.accessKeyId, key]),
  );
  /** The derived key of each access key, for the day that it was used last. */
  const derived = new Map<
    string,
    { date: string; key: Uint8Array<ArrayBuffer> }
  >();

  async function signingKey(key: AccessKey, date: string) {
    const known = derived.get(key.accessKeyId);
    if (known?.date === date) return known.key;
    const secret = new TextEncoder().encode("AWS4" + key.secretAccessKey);
    let result = await hmac(secret, date);
    for (const text of [region, SERVICE, "aws4_request"]) {
      result = await hmac(result, text);
    }
    derived.set(key.accessKeyId, { date, key: result });
    return result;
  }

  return {
    async verify(request, payloadHash) {
      const claim = parseAuthorization(request.headers.get("authorization"));
      const { text, time } = signingTime(request);
      const key = keys.get(claim.accessKeyId);
      if (key === undefined) throw unknownClient();
      checkScope(claim, region, text.slice(0, 8));
      checkTime(text, time, now());
      checkSignedHeaders(request, claim.signedHeaders);
      const canonical = latin1(
        canonicalRequest(request, claim.signedHeaders, payloadHash),
      );
      const stringToSign = [
        "AWS4-HMAC-SHA256",
        text,
        `${claim.date}/${region}/${SERVICE}/aws4_request`,
        encodeHex(await sha256(canonical)),
      ].join("\n");
      const expected = await hmac(
        await signingKey(key, claim.date),
        stringToSign,
      );
      const given = /^[0-9a-f]{64}$/.test(claim.signature)
        ? decodeHex(claim.signature)
        : new Uint8Array(expected.length);
      if (!timingSafeEqual(expected, given)) {
        throw invalidSignature(
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        );
      }
      await checkToken(request, key, now());
    },
  };
}
