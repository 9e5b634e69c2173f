/**
 * Finds where JavaScript would need the global `Deno` although the runtime may
 * have none.
 *
 * @module
 */

import { parse } from "@babel/parser";

/** A node of the syntax tree. */
interface Node {
  type: string;
  loc?: { start: { line: number } };
  /** Its parts: nodes, lists of nodes, and plain values. */
  [field: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === "string";
}

/** A node, and those that it is in, from the outside to the inside. */
interface Place {
  node: Node;
  above: Node[];
}

function* identifiers(node: Node, above: Node[] = []): Generator<Place> {
  if (node.type === "Identifier") yield { node, above };
  const inside = [...above, node];
  for (const part of Object.values(node).flat()) {
    if (isNode(part)) yield* identifiers(part, inside);
  }
}

/** Whether it is only the name of a property or of a key. */
function isName({ node, above }: Place): boolean {
  const parent = above.at(-1)!;
  return parent.computed !== true &&
    (parent.property === node || parent.key === node);
}

/** `Deno`, or `globalThis.Deno`. */
function isDeno(node: unknown): boolean {
  if (!isNode(node)) return false;
  return node.type === "MemberExpression"
    ? isDeno(node.property)
    : node.type === "Identifier" && node.name === "Deno";
}

/** `typeof Deno`, which is good without one. */
function isLook(node: Node): boolean {
  return node.operator === "typeof" && isDeno(node.argument);
}

/** Whether a condition asks if there is a `Deno`. */
function asksForDeno(node: unknown): boolean {
  if (!isNode(node)) return false;
  return isLook(node) || asksForDeno(node.left) || asksForDeno(node.right);
}

function isBranch(node: Node, inside: Node): boolean {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      return node.test !== inside && asksForDeno(node.test);
    case "LogicalExpression":
      return node.right === inside && asksForDeno(node.left);
  }
  return false;
}

/**
 * The lines, counted from 1, that use `Deno` where it was not looked for first.
 * A function that is called only after such a look may use it.
 */
export function unguardedDeno(code: string): number[] {
  const program = parse(code, { sourceType: "module" })
    .program as unknown as Node;
  const places = [...identifiers(program)];
  const asked = new Set<string>();

  const isGuarded = ({ node, above }: Place): boolean => {
    const path = [...above, node];
    if (above.slice(-2).some(isLook)) return true;
    return path.some((outer, i) =>
      i + 1 < path.length &&
      (isBranch(outer, path[i + 1]) || isCalledGuarded(outer))
    );
  };
  const isCalledGuarded = (outer: Node): boolean => {
    if (outer.type !== "FunctionDeclaration" || !isNode(outer.id)) return false;
    const name = String(outer.id.name);
    // One that calls itself, by whatever way, is as guarded as its other calls.
    if (asked.has(name)) return true;
    asked.add(name);
    const calls = places.filter((place) =>
      place.node.name === name && place.node !== outer.id && !isName(place)
    );
    const guarded = calls.every(isGuarded);
    asked.delete(name);
    return guarded;
  };

  return places
    .filter((place) =>
      place.node.name === "Deno" &&
      (!isName(place) || isGlobalObject(place.above.at(-1)!.object))
    )
    .filter((place) => !isGuarded(place))
    .map(({ node }) => node.loc!.start.line);
}

function isGlobalObject(node: unknown): boolean {
  return isNode(node) && node.name === "globalThis";
}
