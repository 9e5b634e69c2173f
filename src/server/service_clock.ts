/**
 * The service's own time: the machine's, moved ahead as far as tests want, so
 * that what takes hours or days need not be waited for.
 *
 * Signatures are judged by the machine's time, which is also what answers have
 * in their Date header: clients sign by their own clocks, and correct them by
 * that header.
 *
 * @module
 */

import type { Clock, Database } from "../platform.ts";

/** A clock that can be moved ahead. */
export interface ServiceClock extends Clock {
  /** How far it is ahead of the machine's, in milliseconds. */
  readonly ahead: number;
  /** Moves it on by so many milliseconds, for good: time doesn't go back when the server starts again. */
  advance(ms: number): void;
}

/** Opens the clock that belongs to a database. */
export function openServiceClock(
  database: Database,
  machine: Clock,
): ServiceClock {
  const read = database.prepare("SELECT ahead FROM service_clock");
  const write = database.prepare(
    "INSERT OR REPLACE INTO service_clock (only, ahead) VALUES (1, ?)",
  );
  let ahead = Number(read.get()?.ahead ?? 0);
  return {
    get ahead() {
      return ahead;
    },
    now: () => machine.now() + ahead,
    advance(ms) {
      write.run(ahead + ms);
      ahead += ms;
    },
  };
}
