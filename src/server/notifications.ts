/**
 * Notifications: Set, Get and Delete Vault Notification Configuration.
 *
 * @module
 */

import type { Hono } from "hono";
import {
  requireVault,
  type RouteEnvironment,
  type ServerContext,
  vaultArn,
} from "./context.ts";
import { parseObject, textField, textListField } from "./json_body.ts";
import type { NotificationConfig } from "./notification_table.ts";
import { checkVaultName } from "./parameters.ts";
import { invalid, missing, notFound } from "./refusal.ts";
import { isTopic } from "./topic.ts";

/** Events ("Set Vault Notification Configuration" in the Glacier developer guide). */
const EVENTS: readonly string[] = [
  "ArchiveRetrievalCompleted",
  "InventoryRetrievalCompleted",
];

function parseConfig(body: Uint8Array): NotificationConfig {
  const fields = parseObject(body);
  const topic = textField(fields, "SNSTopic");
  if (topic === null) throw missing("SNSTopic");
  if (!isTopic(topic)) throw invalid(`Invalid SNS topic: ${topic}`);
  const events = textListField(fields, "Events");
  if (events === null) throw missing("Events");
  if (events.length === 0) {
    throw invalid("Invalid events: at least one is needed");
  }
  for (const event of events) {
    if (!EVENTS.includes(event)) throw invalid(`Invalid event: ${event}`);
  }
  return { topic, events: [...new Set(events)] };
}

/** What has completed until now is told as the configuration was until now. */
async function set(
  context: ServerContext,
  vault: string,
  body: Uint8Array,
): Promise<void> {
  const { state } = context;
  requireVault(context, vault);
  const config = parseConfig(body);
  await context.publishDue();
  // It may have been deleted meanwhile.
  requireVault(context, vault);
  state.transaction(() => state.notifications.put(vault, config));
}

function get(context: ServerContext, vault: string) {
  requireVault(context, vault);
  const config = context.state.notifications.get(vault);
  if (config === undefined) {
    throw notFound(
      `No notification configuration is set for vault: ${
        vaultArn(context, vault)
      }`,
    );
  }
  return { Events: config.events, SNSTopic: config.topic };
}

async function remove(context: ServerContext, vault: string): Promise<void> {
  const { state } = context;
  await context.publishDue();
  requireVault(context, vault);
  state.transaction(() => state.notifications.remove(vault));
}

/** Adds the routes of notification configurations. */
export function routeNotifications(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const configuration = "/:account/vaults/:vault/notification-configuration";
  app.put(configuration, async (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    await set(context, vault, c.env.smallBody);
    return c.body(null, 204);
  });
  app.get(configuration, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(get(context, vault));
  });
  app.delete(configuration, async (c) => {
    await remove(context, checkVaultName(c.req.param("vault")));
    return c.body(null, 204);
  });
}
