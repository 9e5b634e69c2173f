/**
 * A client by what the environment says, and what that says.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { GlacierClient, type GlacierOptions } from "../glacier/client.ts";
import { environmentVariable } from "../platform/environment.ts";
import { awsCredentials } from "./credentials.ts";

/**
 * A client with region, address and keys from the places where AWS's own tools
 * look for them: `AWS_REGION` or `AWS_DEFAULT_REGION`;
 * `AWS_ENDPOINT_URL_GLACIER` or `AWS_ENDPOINT_URL`, else AWS's own address for
 * the region; {@linkcode awsCredentials} ("Standardized credential providers"
 * and "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide).
 * What the options say goes before.
 *
 * @throws {UsageError} where no region is said, or one of the options cannot be.
 *
 * @example Whatever the environment says, with fewer tries
 * ```ts
 * import { awsGlacierClient, type GlacierOptions } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const options: Partial<GlacierOptions> = { retry: { attempts: 3 } };
 * const client = awsGlacierClient(options);
 * const { vaultName } = await client.describeVault("photos");
 * assertEquals(vaultName, "photos");
 * ```
 */
export function awsGlacierClient(
  options: Partial<GlacierOptions> = {},
): GlacierClient {
  return new GlacierClient({
    ...options,
    region: regionOf(options.region),
    endpoint: options.endpoint ?? endpointInEnvironment(),
    credentials: options.credentials ?? awsCredentials(),
  });
}

/**
 * The region given, else that of the environment.
 *
 * @throws {UsageError} where neither says one.
 */
export function regionOf(given: string | undefined): string {
  const found = given ?? environmentVariable("AWS_REGION") ??
    environmentVariable("AWS_DEFAULT_REGION");
  if (found !== undefined) return found;
  throw new UsageError(
    "Neither the options nor the environment variable AWS_REGION say a region",
  );
}

/** The service's address, where the environment says one. */
export function endpointInEnvironment(): string | undefined {
  return environmentVariable("AWS_ENDPOINT_URL_GLACIER") ??
    environmentVariable("AWS_ENDPOINT_URL");
}
