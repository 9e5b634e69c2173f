import { assertEquals } from "@std/assert";
import {
  compareVaults,
  type VaultComparison,
  type VaultIdentity,
  vaultTitle,
} from "../src/vault_identity.ts";

const ONE: VaultIdentity = { account: "1", region: "here", vault: "v" };
const UNKNOWN: VaultIdentity = { ...ONE, account: null };

Deno.test("vaults are told apart by all that is known of them", () => {
  const cases: [VaultIdentity | undefined, VaultIdentity, VaultComparison][] = [
    [undefined, ONE, "learned"],
    [undefined, UNKNOWN, "learned"],
    [ONE, ONE, "same"],
    [ONE, UNKNOWN, "same"],
    [UNKNOWN, UNKNOWN, "same"],
    [UNKNOWN, ONE, "learned"],
    [ONE, { ...ONE, account: "2" }, "different"],
    [ONE, { ...ONE, region: "there" }, "different"],
    [ONE, { ...UNKNOWN, region: "there" }, "different"],
    [UNKNOWN, { ...ONE, vault: "w" }, "different"],
  ];
  for (const [known, vault, expected] of cases) {
    assertEquals(compareVaults(known, vault), expected);
  }
});

Deno.test("a vault's title has the account where it is known", () => {
  assertEquals(vaultTitle(UNKNOWN), "vault v in here");
  assertEquals(vaultTitle(ONE), "vault v in here of account 1");
});
