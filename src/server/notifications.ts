/**
 * Notifications: Set, Get and Delete Vault Notification Configuration. The
 * configuration is kept; there is no topic that anybody could be told through.
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

/** Events ("Set Vault Notification Configuration" in the Glacier developer guide). */
const EVENTS: readonly string[] = [
  "ArchiveRetrievalCompleted",
  "InventoryRetrievalCompleted",
];

/** The Amazon Resource Name of a topic ("Creating an Amazon SNS topic" in the SNS developer guide). */
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;

/** Returns the name of a topic that could exist. */
export function checkTopic(topic: string): string {
  if (!TOPIC.test(topic)) throw invalid(`Invalid SNS topic: ${topic}`);
  return topic;
}

function parseConfig(body: Uint8Array): NotificationConfig {
  const fields = parseObject(body);
  const topic = textField(fields, "SNSTopic");
  if (topic === null) throw missing("SNSTopic");
  checkTopic(topic);
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

function set(context: ServerContext, vault: string, body: Uint8Array): void {
  const { state } = context;
  requireVault(context, vault);
  const config = parseConfig(body);
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

function remove(context: ServerContext, vault: string): void {
  const { state } = context;
  requireVault(context, vault);
  state.transaction(() => state.notifications.remove(vault));
}

/** Adds the routes of notification configurations. */
export function routeNotifications(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const configuration = "/:account/vaults/:vault/notification-configuration";
  app.put(configuration, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    set(context, vault, c.env.smallBody);
    return c.body(null, 204);
  });
  app.get(configuration, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(get(context, vault));
  });
  app.delete(configuration, (c) => {
    remove(context, checkVaultName(c.req.param("vault")));
    return c.body(null, 204);
  });
}
