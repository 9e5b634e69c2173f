/**
 * Conditions of policies ("IAM JSON policy elements: Condition" and "Condition
 * operators" in the IAM user guide): what of a request is compared with what.
 *
 * @module
 */

/** What a request is like, by the key of a condition in lower case. Keys that are not there are of no concern to the request. */
export type ConditionContext = ReadonlyMap<string, string>;

/** Compares a value of the request with one of the policy. */
type Comparison = (actual: string, wanted: string) => boolean;

/**
 * `*` stands for any characters, `?` for one. No expression is made of it: one
 * with many stars could take for ever.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  let [at, next] = [0, 0];
  /** Where the last star is, and up to where it reaches. */
  let [star, reached] = [-1, 0];
  while (at < text.length) {
    if (pattern[next] === "*") [star, reached] = [next++, at];
    else if (pattern[next] === "?" || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star >= 0) [next, at] = [star + 1, ++reached];
    else return false;
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}

const lower = (text: string) => text.toLowerCase();

/** A time of a policy: ISO 8601, or seconds since 1970. */
function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function byValue(
  valueOf: (text: string) => number,
  holds: (actual: number, wanted: number) => boolean,
): Comparison {
  return (actual, wanted) => holds(valueOf(actual), valueOf(wanted));
}

/** The comparisons of ordered values, as they are called for numbers and dates. */
function ordered(
  kind: string,
  valueOf: (text: string) => number,
): [string, Comparison][] {
  return [
    [`${kind}Equals`, byValue(valueOf, (a, b) => a === b)],
    [`${kind}LessThan`, byValue(valueOf, (a, b) => a < b)],
    [`${kind}LessThanEquals`, byValue(valueOf, (a, b) => a <= b)],
    [`${kind}GreaterThan`, byValue(valueOf, (a, b) => a > b)],
    [`${kind}GreaterThanEquals`, byValue(valueOf, (a, b) => a >= b)],
  ];
}

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ["StringEquals", (actual, wanted) => actual === wanted],
  ["StringEqualsIgnoreCase", (a, b) => lower(a) === lower(b)],
  ["StringLike", matchesPattern],
  ["ArnEquals", matchesPattern],
  ["ArnLike", matchesPattern],
  ["Bool", (a, b) => lower(a) === lower(b)],
  ...ordered("Numeric", Number),
  ...ordered("Date", timeOf),
]);

/** An operator taken apart: `StringNotEqualsIfExists` is the negation of `StringEquals`, and holds without a value. */
function parseOperator(name: string) {
  const plain = name.replace(/IfExists$/, "");
  const negated = /^(String|Arn|Numeric|Date)Not/.test(plain);
  return {
    comparison: COMPARISONS.get(negated ? plain.replace("Not", "") : plain),
    negated,
    optional: plain !== name,
  };
}

/** Whether one key is as an operator wants it. Of several wanted values one is enough, or none may be it. */
function holds(
  operator: string,
  actual: string | undefined,
  wanted: readonly string[],
): boolean {
  if (operator === "Null") {
    return wanted.some((value) =>
      lower(value) === String(actual === undefined)
    );
  }
  const { comparison, negated, optional } = parseOperator(operator);
  // What isn't known here is never met.
  if (comparison === undefined) return false;
  if (actual === undefined) return negated || optional;
  return wanted.some((value) => comparison(actual, value)) !== negated;
}

/** Whether a request meets all of a condition, whose form has been checked. */
export function meets(
  condition: Readonly<Record<string, Record<string, unknown>>>,
  context: ConditionContext,
): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, context.get(lower(key)), [values].flat().map(String))
    )
  );
}
