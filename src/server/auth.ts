/**
 * Verification of Signature Version 4 ("Signing Requests" in the Glacier
 * developer guide).
 *
 * @module
 */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { sha256 } from "../treehash/tree_hash.ts";
import {
  type Authorization,
  incomplete,
  parseAuthorization,
} from "./authorization.ts";
import { queryPairs } from "./canonical_request.ts";
import { isPresigned, parsePresigned } from "./presigned.ts";
import { invalid, Refusal } from "./refusal.ts";
import { createSignatureCheck, latin1 } from "./signature.ts";

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
   * Verifies that a request was signed with a known key, for this service, and
   * about now, or else for a time that isn't over.
   *
   * @param payloadHash SHA-256 of the payload, lower-case hexadecimal
   * @throws {Refusal}
   */
  verify(request: Request, payloadHash: string): Promise<void>;
}

/** How far a client's clock may be off, in milliseconds. */
const TOLERANCE = 15 * 60 * 1000;

function invalidSignature(message: string): Refusal {
  return new Refusal("InvalidSignatureException", message);
}

/** Time as Signature Version 4 writes it, such as `20170210T120000Z`. */
function basicIso(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

/** What a request claims about its signature, in either form. */
interface Claim extends Authorization {
  /** When it was signed, as it was written. */
  text: string;
  /** The same in milliseconds since 1970. */
  time: number;
  /** How long it is valid, in seconds; the tolerance where absent. */
  expires?: number;
  /** The session token; empty where there is none. */
  token: string;
  /** Headers that must be there and signed, besides those named `x-amz-`. */
  required: string[];
}

/** When a request was signed, in milliseconds since 1970. */
function parseTime(text: string): number {
  const iso = text.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  );
  const time = iso === text ? NaN : Date.parse(iso);
  if (Number.isNaN(time)) {
    throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${text}'.`);
  }
  return time;
}

function claimInHeader(request: Request): Claim {
  const { headers } = request;
  const authorization = parseAuthorization(headers.get("authorization"));
  const text = headers.get("x-amz-date") ?? headers.get("date");
  if (text === null) {
    throw incomplete(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  return {
    ...authorization,
    text,
    time: parseTime(text),
    token: headers.get("x-amz-security-token") ?? "",
    required: headers.has("x-amz-date") ? ["host"] : ["host", "date"],
  };
}

function readClaim(request: Request): Claim {
  const pairs = queryPairs(new URL(request.url).search);
  if (!isPresigned(pairs)) return claimInHeader(request);
  if (request.headers.has("authorization")) {
    throw new Refusal(
      "BadRequest",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified",
    );
  }
  const { dateTime: text, ...presigned } = parsePresigned(pairs);
  return { ...presigned, text, time: parseTime(text), required: ["host"] };
}

function checkTime({ text, time, expires }: Claim, now: number): void {
  const moment = basicIso(now);
  const [validity, shown] = expires === undefined
    ? [TOLERANCE, "15 min."]
    : [expires * 1000, `${expires} sec.`];
  if (time < now - validity) {
    throw invalidSignature(
      `Signature expired: ${text} is now earlier than ${
        basicIso(now - validity)
      } (${moment} - ${shown})`,
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

function checkScope(
  scope: Authorization,
  { region, service }: { region: string; service: string },
  day: string,
): void {
  if (scope.region !== region) {
    throw invalidSignature(
      `Credential should be scoped to a valid region, not '${scope.region}'; this is '${region}'.`,
    );
  }
  if (scope.service !== service) {
    throw invalidSignature(
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  if (scope.date !== day) {
    throw invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${day}'.`,
    );
  }
}

/** What isn't signed could have been changed on the way. */
function checkSignedHeaders(
  request: Request,
  { signedHeaders: signed, required: always }: Claim,
): void {
  const required = always.concat(
    [...request.headers.keys()].filter((name) => name.startsWith("x-amz-")),
  );
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
  token: string,
  key: AccessKey,
  now: number,
): Promise<void> {
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

/**
 * A payload is always signed: `UNSIGNED-PAYLOAD` and the like are S3's alone
 * ("Create a canonical request" in the AWS Signature Version 4 guide). Clients
 * that presign move the header to the query string.
 */
function checkPayloadHash(request: Request, payloadHash: string): void {
  const query = queryPairs(new URL(request.url).search)
    .filter(([name]) => name === "X-Amz-Content-Sha256")
    .map(([, value]) => value);
  const header = request.headers.get("x-amz-content-sha256");
  for (const claimed of header === null ? query : [header, ...query]) {
    if (!/^[0-9a-f]{64}$/i.test(claimed)) {
      throw invalid(`Invalid x-amz-content-sha256: ${claimed}`);
    }
    if (claimed.toLowerCase() !== payloadHash) {
      throw invalidSignature(
        "The provided 'x-amz-content-sha256' does not match what was computed.",
      );
    }
  }
}

function unknownClient(): Refusal {
  return new Refusal(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

/** Makes the verifier for the keys of a server, and for one of its services: Glacier where none is named. */
export function createAuthenticator(options: {
  accessKeys: readonly AccessKey[];
  region: string;
  service?: string;
  now: () => number;
}): Authenticator {
  const { region, service = "glacier", now } = options;
  const keys = new Map(
    options.accessKeys.map((key) => [key.accessKeyId, key]),
  );
  const isSigned = createSignatureCheck(region, service);
  return {
    async verify(request, payloadHash) {
      const claim = readClaim(request);
      const key = keys.get(claim.accessKeyId);
      if (key === undefined) throw unknownClient();
      checkScope(claim, { region, service }, claim.text.slice(0, 8));
      checkTime(claim, now());
      checkSignedHeaders(request, claim);
      checkPayloadHash(request, payloadHash);
      if (!await isSigned(request, payloadHash, claim, key)) {
        throw invalidSignature(
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        );
      }
      await checkToken(claim.token, key, now());
    },
  };
}
