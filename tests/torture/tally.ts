/**
 * What torture runs amounted to.
 *
 * @module
 */

import type { Attempt } from "./attempt.ts";
import type { IntentsView, Version } from "./journal_files.ts";
import type { Action } from "./plan.ts";
import type { VaultView } from "./service.ts";
import type { AttemptPlan } from "./strike.ts";

/** Counts of one run, or of many. */
export class Tally {
  runs = 0;
  clients = 0;
  clientKills = 0;
  serverKills = 0;
  /** Strikes by a second client. */
  seconders = 0;
  powerLosses = 0;
  requests = 0;
  archives = 0;
  doubts = 0;
  files = 0;
  bytes = 0;
  readonly steps = new Map<string, number>();
  /** How often faults struck, by rule. */
  readonly faults = new Map<string, number>();

  step(kind: Action["kind"]): void {
    this.steps.set(kind, (this.steps.get(kind) ?? 0) + 1);
  }

  attempt({ strike }: AttemptPlan, { ends, struck, exchanges }: Attempt): void {
    this.clients += ends.length;
    this.requests += exchanges.length;
    this.clientKills += ends.filter(({ status }) => status === "killed").length;
    if (!struck) return;
    const kind = strike!.kind;
    if (kind === "killServer" || kind === "killBoth") this.serverKills++;
    if (kind === "second") this.seconders++;
  }

  restored(versions: Iterable<Version>): void {
    for (const { size } of versions) {
      this.files++;
      this.bytes += size;
    }
  }

  end({ archives }: VaultView, { doubtful }: IntentsView): void {
    this.archives += archives.size;
    this.doubts += doubtful.size;
    this.runs++;
  }

  add(other: Tally): void {
    for (const name of COUNTS) this[name] += other[name];
    for (const name of ["steps", "faults"] as const) {
      for (const [key, count] of other[name]) {
        this[name].set(key, (this[name].get(key) ?? 0) + count);
      }
    }
  }
}

const COUNTS = [
  "runs",
  "clients",
  "clientKills",
  "serverKills",
  "seconders",
  "powerLosses",
  "requests",
  "archives",
  "doubts",
  "files",
  "bytes",
] as const;

/** The counts as lines to read. */
export function* tallyLines(tally: Tally): Iterable<string> {
  const inOrder = (counts: Map<string, number>) =>
    [...counts].sort(([, a], [, b]) => b - a);
  const steps = inOrder(tally.steps).map(([kind, count]) => `${kind} ${count}`);
  const struck = [...tally.faults.values()].reduce((sum, n) => sum + n, 0);
  yield `${tally.runs} runs, steps: ${steps.join(", ")}`;
  yield `${tally.clients} clients, ${tally.clientKills} of them killed, ${tally.seconders} at the same time as another`;
  yield `${tally.serverKills} times the server was killed, ${tally.powerLosses} times something was torn as by a power failure`;
  yield `${tally.requests} requests, ${struck} of them struck by faults:`;
  for (const [rule, count] of inOrder(tally.faults)) {
    yield `  ${count} × ${rule}`;
  }
  yield `${tally.archives} archives at the end, ${tally.doubts} doubts; ${tally.files} files restored and compared, ${tally.bytes} bytes`;
}
