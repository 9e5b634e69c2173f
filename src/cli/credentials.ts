/**
 * Where the credentials come from: the command line or configuration file,
 * otherwise AWS's usual places.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import { CredentialsError, messageOf, UsageError } from "../errors.ts";
import { awsCredentials } from "../library/credentials.ts";

/** What the user gave. */
export interface CredentialOptions {
  key?: string;
  secret?: string;
  token?: string;
  profile?: string;
}

/**
 * Finds credentials.
 *
 * @throws {UsageError} where one of key and secret is given without the other. The provider rejects with a `CredentialsError` where nothing is found.
 */
export function findCredentials(
  options: CredentialOptions,
): CredentialsProvider {
  const { key, secret, token, profile } = options;
  for (const [name, value] of Object.entries({ key, secret, token })) {
    // Anything else can't go into a request; the value isn't shown.
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
      throw new UsageError(
        `--${name} holds characters that none can have, such as blanks or a comment behind it`,
      );
    }
  }
  if (key !== undefined && secret !== undefined) {
    const credentials = {
      accessKeyId: key,
      secretAccessKey: secret,
      sessionToken: token,
    };
    return () => Promise.resolve(credentials);
  }
  if (key !== undefined || secret !== undefined || token !== undefined) {
    throw new UsageError(
      `Missing option: ${
        key === undefined ? "--key" : "--secret"
      } (credentials are given with --key and --secret, or neither)`,
    );
  }
  return awsChain(profile);
}

/** AWS's usual places, with what to do where they have nothing. */
function awsChain(profile: string | undefined): CredentialsProvider {
  const provider = awsCredentials({ profile });
  return async (options) => {
    try {
      return await provider(options);
    } catch (error) {
      const { cause } = error as CredentialsError;
      throw new CredentialsError(
        `No AWS credentials found: give --key and --secret, in the configuration file as a rule, or set up AWS's environment variables or profile (${
          messageOf(cause)
        }; ${ABOUT_PROGRAMS})`,
        { cause },
      );
    }
  };
}

// The chain doesn't tell whether the profile has one, so this is said always.
const ABOUT_PROGRAMS =
  "a profile's credential_process runs only where that is allowed, with deno run by --allow-run: executables and packages are not, so put what `aws configure export-credentials --format env` prints into the environment";
