/**
 * Filters, and what they let pass, written down apart from the program's own.
 *
 * @module
 */

/** A filter as options, and as what it means. */
export interface Filter {
  args: string[];
  includes(name: string): boolean;
}

/** Lets everything pass. */
export const NO_FILTER: Filter = { args: [], includes: () => true };

const isBelow = (name: string, folder: string) =>
  `/${name}`.includes(`/${folder}/`);

/** Filters that tell the names of `names.ts` apart. */
export const FILTERS: readonly Filter[] = [
  {
    args: ["--exclude", "*.tmp"],
    includes: (name) => !name.endsWith(".tmp"),
  },
  {
    args: ["--filter", "+*.jpg -"],
    includes: (name) => name.endsWith(".jpg"),
  },
  {
    args: ["--filter", "-deep/ +*"],
    includes: (name) => !isBelow(name, "deep"),
  },
  {
    args: ["--filter=-/deep/"],
    includes: (name) => !name.startsWith("deep/"),
  },
  {
    args: ["--include", "*.txt", "--exclude", "/**"],
    includes: (name) => name.endsWith(".txt"),
  },
  {
    args: ["--exclude", "a b/**", "--include", "*"],
    // A slash within ties it to the root.
    includes: (name) => !name.startsWith("a b/"),
  },
];
