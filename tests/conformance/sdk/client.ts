/**
 * What the tests with the official SDK share: its client over a real socket,
 * which notes what it was answered.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type GlacierClient,
  type GlacierClientConfig,
  GlacierServiceException,
} from "@aws-sdk/client-glacier";
import { sdkOf, type TestServer } from "../../server/testing.ts";
import vectors from "../../vectors/glacier_operations.json" with {
  type: "json",
};

/** The parameters of most commands. Paginators write into theirs, and need a copy. */
export const V: { readonly accountId: string; readonly vaultName: string } =
  Object.freeze({ accountId: "-", vaultName: "v" });

export const ARN = "arn:aws:glacier:us-east-1:000000000000:vaults/v";

/** The status of success of each operation. */
export const STATUSES: ReadonlyMap<string, number> = new Map(
  vectors.operations.map(({ name, status }) => [name, status]),
);

/** Operations that have been answered with success in this process. */
export const answered: Set<string> = new Set();

/** Notes each answer; fails where its status is not the operation's. */
function watch(client: GlacierClient): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const name = String(context.commandName).replace(/Command$/, "");
      const { $metadata } = result.output;
      const { range } = args.input as { range?: string };
      const partial = name === "GetJobOutput" && range !== undefined;
      const status = partial ? 206 : STATUSES.get(name);
      assertEquals($metadata.httpStatusCode, status, name);
      assertMatch($metadata.requestId ?? "", /^[\w-]+$/);
      answered.add(name);
      return result;
    },
    { step: "initialize", name: "watch" },
  );
}

/** The official SDK over a real socket to the server. */
export async function openSdk(
  test: TestServer,
  config: GlacierClientConfig = {},
): Promise<AsyncDisposable & { client: GlacierClient }> {
  const sdk = await sdkOf(test, config);
  watch(sdk.client);
  return sdk;
}

/** An answer without what the SDK adds about the exchange. */
export async function fieldsOf<T extends { $metadata: unknown }>(
  sent: Promise<T>,
): Promise<Omit<T, "$metadata">> {
  const { $metadata: _, ...fields } = await sent;
  return fields;
}

/** Asserts that a command is refused, and all that the SDK tells of it. */
export async function assertSdkRefused(
  sent: Promise<unknown>,
  status: number,
  code: string,
  message = "",
): Promise<void> {
  const error = await assertRejects(
    () => sent,
    GlacierServiceException,
    message,
  ) as GlacierServiceException & { code?: string; type?: string };
  assertEquals(
    {
      status: error.$metadata.httpStatusCode,
      name: error.name,
      code: error.code,
      type: error.type,
      fault: error.$fault,
    },
    { status, name: code, code, type: "Client", fault: "client" },
    error.message,
  );
}
