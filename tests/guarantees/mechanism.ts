/**
 * What keeps a promise, how it is switched off, and the test that notices.
 *
 * @module
 */

/** A mechanism. */
export interface Mechanism {
  /** What it does, in a few words. */
  title: string;
  /** The file that it is in, from the project's root. */
  file: string;
  /** A piece of that file that is there once, and what takes its place to switch it off. */
  code: string;
  off: string;
  /** The test that fails then: its file below `tests/`, and its name. */
  test: [file: string, name: string];
}

/** What is promised, and everything that keeps it. */
export interface Promised {
  /** As docs/guarantees.md has it for a heading. */
  title: string;
  mechanisms: Mechanism[];
}
