import { assertEquals, assertRejects } from "@std/assert";
import {
  CreateVaultCommand,
  DeleteVaultCommand,
  DescribeVaultCommand,
  type GlacierClient,
  ListVaultsCommand,
  paginateListVaults,
  ResourceNotFoundException,
  UploadArchiveCommand,
  waitUntilVaultExists,
  waitUntilVaultNotExists,
} from "@aws-sdk/client-glacier";
import { testServer } from "../../server/testing.ts";
import { ARN, assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const ABSENT = { ...V, vaultName: "absent" };

/** Polls often; in seconds. */
const PATIENCE = { minDelay: 0.02, maxDelay: 0.02, maxWaitTime: 20 };

Deno.test("SDK: a vault is created, described, listed and deleted", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const create = () => fieldsOf(client.send(new CreateVaultCommand(V)));
  const location = { location: "/000000000000/vaults/v" };
  assertEquals(await create(), location);
  const described = {
    CreationDate: new Date(test.time).toISOString(),
    NumberOfArchives: 0,
    SizeInBytes: 0,
    VaultARN: ARN,
    VaultName: "v",
  };
  const describe = () => fieldsOf(client.send(new DescribeVaultCommand(V)));
  const list = () => fieldsOf(client.send(new ListVaultsCommand(V)));
  assertEquals(await describe(), described);
  assertEquals(await list(), { VaultList: [described] });

  test.time += 1000;
  assertEquals(await create(), location);
  const body = new Uint8Array(10);
  await client.send(new UploadArchiveCommand({ ...V, body }));
  const filled = {
    ...described,
    LastInventoryDate: new Date(test.time).toISOString(),
    NumberOfArchives: 1,
    SizeInBytes: 10,
  };
  assertEquals(await describe(), filled);
  assertEquals(await list(), { VaultList: [filled] });
  await assertSdkRefused(
    client.send(new DeleteVaultCommand(V)),
    400,
    "InvalidParameterValueException",
    `Vault not empty or recently written to: ${ARN}`,
  );

  const other = { ...V, vaultName: "other" };
  await client.send(new CreateVaultCommand(other));
  for (let i = 0; i < 2; i++) {
    const deleted = client.send(new DeleteVaultCommand(other));
    assertEquals(await fieldsOf(deleted), {});
  }
  const gone = client.send(new DescribeVaultCommand(other));
  const error = await assertRejects(() => gone, ResourceNotFoundException);
  assertEquals(
    error.message,
    `Vault not found for ARN: ${ARN.slice(0, -1)}other`,
  );
  await assertSdkRefused(gone, 404, "ResourceNotFoundException");
  assertEquals(test.failures, []);
});

Deno.test("SDK: a name that no vault can have is refused", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  for (const vaultName of ["a b", "a/b", "é", "x".repeat(256)]) {
    await assertSdkRefused(
      sdk.client.send(new CreateVaultCommand({ ...V, vaultName })),
      400,
      "InvalidParameterValueException",
      "Invalid vault name",
    );
  }
  for (const vaultName of ["A_b.c-1", "x".repeat(255)]) {
    await sdk.client.send(new CreateVaultCommand({ ...V, vaultName }));
  }
});

async function listInPages(
  client: GlacierClient,
  config: { pageSize?: number; startingToken?: string },
): Promise<(string | undefined)[][]> {
  const pages: (string | undefined)[][] = [];
  const paginator = paginateListVaults({ client, ...config }, {
    accountId: "-",
  });
  for await (const { VaultList = [] } of paginator) {
    pages.push(VaultList.map(({ VaultName }) => VaultName));
  }
  return pages;
}

Deno.test("SDK: the paginator of vaults goes through all of them", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  assertEquals(await listInPages(client, {}), [[]]);
  const names = Array.from({ length: 23 }, (_, i) => `vault-${i + 10}`);
  for (const vaultName of names) {
    await client.send(new CreateVaultCommand({ ...V, vaultName }));
  }
  for (const pageSize of [undefined, 10, 4, 1]) {
    const pages = await listInPages(client, { pageSize });
    assertEquals(pages.length, Math.ceil(23 / (pageSize ?? 10)));
    assertEquals(pages.flat(), names);
  }
  const { Marker } = await client.send(
    new ListVaultsCommand({ accountId: "-", limit: 5 }),
  );
  assertEquals(Marker, `${ARN.slice(0, -1)}vault-14`);
  const rest = await listInPages(client, { startingToken: Marker });
  assertEquals(rest.flat(), names.slice(5));
  for (const limit of [0, 11]) {
    await assertSdkRefused(
      client.send(new ListVaultsCommand({ accountId: "-", limit })),
      400,
      "InvalidParameterValueException",
      `Invalid limit: ${limit}`,
    );
  }
});

/** Resolves once a vault has been asked for. */
function firstDescription(client: GlacierClient): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  client.middlewareStack.add(
    (next, { commandName }) => async (args) => {
      try {
        return await next(args);
      } finally {
        if (commandName === "DescribeVaultCommand") resolve();
      }
    },
    { step: "initialize", name: "firstDescription", override: true },
  );
  return promise;
}

Deno.test("SDK: the waiters wait until a vault is there, and until it is gone", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const options = { client, ...PATIENCE };

  let asked = firstDescription(client);
  const appearing = waitUntilVaultExists(options, V);
  await asked;
  await client.send(new CreateVaultCommand(V));
  const appeared = await appearing;
  assertEquals(appeared.state, "SUCCESS");
  assertEquals(appeared.final?.VaultARN, ARN);

  asked = firstDescription(client);
  const disappearing = waitUntilVaultNotExists(options, V);
  await asked;
  await client.send(new DeleteVaultCommand(V));
  const { state, final } = await disappearing;
  assertEquals([state, final?.name], ["SUCCESS", "ResourceNotFoundException"]);
});

Deno.test("SDK: the waiters give up in time", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  await client.send(new CreateVaultCommand(V));
  const options = { client, ...PATIENCE, maxWaitTime: 0.2 };
  for (
    const waiting of [
      () => waitUntilVaultExists(options, ABSENT),
      () => waitUntilVaultNotExists(options, V),
    ]
  ) {
    const error = await assertRejects(waiting, Error, "timed out");
    assertEquals(error.name, "TimeoutError");
  }
});
