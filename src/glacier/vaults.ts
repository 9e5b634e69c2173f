/**
 * Vaults, their tags and their notifications.
 *
 * All functions throw {@linkcode UsageError} for a name that is not 1 to 255
 * of `A-Z a-z 0-9 _ . -`, and {@linkcode ServiceError} and
 * {@linkcode NetworkError} where the service refuses or is not heard.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { CallOptions } from "../store.ts";
import { type JsonObject, readNothing } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { pageQuery, readPage } from "./pages.ts";
import type {
  Page,
  PageOptions,
  VaultDescription,
  VaultNotificationConfig,
} from "./types.ts";

/**
 * Makes a vault; succeeds where it exists already. An account can have 1,000
 * in a region. ("Create Vault" in the Glacier developer guide)
 *
 * @returns the vault's path below the endpoint, where the service told.
 */
export function createVault(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<{ location?: string }> {
  return connection.call(
    "CreateVault",
    { path: { vaultName } },
    async (answer) => {
      await answer.nothing();
      return { location: answer.optionalHeader("location") };
    },
    options,
  );
}

/**
 * Tells of a vault; counts and sizes are those of its last inventory.
 * ("Describe Vault" in the Glacier developer guide)
 */
export function describeVault(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<VaultDescription> {
  return connection.call(
    "DescribeVault",
    { path: { vaultName } },
    async (answer) => readVault(await answer.json()),
    options,
  );
}

/**
 * Deletes a vault. Refused while its last inventory has archives, or it was
 * written to since. ("Delete Vault" in the Glacier developer guide)
 */
export function deleteVault(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "DeleteVault",
    { path: { vaultName } },
    readNothing,
    options,
  );
}

/** A page of the account's vaults, by name. ("List Vaults" in the Glacier developer guide) */
export function listVaults(
  connection: Connection,
  page: PageOptions & CallOptions = {},
): Promise<Page<VaultDescription>> {
  return connection.call(
    "ListVaults",
    { query: pageQuery(page) },
    readPage("VaultList", readVault, page),
    page,
  );
}

/**
 * Adds tags, and replaces those of the same names. ("Add Tags To Vault" in the
 * Glacier developer guide)
 *
 * @throws {UsageError} where there are none.
 */
export function addTagsToVault(
  connection: Connection,
  vaultName: string,
  tags: Record<string, string>,
  options?: CallOptions,
): Promise<void> {
  checkTags(Object.keys(tags));
  return connection.call(
    "AddTagsToVault",
    { path: { vaultName }, json: { Tags: tags } },
    readNothing,
    options,
  );
}

/**
 * Removes tags by name; those that are not there do not matter. ("Remove Tags
 * From Vault" in the Glacier developer guide)
 *
 * @throws {UsageError} where there are none.
 */
export function removeTagsFromVault(
  connection: Connection,
  vaultName: string,
  tagKeys: string[],
  options?: CallOptions,
): Promise<void> {
  checkTags(tagKeys);
  return connection.call(
    "RemoveTagsFromVault",
    { path: { vaultName }, json: { TagKeys: tagKeys } },
    readNothing,
    options,
  );
}

/** The tags of a vault. ("List Tags For Vault" in the Glacier developer guide) */
export function listTagsForVault(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<Record<string, string>> {
  return connection.call(
    "ListTagsForVault",
    { path: { vaultName } },
    async (answer) => (await answer.json()).map("Tags"),
    options,
  );
}

/**
 * Has a vault tell a topic of its events. ("Set Vault Notification
 * Configuration" in the Glacier developer guide)
 */
export function setVaultNotifications(
  connection: Connection,
  vaultName: string,
  { snsTopic, events }: VaultNotificationConfig,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "SetVaultNotifications",
    {
      path: { vaultName },
      json: { SNSTopic: snsTopic, Events: events },
    },
    readNothing,
    options,
  );
}

/**
 * Where a vault tells of its events; a `ServiceError` with the code
 * `ResourceNotFoundException` where it does not. ("Get Vault Notifications" in
 * the Glacier developer guide)
 */
export function getVaultNotifications(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<VaultNotificationConfig> {
  return connection.call(
    "GetVaultNotifications",
    { path: { vaultName } },
    async (answer) => {
      const json = await answer.json();
      return {
        snsTopic: json.string("SNSTopic"),
        events: json.strings("Events"),
      };
    },
    options,
  );
}

/** Has a vault tell of nothing. ("Delete Vault Notifications" in the Glacier developer guide) */
export function deleteVaultNotifications(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "DeleteVaultNotifications",
    { path: { vaultName } },
    readNothing,
    options,
  );
}

function readVault(json: JsonObject): VaultDescription {
  return {
    vaultArn: json.string("VaultARN"),
    vaultName: json.string("VaultName"),
    creationDate: json.date("CreationDate"),
    lastInventoryDate: json.optionalDate("LastInventoryDate"),
    numberOfArchives: json.optionalNumber("NumberOfArchives") ?? 0,
    sizeInBytes: json.optionalNumber("SizeInBytes") ?? 0,
  };
}

function checkTags(keys: string[]): void {
  if (keys.length === 0) throw new UsageError("No tags were given");
}
