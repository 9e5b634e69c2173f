/**
 * Messages of queues in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A message in a queue. */
export interface QueueMessage {
  number: number;
  id: string;
  queue: string;
  body: string;
  sent: number;
  /** Before this time nobody receives it. */
  visible: number;
  /** How often it was received, when first, and when last; `null` where it never was. */
  receives: number;
  first_received: number | null;
  received: number | null;
  /** Told to whoever received it last. */
  receipt: string | null;
}

/** How to take messages out of sight. */
export interface Taking {
  now: number;
  /** Until when nobody else receives them. */
  until: number;
  limit: number;
  newReceipt: () => string;
}

/** Messages by queue. A queue is there whether it has messages or not. */
export interface MessageTable {
  insert(message: Pick<QueueMessage, "id" | "queue" | "body" | "sent">): void;
  /** Takes visible messages out of sight, the one that was visible first before others; returns them as they are then. */
  take(queue: string, taking: Taking): QueueMessage[];
  get(number: number): QueueMessage | undefined;
  setVisible(number: number, time: number): void;
  remove(number: number): void;
  /** When the first of the messages becomes visible; `null` where there is none. */
  nextVisible(queue: string, now: number): number | null;
  /** How many can be received, and how many were and are out of sight. */
  count(queue: string, now: number): { visible: number; hidden: number };
  /** Removes all messages of a queue, and notes when. */
  purge(queue: string, now: number): void;
  /** When a queue was last purged, as far as that is remembered. */
  purged(queue: string): number | undefined;
  forgetPurgesBefore(time: number): void;
  /** Removes up to 100 messages; returns how many. */
  removeSentBefore(time: number): number;
}

/** How long a message stays, in milliseconds: 4 days, the default of queues ("Amazon SQS message quotas" in the SQS developer guide). */
export const MESSAGE_LIFETIME = 4 * 24 * 60 * 60 * 1000;

export function messageTable(database: Database): MessageTable {
  const insert = database.prepare(
    `INSERT INTO messages (id, queue, body, sent, visible)
     VALUES (?1, ?2, ?3, ?4, ?4)`,
  );
  const takeable = database.prepare(
    `SELECT number FROM messages WHERE queue = ? AND visible <= ? AND sent > ?
     ORDER BY visible, number LIMIT ?`,
  );
  const take = database.prepare(
    `UPDATE messages SET visible = ?2, receives = receives + 1, received = ?1,
       first_received = coalesce(first_received, ?1), receipt = ?3
     WHERE number = ?4 RETURNING *`,
  );
  const get = database.prepare("SELECT * FROM messages WHERE number = ?");
  const setVisible = database.prepare(
    "UPDATE messages SET visible = ? WHERE number = ?",
  );
  const remove = database.prepare("DELETE FROM messages WHERE number = ?");
  const nextVisible = database.prepare(
    `SELECT visible FROM messages WHERE queue = ? AND sent > ?
     ORDER BY visible LIMIT 1`,
  );
  const count = database.prepare(
    `SELECT count(*) FILTER (WHERE visible <= ?2) AS visible,
       count(*) FILTER (WHERE visible > ?2) AS hidden
     FROM messages WHERE queue = ?1 AND sent > ?3`,
  );
  const removeAll = database.prepare("DELETE FROM messages WHERE queue = ?");
  const notePurge = database.prepare(
    "INSERT OR REPLACE INTO purges (queue, time) VALUES (?, ?)",
  );
  const purged = database.prepare("SELECT time FROM purges WHERE queue = ?");
  const forgetPurges = database.prepare("DELETE FROM purges WHERE time < ?");
  const removeOld = database.prepare(
    `DELETE FROM messages WHERE number IN
       (SELECT number FROM messages WHERE sent <= ? LIMIT 100)`,
  );
  return {
    insert: ({ id, queue, body, sent }) =>
      void insert.run(id, queue, body, sent),
    take: (queue, { now, until, limit, newReceipt }) =>
      takeable.all(queue, now, now - MESSAGE_LIFETIME, limit).map((row) =>
        take.get(now, until, newReceipt(), row.number) as unknown
      ) as QueueMessage[],
    get: (number) => get.get(number) as QueueMessage | undefined,
    setVisible: (number, time) => void setVisible.run(time, number),
    remove: (number) => void remove.run(number),
    nextVisible(queue, now) {
      const row = nextVisible.get(queue, now - MESSAGE_LIFETIME);
      return row === undefined ? null : Number(row.visible);
    },
    count: (queue, now) =>
      count.get(queue, now, now - MESSAGE_LIFETIME) as unknown as ReturnType<
        MessageTable["count"]
      >,
    purge(queue, now) {
      removeAll.run(queue);
      notePurge.run(queue, now);
    },
    purged: (queue) => purged.get(queue)?.time as number | undefined,
    forgetPurgesBefore: (time) => void forgetPurges.run(time),
    removeSentBefore: (time) => removeOld.run(time).changes,
  };
}
