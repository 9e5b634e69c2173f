/**
 * The units of a vault, and what systemd says of them.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import type { Vault } from "./record.ts";

export const serviceOf = ({ name }: Vault) => `moraine-sync@${name}.service`;
export const timerOf = ({ name }: Vault) => `moraine-sync@${name}.timer`;

/** A property of a unit. */
export async function property(
  machine: Machine,
  unit: string,
  name: string,
): Promise<string> {
  const words = ["systemctl", "show", "--value", `--property=${name}`, unit];
  return (await machine.does(words)).trim();
}

/** Whether a unit is `active`, `failed`, … and `enabled`, …. */
export async function state(
  machine: Machine,
  unit: string,
): Promise<{ active: string; enabled: string }> {
  return {
    active: (await machine.tries(["systemctl", "is-active", unit])).said.trim(),
    enabled: (await machine.tries(["systemctl", "is-enabled", unit])).said
      .trim().split("\n")[0],
  };
}

/** What a service has said, all its runs. */
export async function journalOf(
  machine: Machine,
  vault: Vault,
): Promise<string> {
  // A service may be over before its last words are written down.
  await machine.does(["journalctl", "--sync"]);
  const unit = `--unit=${serviceOf(vault)}`;
  return await machine.does(["journalctl", unit, "--output=cat", "--no-pager"]);
}

/** A run that has to fail; returns what it said. */
export async function failingRun(
  machine: Machine,
  vault: Vault,
): Promise<string> {
  const before = (await journalOf(machine, vault)).length;
  const { status } = await machine.tries(
    ["systemctl", "start", serviceOf(vault)],
  );
  if (status === 0) throw new Error(`${serviceOf(vault)} didn't fail`);
  return (await journalOf(machine, vault)).slice(before);
}

/** A run that has to succeed. */
export async function goodRun(machine: Machine, vault: Vault): Promise<void> {
  const { status, said } = await machine.tries(
    ["systemctl", "start", serviceOf(vault)],
  );
  if (status === 0) return;
  throw new Error(`${said}${await journalOf(machine, vault)}`);
}
