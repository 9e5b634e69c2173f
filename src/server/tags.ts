/**
 * Tags: Add Tags To, Remove Tags From and List Tags For Vault.
 *
 * @module
 */

import type { Hono } from "hono";
import {
  requireVault,
  type RouteEnvironment,
  type ServerContext,
} from "./context.ts";
import { parseObject, textListField, textMapField } from "./json_body.ts";
import { checkVaultName } from "./parameters.ts";
import { invalid, missing, Refusal } from "./refusal.ts";

/**
 * Tags of one vault ("AddTagsToVault" in the Glacier API reference). The
 * developer guide says 50 in newer editions, still with no more than this many
 * in one request.
 */
const MAX_TAGS = 10;

/**
 * Characters of keys and values ("Tag Restrictions" in the Glacier developer
 * guide, but with the 256 for values that tags have everywhere else in AWS,
 * where it says 255).
 */
const KEY = /^[\p{L}\p{N}\p{Z}_./=+@-]{1,128}$/u;
const VALUE = /^[\p{L}\p{N}\p{Z}_./=+@-]{0,256}$/u;

function parseTags(body: Uint8Array): [string, string][] {
  const tags = textMapField(parseObject(body), "Tags");
  if (tags === null) throw missing("Tags");
  if (tags.length === 0) throw invalid("Invalid tags: at least one is needed");
  for (const [key, value] of tags) {
    if (!KEY.test(key)) throw invalid(`Invalid tag key: ${key}`);
    if (!VALUE.test(value)) throw invalid(`Invalid tag value: ${value}`);
  }
  return tags;
}

function parseTagKeys(body: Uint8Array): string[] {
  const keys = textListField(parseObject(body), "TagKeys");
  if (keys === null) throw missing("TagKeys");
  if (keys.length < 1 || keys.length > MAX_TAGS) {
    throw invalid(
      `Invalid tag keys: their number must be between 1 and ${MAX_TAGS}`,
    );
  }
  for (const key of keys) {
    if (!KEY.test(key)) throw invalid(`Invalid tag key: ${key}`);
  }
  return keys;
}

function add(context: ServerContext, vault: string, body: Uint8Array): void {
  const { state } = context;
  requireVault(context, vault);
  const tags = parseTags(body);
  state.transaction(() => {
    for (const [key, value] of tags) state.tags.put(vault, { key, value });
    // Those of the same keys were replaced, so only now it is clear.
    if (state.tags.count(vault) > MAX_TAGS) {
      throw new Refusal(
        "LimitExceededException",
        `The number of tags of a vault is limited to ${MAX_TAGS}`,
      );
    }
  });
}

function remove(context: ServerContext, vault: string, body: Uint8Array): void {
  const { state } = context;
  requireVault(context, vault);
  const keys = parseTagKeys(body);
  state.transaction(() => keys.forEach((key) => state.tags.remove(vault, key)));
}

function list(context: ServerContext, vault: string) {
  requireVault(context, vault);
  const tags = context.state.tags.list(vault);
  return { Tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])) };
}

/** Adds the routes of tags. */
export function routeTags(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const tags = "/:account/vaults/:vault/tags";
  app.get(
    tags,
    (c) => c.json(list(context, checkVaultName(c.req.param("vault")))),
  );
  app.post(tags, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    const operation = c.req.query("operation");
    if (operation === undefined) throw missing("operation");
    if (operation === "add") add(context, vault, c.env.smallBody);
    else if (operation === "remove") remove(context, vault, c.env.smallBody);
    else throw invalid(`Invalid operation: ${operation}`);
    return c.body(null, 204);
  });
}
