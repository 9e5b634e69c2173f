import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Cli, cliTest } from "./cli.ts";

const ARN = "arn:aws:glacier:us-east-1:000000000000:vaults/";

/** A vault that nothing was written to. */
function emptyVault(cli: Cli, name: string) {
  return {
    VaultARN: ARN + name,
    VaultName: name,
    CreationDate: new Date(cli.test.time).toISOString(),
    NumberOfArchives: 0,
    SizeInBytes: 0,
  };
}

cliTest(
  "a vault is created, described, waited for and deleted",
  async (cli) => {
    const name = "--vault-name=photos";
    assertEquals(await cli.run("create-vault", name), {
      location: "/000000000000/vaults/photos",
    });
    const [described] = await Promise.all([
      cli.run("describe-vault", name),
      cli.run("wait vault-exists", name),
    ]);
    assertEquals(described, emptyVault(cli, "photos"));
    assertEquals(await cli.run("delete-vault", name), {});
    const [message] = await Promise.all([
      cli.refused("ResourceNotFoundException", "describe-vault", [name]),
      cli.run("wait vault-not-exists", name),
    ]);
    assertStringIncludes(
      message,
      `DescribeVault operation: Vault not found for ARN: ${ARN}photos`,
    );
  },
);

cliTest(
  "vaults are listed to the end, and by as many as one likes",
  async (cli) => {
    // With `v` more than the service lists in one answer.
    const names = Array.from({ length: 11 }, (_, i) => `u${i + 10}`);
    for (const name of names) {
      await cli.test.call({ method: "PUT", path: `/-/vaults/${name}` });
    }
    const list = async (...args: string[]) => {
      const { VaultList, ...rest } = await cli.run("list-vaults", ...args);
      const vaults = VaultList as { VaultName: string }[];
      return { ...rest, names: vaults.map(({ VaultName }) => VaultName) };
    };
    const all = { names: [...names, "v"] };
    const [first, ...whole] = await Promise.all([
      list("--max-items=4"),
      list(),
      list("--page-size=5"),
    ]);
    assertEquals(whole, [all, all]);
    const { NextToken } = first as { NextToken?: string };
    assertEquals(first.names, names.slice(0, 4));
    const rest = await list(`--starting-token=${NextToken}`);
    assertEquals(rest, { names: all.names.slice(4) });
  },
);

cliTest(
  "a wrong secret, and the account of somebody else, are refused",
  async (cli) => {
    const [signature, account] = await Promise.all([
      cli.refused("InvalidSignatureException", "list-vaults", [], {
        AWS_SECRET_ACCESS_KEY: "wrong",
      }),
      cli.refused("AccessDeniedException", "list-vaults", [
        "--account-id=111122223333",
      ]),
    ]);
    assertStringIncludes(signature, "does not match the signature");
    assertStringIncludes(account, "111122223333");
    const own = await cli.run("list-vaults", "--account-id=000000000000");
    assertEquals((own.VaultList as unknown[]).length, 1);
  },
);
