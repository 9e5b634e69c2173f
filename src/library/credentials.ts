/**
 * Credentials from the places where all of AWS's tools look for them.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import { CredentialsError, messageOf } from "../errors.ts";

/** Options of {@linkcode awsCredentials}. */
export interface AwsCredentialsOptions {
  /** The profile of AWS's shared files; that of `AWS_PROFILE`, or `default`, where absent. With one, keys in the environment don't count. */
  profile?: string;
}

/**
 * Environment, shared files, credential_process, SSO, web identity, container
 * and instance metadata, in the order of AWS's own tools ("Standardized
 * credential providers" in the AWS SDKs and Tools Reference Guide). They are
 * looked for when the provider is called first, and each time when it is called
 * again: {@linkcode Vault} remembers what it gave.
 *
 * The provider rejects with a {@linkcode CredentialsError} where nothing is
 * found.
 *
 * @example A profile's keys
 * ```ts
 * import { awsCredentials, CredentialsError } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * const provider = awsCredentials({ profile: "no such profile" });
 * await assertRejects(() => provider(), CredentialsError);
 * ```
 */
export function awsCredentials(
  options: AwsCredentialsOptions = {},
): CredentialsProvider {
  const { profile } = options;
  let chain: CredentialsProvider | undefined;
  return async (call) => {
    chain ??= await fromEnvironment(profile) ?? await allSources(profile);
    try {
      return await chain(call);
    } catch (cause) {
      throw new CredentialsError(
        `No AWS credentials found: ${messageOf(cause)}`,
        { cause },
      );
    }
  };
}

/**
 * The first link of the chain, which a profile switches off; `undefined` where
 * the environment has no keys.
 */
async function fromEnvironment(
  profile: string | undefined,
): Promise<CredentialsProvider | undefined> {
  if (profile !== undefined) return undefined;
  const { fromEnv } = await import("@aws-sdk/credential-provider-env");
  const provider = fromEnv();
  try {
    await provider();
    return provider;
  } catch {
    return undefined;
  }
}

async function allSources(
  profile: string | undefined,
): Promise<CredentialsProvider> {
  // Loaded only now: it is larger than all the rest of the program.
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider({ profile });
}
