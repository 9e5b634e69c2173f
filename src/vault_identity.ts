/**
 * What tells a vault from any other: its name alone doesn't, for every region
 * of every account may have one of that name.
 *
 * @module
 */

/** Which vault it is. */
export interface VaultIdentity {
  /** Number of the account; `null` where it is not known. */
  account: string | null;
  /** Such as `eu-west-1`. */
  region: string;
  /** Its name. */
  vault: string;
}

/** How the vault of a run compares with the one that a journal is of. */
export type VaultComparison =
  /** The same, as far as can be told, and nothing more of it is known now. */
  | "same"
  /** Nothing speaks against it, and more is known now than was known of the other. */
  | "learned"
  | "different";

/** Compares; an account that either side doesn't know is no difference. */
export function compareVaults(
  known: VaultIdentity | undefined,
  vault: VaultIdentity,
): VaultComparison {
  if (known === undefined) return "learned";
  if (known.region !== vault.region || known.vault !== vault.vault) {
    return "different";
  }
  if (vault.account === null || known.account === vault.account) return "same";
  return known.account === null ? "learned" : "different";
}

/** For messages, such as `vault photos in eu-west-1 of account 111122223333`. */
export function vaultTitle({ account, region, vault }: VaultIdentity): string {
  const owner = account === null ? "" : ` of account ${account}`;
  return `vault ${vault} in ${region}${owner}`;
}
