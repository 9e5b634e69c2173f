/**
 * Notification configurations of vaults in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** Which topic a vault tells of which events. */
export interface NotificationConfig {
  topic: string;
  events: string[];
}

/** Configurations by vault. */
export interface NotificationTable {
  get(vault: string): NotificationConfig | undefined;
  /** Sets a vault's configuration, or replaces it. */
  put(vault: string, config: NotificationConfig): void;
  /** Removes a vault's configuration; nothing happens where there is none. */
  remove(vault: string): void;
}

export function notificationTable(database: Database): NotificationTable {
  const get = database.prepare(
    "SELECT topic, events FROM notifications WHERE vault = ?",
  );
  const put = database.prepare(
    "INSERT OR REPLACE INTO notifications (vault, topic, events) VALUES (?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM notifications WHERE vault = ?");
  return {
    get(vault) {
      const row = get.get(vault);
      if (row === undefined) return undefined;
      return {
        topic: String(row.topic),
        events: String(row.events).split(" "),
      };
    },
    put: (vault, { topic, events }) =>
      void put.run(vault, topic, events.join(" ")),
    remove: (vault) => void remove.run(vault),
  };
}
