/**
 * Signature Version 4, by aws4fetch's signer.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { AwsV4Signer } from "aws4fetch";
import type { Credentials } from "./credentials.ts";

/** SHA-256 of no bytes: the payload hash of a request without a body. */
export const EMPTY_SHA256 =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * How many signing keys are remembered. One serves a day and one set of
 * credentials; a run of weeks with hourly credentials makes hundreds.
 */
const MAX_KEYS = 16;

/** Signing keys made so far; deriving one takes four HMACs. */
export type SigningKeys = Map<string, ArrayBuffer>;

/**
 * Hashes that are computed on the spot. Web Crypto hands each to another
 * thread, which for so few bytes takes ten times as long as the hash, three
 * times a request.
 */
export interface QuickHashes {
  /** SHA-256, at once. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** HMAC with SHA-256, at once. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** What is signed. */
export interface SignInput {
  method: string;
  /**
   * Path and query must hold percent-escapes for all but `A-Z a-z 0-9 - . _ ~`
   * and `/`: a `+` for a space is signed as one and read as the other.
   */
  url: URL;
  /** All of these are signed. `Host` and the date come on top. */
  headers: Record<string, string>;
  /** SHA-256 of the payload, lower-case hexadecimal. */
  sha256: string;
  region: string;
  /** Service name in the credential scope, such as `glacier`. */
  service: string;
  credentials: Credentials;
  /** When the request is sent, in milliseconds since 1970, by the service's clock. */
  date: number;
  keys?: SigningKeys;
  /** Web Crypto where absent. */
  hashes?: QuickHashes;
}

/** The headers to send, `Authorization` among them. */
export async function sign(input: SignInput): Promise<Headers> {
  const { credentials, keys = new Map() } = input;
  if (keys.size >= MAX_KEYS) keys.clear();
  const signer = new QuickSigner(input.hashes, {
    method: input.method,
    url: input.url.href,
    headers: { ...input.headers, "x-amz-content-sha256": input.sha256 },
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    service: input.service,
    region: input.region,
    datetime: amzDate(input.date),
    cache: keys,
    // It leaves Content-Type and Range unsigned otherwise. Nothing that a
    // proxy may change is among the headers here.
    allHeaders: true,
  });
  const { headers } = await signer.sign();
  return headers;
}

const encoder = new TextEncoder();

/** The signer, with other hashes for what it computes anew for each request. */
class QuickSigner extends AwsV4Signer {
  readonly #hashes: QuickHashes | undefined;

  constructor(
    hashes: QuickHashes | undefined,
    options: ConstructorParameters<typeof AwsV4Signer>[0],
  ) {
    super(options);
    this.#hashes = hashes;
  }

  override async stringToSign(): Promise<string> {
    if (!this.#hashes) return await super.stringToSign();
    const canonical = encoder.encode(await this.canonicalString());
    const hash = encodeHex(this.#hashes.sha256(canonical));
    return `AWS4-HMAC-SHA256\n${this.datetime}\n${this.credentialString}\n${hash}`;
  }

  override async signature(): Promise<string> {
    const { secretAccessKey, datetime, region, service } = this;
    // By this the signer remembers a key.
    const id = [secretAccessKey, datetime.slice(0, 8), region, service].join();
    const key = this.cache.get(id);
    if (!key || !this.#hashes) return await super.signature();
    const text = encoder.encode(await this.stringToSign());
    return encodeHex(this.#hashes.hmacSha256(new Uint8Array(key), text));
  }
}

/** A date as SigV4 writes it: `20261122T123456Z`. */
export function amzDate(date: number): string {
  return new Date(date).toISOString().replace(/[:-]|\.\d{3}/g, "");
}
