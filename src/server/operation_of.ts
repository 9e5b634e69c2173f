/**
 * Which operation of the API a request asks for.
 *
 * @module
 */

import { type OperationName, OPERATIONS } from "../glacier/operations.ts";

/** An operation, and what its requests look like. */
interface Shape {
  name: OperationName;
  method: string;
  path: RegExp;
  /** The `operation` of the query, where two operations differ in nothing else. */
  query: string | null;
}

/** A path of the table as an expression: each name in braces is one component. */
function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
}

const SHAPES: readonly Shape[] = Object.entries(OPERATIONS).map(
  ([name, { method, path }]) => {
    const [pathname, query] = path.split("?");
    return {
      name: name as OperationName,
      method,
      path: pathPattern(pathname),
      query: new URLSearchParams(query).get("operation"),
    };
  },
);

/** The operation that a request asks for; `undefined` where it asks for none. */
export function operationOf(
  { method, url }: Pick<Request, "method" | "url">,
): OperationName | undefined {
  if (!URL.canParse(url)) return undefined;
  const { pathname, searchParams } = new URL(url);
  return SHAPES.find((shape) =>
    shape.method === method && shape.path.test(pathname) &&
    (shape.query === null || shape.query === searchParams.get("operation"))
  )?.name;
}
