/**
 * What a run does, all of it drawn beforehand from its seed and number: the
 * local files and their changes, options, steps, and what strikes them.
 *
 * @module
 */

import { Random } from "../random.ts";
import type { Content } from "./content.ts";
import { type Filter, FILTERS, NO_FILTER } from "./filters.ts";
import { newName } from "./names.ts";
import {
  type AttemptPlan,
  drawStrike,
  MOST_BEHIND,
  type RequestKind,
  type Strike,
} from "./strike.ts";
import {
  applyChange,
  type Change,
  type LocalFile,
  type LocalTree,
} from "./tree.ts";
import { drawFaults } from "./faults.ts";

const MiB = 1024 * 1024;

/** What makes a file of the same size a modified one. */
export type Detect =
  | "treehash"
  | "mtime"
  | "mtime-or-treehash"
  | "mtime-and-treehash"
  | "size-only"
  | "always-positive";

const DETECT: readonly Detect[] = [
  "treehash",
  "mtime",
  "mtime-or-treehash",
  "mtime-and-treehash",
  "mtime-and-treehash",
  "size-only",
  "always-positive",
];

/** What sync does. */
export interface SyncStep {
  kind: "sync";
  new: boolean;
  replace?: Detect;
  remove: boolean;
  filter: Filter;
  max?: number;
}

/** One file goes up under a name of its own, or its own. */
export interface UploadStep {
  kind: "upload";
  /** A local file. */
  file: string;
  /** Where absent, its name below the folder. */
  as?: string;
}

/** A stream goes up. */
export interface StreamStep {
  kind: "stream";
  as: string;
  content: Content;
}

/** Files are asked for, and fetched, into a folder. */
export interface RestoreStep {
  kind: "restore";
  filter: Filter;
  max?: number;
  /** In MiB; 0 for one request a file. */
  segment: number;
  /** Files that are there before, by name. */
  there: LocalTree;
}

/** Archives are deleted. */
export interface PurgeStep {
  kind: "purge";
  filter: Filter;
}

/** The journal is looked through. */
export interface VerifyStep {
  kind: "verify";
}

/** What a step does. */
export type Action =
  | SyncStep
  | UploadStep
  | StreamStep
  | RestoreStep
  | PurgeStep
  | VerifyStep;

/** A step: local files change, then a command is run, as often as needed. */
export interface Step {
  changes: Change[];
  action: Action;
  /** Attempts that are struck or meet faults, of each command of the step; what they leave a quiet one must bring to its end. */
  attempts: AttemptPlan[][];
}

/** What is odd about a machine. */
export interface OddHost {
  /** Whether what is written takes its time. */
  slow: boolean;
  /** By how many seconds its clock is behind. */
  behind: number;
}

/** A run. */
export interface RunPlan {
  options: {
    /** In MiB. */
    partSize: number;
    concurrency: number;
    retries: number;
    /** Whether the journal lies below the folder. */
    journalInside: boolean;
    /** Whether what is written takes its time. */
    slowDisk: boolean;
    /** Whether there is a file that can't be archived for its name. */
    badName: boolean;
  };
  steps: Step[];
}

/** The random numbers of a run. */
export function randomOf(seed: number, run: number): Random {
  return new Random(Math.imul(seed, 1_000_003) + run * 7919 + 1);
}

/** Draws a run. */
export function planRun(seed: number, run: number): RunPlan {
  return new Planner(randomOf(seed, run)).plan();
}

class Planner {
  readonly #random: Random;
  /** The local files as they will be after the steps so far. */
  readonly #tree: LocalTree = new Map();
  /** Every name that was ever a file or an archive. */
  readonly #names = new Set<string>();
  readonly #contents: Content[] = [];
  readonly #partSize: number;
  #bytes = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#partSize = random.pick([1, 1, 1, 2, 4])!;
  }

  plan(): RunPlan {
    const random = this.#random;
    const options = {
      partSize: this.#partSize,
      concurrency: random.between(1, 8),
      retries: random.pick([2, 3, 3, 4])!,
      journalInside: random.chance(0.1),
      slowDisk: random.chance(0.5),
      badName: random.chance(0.08),
    };
    const steps: Step[] = [];
    const first = Array.from(
      { length: random.between(3, 8) },
      () => this.#addition(),
    );
    steps.push(this.#step(first, this.#sync({ new: true })));
    const more = random.between(3, 6);
    for (let i = 0; i < more; i++) steps.push(this.#anyStep());
    return { options, steps };
  }

  #anyStep(): Step {
    const draw = this.#random.next();
    if (draw < 0.36) return this.#syncStep();
    if (draw < 0.48) return this.#step([], this.#upload());
    if (draw < 0.6) return this.#step([], this.#stream());
    if (draw < 0.82) return this.#step([], this.#restore());
    if (draw < 0.92) {
      return this.#step([], { kind: "purge", filter: this.#filter(0.8) });
    }
    return this.#step([], { kind: "verify" });
  }

  #step(changes: Change[], action: Action): Step {
    const commands = action.kind === "restore" ? 2 : 1;
    const kinds = (command: number) =>
      action.kind === "restore" && command === 1
        ? ["fetching"] as const
        : KINDS[action.kind];
    const attempts = Array.from(
      { length: commands },
      (_, command) => this.#attempts(kinds(command), action, changes),
    );
    return { changes, action, attempts };
  }

  #attempts(
    kinds: readonly RequestKind[],
    action: Action,
    changes: readonly Change[],
  ): AttemptPlan[] {
    const random = this.#random;
    const attempts: AttemptPlan[] = [];
    for (const chance of [0.9, 0.7, 0.5]) {
      if (action.kind === "verify" || !random.chance(chance)) break;
      const struck = random.chance(0.8);
      const strike = struck ? this.#strike(kinds, action) : undefined;
      const during = strike !== undefined && random.chance(0.3);
      const change = this.#meanwhile(action, changes, strike, during);
      attempts.push({
        strike: strike && change && during
          ? { kind: "change", trigger: strike.trigger }
          : strike,
        change,
        faults: !struck || random.chance(0.4) ? drawFaults(random) : [],
        faultSeed: random.below(2 ** 31),
        powerLoss: random.chance(0.6),
        behind: random.chance(0.1) ? random.between(1, MOST_BEHIND) : 0,
      });
    }
    return attempts;
  }

  #strike(kinds: readonly RequestKind[], action: Action): Strike {
    const strike = drawStrike(this.#random, kinds);
    // Two clients with one standard input are no matter.
    if (strike.kind === "second" && action.kind === "stream") {
      return { kind: "killClient", trigger: strike.trigger };
    }
    return strike;
  }

  /** A file gets another content between two attempts, or during one. */
  #meanwhile(
    action: Action,
    changes: readonly Change[],
    strike: Strike | undefined,
    during: boolean,
  ): Change | undefined {
    const random = this.#random;
    const uploads = action.kind === "sync" || action.kind === "upload";
    const trigger = strike?.trigger;
    const parts = trigger?.on === "request" && trigger.of === "parts";
    if (!uploads || !random.chance(parts ? 0.7 : 0.3)) return undefined;
    const names = action.kind === "upload"
      ? [action.file]
      : this.#interesting(changes);
    const name = random.pick(names);
    if (name === undefined) return undefined;
    const { content, mtimeMs } = this.#tree.get(name)!;
    // Of the same size and time, so that only its hashes tell; while it is read
    // nothing would tell.
    const alike = !during && random.chance(0.6);
    const size = alike || random.chance(0.5)
      ? content.size
      : Math.max(1, content.size - random.below(100_000));
    return this.#write(name, {
      content: { seed: random.between(1, 2 ** 30), size },
      mtimeMs: alike ? mtimeMs : mtimeMs + 1000 * random.between(1, 1_000_000),
    });
  }

  /** Files whose change is of interest: those of several parts that a step uploads above all, for their uploads are gone on with. */
  #interesting(changes: readonly Change[]): string[] {
    const all = [...this.#tree].filter(([, { content }]) => content.size > 0);
    const large = all.filter(([, { content }]) =>
      content.size > this.#partSize * MiB
    );
    const fresh = new Set(changes.map(({ name }) => name));
    const both = large.filter(([name]) => fresh.has(name));
    const choices = [both, both, both, large, all];
    const found = this.#random.pick(choices)!;
    return (found.length > 0 ? found : all).map(([name]) => name);
  }

  #filter(chance: number): Filter {
    return this.#random.chance(chance)
      ? this.#random.pick(FILTERS)!
      : NO_FILTER;
  }

  #sync(modes: { new: boolean; replace?: Detect; remove?: boolean }): SyncStep {
    const random = this.#random;
    return {
      kind: "sync",
      remove: false,
      ...modes,
      filter: this.#filter(0.2),
      max: random.chance(0.1) ? random.between(1, 5) : undefined,
    };
  }

  #syncStep(): Step {
    const random = this.#random;
    const changes = Array.from(
      { length: random.between(1, 4) },
      () => this.#change(),
    ).flat();
    const replace = random.chance(0.6) ? random.pick(DETECT) : undefined;
    const remove = random.chance(0.35);
    const all = replace === undefined && !remove;
    return this.#step(
      changes,
      this.#sync({ new: all || random.chance(0.6), replace, remove }),
    );
  }

  #change(): Change[] {
    const random = this.#random;
    const names = [...this.#tree.keys()];
    // There is always a file left: an empty folder is a matter of its own.
    if (names.length < 2 || random.chance(0.3)) return [this.#addition()];
    const name = random.pick(names)!;
    const file = this.#tree.get(name)!;
    const draw = random.next();
    if (draw < 0.2) return [this.#apply({ kind: "remove", name })];
    if (draw < 0.3) {
      return [
        this.#apply({ kind: "remove", name }),
        this.#write(this.#newName(), file),
      ];
    }
    if (draw < 0.35) {
      return [this.#write(name, { ...file, content: { seed: 0, size: 0 } })];
    }
    const later = file.mtimeMs + 1000 * random.between(1, 1_000_000);
    if (draw < 0.5) return [this.#write(name, { ...file, mtimeMs: later })];
    const content = random.chance(0.3)
      ? { seed: random.between(1, 2 ** 30), size: file.content.size }
      : this.#content();
    const mtimeMs = random.chance(0.15) ? file.mtimeMs : later;
    return [this.#write(name, { content, mtimeMs })];
  }

  #addition(): Change {
    const random = this.#random;
    const empty = random.chance(0.05);
    return this.#write(this.#newName(), {
      content: empty ? { seed: 0, size: 0 } : this.#content(),
      mtimeMs: random.between(-100_000, 1_500_000) * 1_000_000 +
        (random.chance(0.3) ? random.below(1000) : 0),
    });
  }

  #newName(): string {
    const name = newName(this.#random, this.#names);
    this.#names.add(name);
    return name;
  }

  #write(name: string, file: LocalFile): Change {
    return this.#apply({ kind: "write", name, file });
  }

  #apply(change: Change): Change {
    applyChange(this.#tree, change);
    return change;
  }

  /** Small ones mostly, and some around the bounds of parts; not too much in all. */
  #content(): Content {
    const random = this.#random;
    if (this.#contents.length > 0 && random.chance(0.12)) {
      return random.pick(this.#contents)!;
    }
    const part = this.#partSize * MiB;
    const sizes = [
      1,
      1 + random.below(1000),
      1 + random.below(100_000),
      MiB + random.between(-1, 1),
      part + random.between(-1, 1),
      2 * part + random.between(-1, 1),
      part + 1 + random.below(2 * part),
    ];
    const drawn = random.pick(sizes)!;
    const size = this.#bytes + drawn > MOST_BYTES ? sizes[2] : drawn;
    this.#bytes += size;
    const content = { seed: random.between(1, 2 ** 30), size };
    this.#contents.push(content);
    return content;
  }

  /** A name for what is uploaded by itself: mostly a new one. */
  #nameForUpload(): string {
    const random = this.#random;
    const names = [...this.#names];
    return random.chance(0.25) ? random.pick(names)! : this.#newName();
  }

  #upload(): UploadStep | StreamStep {
    const random = this.#random;
    const files = [...this.#tree].filter(([, { content }]) => content.size > 0)
      .map(([name]) => name);
    const file = random.pick(files);
    if (file === undefined) return this.#stream();
    const own = random.chance(0.3);
    return {
      kind: "upload",
      file,
      as: own ? undefined : this.#nameForUpload(),
    };
  }

  #stream(): StreamStep {
    return {
      kind: "stream",
      as: this.#nameForUpload(),
      content: this.#content(),
    };
  }

  #restore(): RestoreStep {
    const random = this.#random;
    const there: LocalTree = new Map();
    for (const [name, file] of this.#tree) {
      if (!random.chance(0.2) || file.content.size === 0) continue;
      const content = random.chance(0.5)
        ? file.content
        : { seed: random.between(1, 2 ** 30), size: 1 + random.below(1000) };
      there.set(name, { ...file, content });
    }
    return {
      kind: "restore",
      filter: this.#filter(0.25),
      max: random.chance(0.15) ? random.between(1, 5) : undefined,
      segment: random.pick([0, 0, 1, 2])!,
      there: random.chance(0.5) ? there : new Map(),
    };
  }
}

/** Of all contents of a run. */
const MOST_BYTES = 8 * MiB;

/** Requests that a step is likely to make. */
const KINDS: Record<Action["kind"], readonly RequestKind[]> = {
  sync: ["creating", "creating", "parts", "parts", "beginning", "deleting"],
  upload: ["creating", "parts", "beginning"],
  stream: ["creating", "parts", "beginning"],
  restore: ["retrieving", "listing"],
  purge: ["deleting"],
  verify: ["any"],
};
