import { assertEquals, assertStringIncludes } from "@std/assert";
import { HOUR, vaultPolicy } from "../../server/testing.ts";
import { type Cli, cliTest, idOf } from "./cli.ts";

const VAULT = "--vault-name=v";
const NOT_FOUND = "ResourceNotFoundException";

async function changeTags(cli: Cli): Promise<void> {
  const tags = "--tags=owner=me,site=a b";
  assertEquals(await cli.run("add-tags-to-vault", VAULT, tags), {});
  const list = () => cli.run("list-tags-for-vault", VAULT);
  assertEquals(await list(), { Tags: { owner: "me", site: "a b" } });
  const keys = ["--tag-keys", "owner", "none"];
  assertEquals(await cli.run("remove-tags-from-vault", VAULT, ...keys), {});
  assertEquals(await list(), { Tags: { site: "a b" } });
}

async function changeNotifications(cli: Cli): Promise<void> {
  const vaultNotificationConfig = {
    SNSTopic: "arn:aws:sns:us-east-1:000000000000:done",
    Events: ["InventoryRetrievalCompleted", "ArchiveRetrievalCompleted"],
  };
  await Deno.writeTextFile(
    cli.folder.at("notify.json"),
    JSON.stringify(vaultNotificationConfig),
  );
  const config = "--vault-notification-config=file://notify.json";
  assertEquals(await cli.run("set-vault-notifications", VAULT, config), {});
  const got = await cli.run("get-vault-notifications", VAULT);
  assertEquals(got, { vaultNotificationConfig });
  assertEquals(await cli.run("delete-vault-notifications", VAULT), {});
  await cli.refused(NOT_FOUND, "get-vault-notifications", [VAULT]);
}

async function changeAccessPolicy(cli: Cli): Promise<void> {
  const policy = { Policy: vaultPolicy("Allow") };
  const set = `--policy=${JSON.stringify(policy)}`;
  assertEquals(await cli.run("set-vault-access-policy", VAULT, set), {});
  const got = await cli.run("get-vault-access-policy", VAULT);
  assertEquals(got, { policy });
  assertEquals(await cli.run("delete-vault-access-policy", VAULT), {});
  await cli.refused(NOT_FOUND, "get-vault-access-policy", [VAULT]);
}

cliTest(
  "tags, notifications and an access policy are set, read and removed",
  async (cli) => {
    await Promise.all([
      changeTags(cli),
      changeNotifications(cli),
      changeAccessPolicy(cli),
    ]);
  },
);

cliTest("a vault is locked in two steps, and then for good", async (cli) => {
  const Policy = vaultPolicy("Deny");
  const policy = `--policy=${JSON.stringify({ Policy })}`;
  const initiate = () => cli.run("initiate-vault-lock", VAULT, policy);
  await initiate();
  assertEquals(await cli.run("abort-vault-lock", VAULT), {});
  const lockId = idOf(await initiate(), "lockId");
  const lock = {
    Policy,
    CreationDate: new Date(cli.test.time).toISOString(),
  };
  assertEquals(await cli.run("get-vault-lock", VAULT), {
    ...lock,
    State: "InProgress",
    ExpirationDate: new Date(cli.test.time + 24 * HOUR).toISOString(),
  });
  const id = `--lock-id=${lockId}`;
  assertEquals(await cli.run("complete-vault-lock", VAULT, id), {});
  const [locked, denied] = await Promise.all([
    cli.run("get-vault-lock", VAULT),
    cli.refused("AccessDeniedException", "abort-vault-lock", [VAULT]),
  ]);
  assertEquals(locked, { ...lock, State: "Locked" });
  assertStringIncludes(denied, "AbortVaultLock operation: The vault is locked");
});

cliTest(
  "a data retrieval policy is set and read, and capacity bought",
  async (cli) => {
    const Policy = {
      Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 1000 }],
    };
    const set = `--policy=${JSON.stringify(Policy)}`;
    const [bought, empty] = await Promise.all([
      cli.run("purchase-provisioned-capacity"),
      cli.run("set-data-retrieval-policy", set),
    ]);
    assertEquals(empty, {});
    const [listed, got] = await Promise.all([
      cli.run("list-provisioned-capacity"),
      cli.run("get-data-retrieval-policy"),
    ]);
    assertEquals(got, { Policy });
    const units = listed.ProvisionedCapacityList as Record<string, string>[];
    assertEquals(
      units.map(({ CapacityId, StartDate }) => [CapacityId, StartDate]),
      [
        [idOf(bought, "capacityId"), new Date(cli.test.time).toISOString()],
      ],
    );
  },
);
