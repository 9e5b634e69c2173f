/**
 * What a journal says, and whether the vault says the same.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Machine, textOf } from "./machine.ts";

/** What is synced: a name for the units, the folder, and where the journal is. */
export interface Vault {
  name: string;
  folder: string;
  journal: string;
}

/** An archive: its ID, and the name of its file. */
type Archive = [id: string, name: string];

/** The archives of a journal in which nothing was deleted. */
export async function archivesOf(
  machine: Machine,
  journal: string,
): Promise<Archive[]> {
  return (await textOf(machine, journal)).split("\n")
    .map((line) => line.split("\t"))
    .filter(([, , what]) => what === "CREATED")
    .map((fields): Archive => [fields[3], fields[7]])
    .sort();
}

/** How many archives a journal has so far. */
export async function countOf(
  machine: Machine,
  { journal }: Vault,
): Promise<number> {
  return (await archivesOf(machine, journal)).length;
}

/** Sees that the vault has the archives of the journal and no other; returns the names of their files. */
export async function agreed(
  machine: Machine,
  { name, journal }: Vault,
): Promise<string[]> {
  const inventory = `/root/${name}.inventory`;
  const options = ["--config", `/etc/moraine/${name}.cfg`];
  await machine.does(["rm", "-f", inventory, `${inventory}.vault`]);
  await machine.does(["moraine", "retrieve-inventory", ...options]);
  await machine.does(
    ["moraine", "download-inventory", "--new-journal", inventory, ...options],
  );
  const archives = await archivesOf(machine, journal);
  assertEquals(archives, await archivesOf(machine, inventory));
  return archives.map(([, name]) => name).sort();
}

/** Sees that journal and vault have each file of the folder once, and no other. */
export async function complete(machine: Machine, vault: Vault): Promise<void> {
  const files = await machine.does(
    ["find", vault.folder, "-type", "f", "-printf", "%P\\n"],
  );
  assertEquals(await agreed(machine, vault), files.trim().split("\n").sort());
}
