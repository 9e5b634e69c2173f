/**
 * What a step may record and delete, and what it must have when it is done:
 * from what the journal said before, by the rules of each command, written down
 * apart from the program's own.
 *
 * @module
 */

import type { Contents } from "./content.ts";
import {
  type JournalView,
  type Version,
  versionsByName,
} from "./journal_files.ts";
import type { Action, Detect, SyncStep } from "./plan.ts";
import { type LocalFile, type LocalTree, mtimeOf } from "./tree.ts";

/** An archive that a step may make. */
export interface Addition {
  size: number;
  treeHash: string;
  /** In seconds since 1970: exactly, or from when on. */
  mtime: { exactly: number } | { from: number };
}

/** Archives of one name that a step may make. */
export interface Additions {
  /** One of these each time. */
  any: Addition[];
  /** Whether an older version goes for each that is made. */
  replaces: boolean;
}

/** What a step may do. */
export interface Expectation {
  /** What it may record, by name. */
  additions: Map<string, Additions>;
  /** Names whose versions it may delete without another in their place. */
  deletions: Set<string>;
  /** Whether each attempt may record each addition once more, as deliberate uploads do. */
  deliberate: boolean;
}

/** What a step may do where the journal says `before`. `started`: when it began, in seconds since 1970. */
export function expectationOf(
  action: Action,
  before: JournalView,
  tree: LocalTree,
  contents: Contents,
  started: number,
): Expectation {
  const none = {
    additions: new Map<string, Additions>(),
    deletions: new Set<string>(),
    deliberate: false,
  };
  switch (action.kind) {
    case "sync":
      return { ...none, ...syncPlan(action, before, tree, contents) };
    case "upload": {
      const { file, as = file } = action;
      const addition = additionOf(tree.get(file)!, contents);
      return {
        ...none,
        additions: new Map([[as, addition]]),
        deliberate: true,
      };
    }
    case "stream": {
      const { as, content } = action;
      const addition: Additions = {
        any: [{
          size: content.size,
          treeHash: contents.hash(content),
          mtime: { from: started },
        }],
        replaces: false,
      };
      return {
        ...none,
        additions: new Map([[as, addition]]),
        deliberate: true,
      };
    }
    case "purge": {
      const names = [...versionsByName(before).keys()];
      const deletions = new Set(names.filter(action.filter.includes));
      return { ...none, deletions };
    }
    case "restore":
    case "verify":
      return none;
  }
}

function additionOf(
  file: LocalFile,
  contents: Contents,
  replaces = false,
): Additions {
  const addition = {
    size: file.content.size,
    treeHash: contents.hash(file.content),
    mtime: { exactly: mtimeOf(file) },
  };
  return { any: [addition], replaces };
}

/**
 * Takes in that a local file has changed while the step is under way: `more` is
 * what the step may do from now on.
 */
export function extend(
  { additions }: Expectation,
  more: Expectation,
  changed: string,
  action: Action,
): void {
  for (const [name, addition] of more.additions) {
    const known = additions.get(name);
    known?.any.push(...addition.any);
    if (!known) additions.set(name, addition);
    else known.replaces ||= addition.replaces;
  }
  // What an earlier attempt has recorded is another one now.
  const addition = additions.get(changed);
  if (addition && action.kind === "sync" && action.replace) {
    addition.replaces = true;
  }
}

/** What sync has to do. */
export function syncPlan(
  step: SyncStep,
  before: JournalView,
  tree: LocalTree,
  contents: Contents,
): Pick<Expectation, "additions" | "deletions"> {
  const additions = new Map<string, Additions>();
  const deletions = new Set<string>();
  const versions = versionsByName(before);
  for (const [name, file] of tree) {
    if (file.content.size === 0 || !step.filter.includes(name)) continue;
    const latest = versions.get(name)?.[0];
    if (latest === undefined) {
      // What one attempt has uploaded, the next one replaces.
      const again = step.replace === "always-positive";
      if (step.new) additions.set(name, additionOf(file, contents, again));
    } else if (
      step.replace && isModified(file, latest, step.replace, contents)
    ) {
      additions.set(name, additionOf(file, contents, true));
    }
  }
  if (!step.remove) return { additions, deletions };
  for (const name of versions.keys()) {
    const there = (tree.get(name)?.content.size ?? 0) > 0;
    if (!there && step.filter.includes(name)) deletions.add(name);
  }
  return { additions, deletions };
}

function isModified(
  file: LocalFile,
  latest: Version,
  detect: Detect,
  contents: Contents,
): boolean {
  if (file.content.size !== latest.size) return true;
  const otherTime = latest.mtime !== null && latest.mtime !== mtimeOf(file);
  const otherHash = latest.treeHash !== contents.hash(file.content);
  switch (detect) {
    case "treehash":
      return otherHash;
    case "mtime":
      return otherTime;
    case "mtime-or-treehash":
      return otherTime || otherHash;
    case "mtime-and-treehash":
      return otherTime && otherHash;
    case "size-only":
      return false;
    case "always-positive":
      return true;
  }
}

/** What a step recorded and deleted. */
export interface Difference {
  /** Archives recorded, by name. */
  created: Map<string, Version[]>;
  /** Archives deleted, by name. */
  deleted: Map<string, Version[]>;
}

/** What happened to a journal. */
export function differenceOf(
  before: JournalView,
  after: JournalView,
): Difference {
  const created = [...after.created.values()].filter(({ archiveId }) =>
    !before.created.has(archiveId)
  );
  const deleted = [...after.deleted].filter((id) => !before.deleted.has(id))
    .map((id) => after.created.get(id)!);
  return {
    created: Map.groupBy(created, ({ name }) => name),
    deleted: Map.groupBy(deleted, ({ name }) => name),
  };
}

/**
 * What is wrong with what a step did so far, in sentences.
 *
 * @param processes How many clients have worked on it.
 * @param done Whether it is done: until then what is replaced may be there too.
 */
export function faultsOf(
  expectation: Expectation,
  before: JournalView,
  after: JournalView,
  processes: number,
  done: boolean,
): string[] {
  const { created, deleted } = differenceOf(before, after);
  const versions = versionsByName(before);
  const wrong: string[] = [];
  for (const [name, made] of created) {
    const addition = expectation.additions.get(name);
    if (addition === undefined) {
      wrong.push(`${quote(name)} was recorded, and should not be`);
      continue;
    }
    for (const version of made) {
      if (!addition.any.some((each) => isThe(each, version))) {
        wrong.push(
          `${quote(name)} was recorded as ${JSON.stringify(version)}, not ${
            JSON.stringify(addition.any)
          }`,
        );
      }
    }
    const before = versions.get(name)?.length ?? 0;
    const deliberate = expectation.deliberate || (!done && addition.replaces);
    const most = deliberate
      ? processes
      : Math.max(1, Math.min(before, processes));
    const live = made.filter(({ archiveId }) => after.live.has(archiveId));
    if (live.length > most) {
      wrong.push(
        `${
          quote(name)
        } is in the journal ${live.length} times more, not ${most}`,
      );
    }
  }
  for (const name of before.live.size > 0 ? missing(before, after) : []) {
    if (!expectation.deletions.has(name)) {
      wrong.push(`${quote(name)} has no archive in the journal any more`);
    }
  }
  for (const [name, gone] of deleted) {
    if (expectation.deletions.has(name)) continue;
    const { replaces = false } = expectation.additions.get(name) ?? {};
    const made = created.get(name)?.length ?? 0;
    if (!replaces) {
      wrong.push(`An archive of ${quote(name)} was deleted, and should not be`);
    } else if (gone.length > made) {
      wrong.push(
        `${gone.length} archives of ${
          quote(name)
        } were deleted for ${made} new ones`,
      );
    }
  }
  return wrong;
}

/** Names that have no archive any more. */
function missing(before: JournalView, after: JournalView): string[] {
  const names = new Set(Array.from(after.live.values(), ({ name }) => name));
  return [...versionsByName(before).keys()].filter((name) => !names.has(name));
}

function isThe(addition: Addition, version: Version): boolean {
  const { size, treeHash, mtime } = addition;
  if (version.size !== size || version.treeHash !== treeHash) return false;
  if (version.mtime === null) return false;
  return "exactly" in mtime
    ? version.mtime === mtime.exactly
    : version.mtime >= mtime.from;
}

/**
 * What a step that is done has left undone, in sentences.
 *
 * @param clean Whether no file failed.
 * @param changed The file that changed during its last attempt, if one did.
 */
export function leftUndone(
  action: Action,
  before: JournalView,
  after: JournalView,
  tree: LocalTree,
  contents: Contents,
  clean: boolean,
  changed?: string,
): string[] {
  switch (action.kind) {
    case "sync": {
      if (action.max !== undefined) return [];
      const { additions, deletions } = syncPlan(action, after, tree, contents);
      const versions = versionsByName(before);
      const several = (name: string) => (versions.get(name)?.length ?? 0) > 1;
      return [
        ...[...additions.keys()]
          .filter(() => action.replace !== "always-positive")
          .filter((name) => !several(name) && name !== changed)
          .map((name) => `${quote(name)} was not uploaded`),
        ...[...deletions].filter((name) => clean && !several(name))
          .map((name) => `The archive of ${quote(name)} was not deleted`),
      ];
    }
    case "upload":
    case "stream": {
      const name = action.kind === "upload"
        ? action.as ?? action.file
        : action.as;
      const { created } = differenceOf(before, after);
      return created.has(name) ? [] : [`${quote(name)} was not recorded`];
    }
    case "purge":
      return [...after.live.values()]
        .filter(({ name }) => action.filter.includes(name))
        .map(({ name }) => `An archive of ${quote(name)} was not deleted`);
    case "restore":
    case "verify":
      return [];
  }
}

/** A name as it is shown in the log. */
export function quote(name: string): string {
  return JSON.stringify(name);
}
