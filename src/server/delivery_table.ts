/**
 * What is still to be delivered to the URL that notifications go to, in the
 * database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A message on its way. */
export interface Delivery {
  number: number;
  /** The ID of the message. */
  message: string;
  topic: string;
  /** What is sent. */
  body: string;
  /** How often it was tried. */
  attempts: number;
  /** When to try next. */
  next_attempt: number;
}

/** Deliveries by number. */
export interface DeliveryTable {
  insert(
    delivery: Pick<Delivery, "message" | "topic" | "body">,
    now: number,
  ): void;
  /** Those that are to be tried first. */
  first(limit: number): Delivery[];
  /** Notes that an attempt failed. */
  postpone(number: number, nextAttempt: number): void;
  remove(number: number): void;
  /** Removes up to 100; returns how many. */
  removeCreatedBefore(time: number): number;
}

export function deliveryTable(database: Database): DeliveryTable {
  const insert = database.prepare(
    `INSERT INTO deliveries (message, topic, body, created, next_attempt)
     VALUES (?1, ?2, ?3, ?4, ?4)`,
  );
  const first = database.prepare(
    `SELECT number, message, topic, body, attempts, next_attempt FROM deliveries
     ORDER BY next_attempt, number LIMIT ?`,
  );
  const postpone = database.prepare(
    "UPDATE deliveries SET attempts = attempts + 1, next_attempt = ? WHERE number = ?",
  );
  const remove = database.prepare("DELETE FROM deliveries WHERE number = ?");
  const removeOld = database.prepare(
    `DELETE FROM deliveries WHERE number IN
       (SELECT number FROM deliveries WHERE created < ? LIMIT 100)`,
  );
  return {
    insert: ({ message, topic, body }, now) =>
      void insert.run(message, topic, body, now),
    first: (limit) => first.all(limit) as unknown as Delivery[],
    postpone: (number, nextAttempt) => void postpone.run(nextAttempt, number),
    remove: (number) => void remove.run(number),
    removeCreatedBefore: (time) => removeOld.run(time).changes,
  };
}
