/**
 * What this machine's processor can do: SHA-256 by OpenSSL.
 *
 * @module
 */

/** Rates in MiB/s. */
export interface HashReference {
  /** On one core. */
  single: number;
  /** On all cores together. */
  all: number;
}

/**
 * Runs `openssl speed -evp sha256 -bytes 1048576`, for a second each.
 *
 * @throws where there is no openssl.
 */
export async function opensslSha256(cores: number): Promise<HashReference> {
  return {
    single: await speed([]),
    all: await speed(["-multi", String(cores)]),
  };
}

async function speed(options: string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", {
    args: [
      "speed",
      "-mr",
      "-seconds",
      "1",
      ...options,
      "-evp",
      "sha256",
      "-bytes",
      "1048576",
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  // `+F:22:sha256:1913651200.00`: bytes a second.
  const rate = /^\+F:\d+:sha256:([\d.]+)$/m.exec(text)?.[1];
  if (!success || rate === undefined) {
    throw new Error(
      `openssl speed failed: ${text}${new TextDecoder().decode(stderr)}`,
    );
  }
  return Number(rate) / (1024 * 1024);
}
