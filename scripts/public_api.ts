/**
 * What a module exports, as `deno doc` tells it, and what of it has no words or
 * no example.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** What a comment says. */
interface DocComment {
  doc?: string;
  tags?: { kind: string }[];
}

/** A property or method of a type. */
interface Member {
  name: string;
  jsDoc?: DocComment;
  accessibility?: string;
  /** Such as `method` or `getter`. */
  kind?: string;
  isStatic?: boolean;
}

/** Where and how a symbol is declared. */
interface Declaration {
  kind: string;
  location: { filename: string };
  jsDoc?: DocComment;
  def?: { properties?: Member[]; methods?: Member[]; tsType?: TypeNode };
}

/** A type, as far as it is looked into. */
interface TypeNode {
  kind: string;
  /** Its parts, or the properties of a literal. */
  value?: unknown;
}

/** Something that a module exports. */
export interface PublicSymbol {
  name: string;
  /** Such as `class`, `function`, `interface`. */
  kind: string;
  /** Path of the file that declares it. */
  file: string;
  doc: string;
  hasExample: boolean;
  members: {
    name: string;
    doc: string;
    method: boolean;
    hasExample: boolean;
  }[];
}

/** All that the module at `path` exports. */
export async function publicSymbols(path: string): Promise<PublicSymbol[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno doc ${path}: ${text(stderr)}`);
  return symbolsOf(JSON.parse(text(stdout)));
}

/** Reads what `deno doc --json` says. */
export function symbolsOf(
  { nodes }: {
    nodes: Record<
      string,
      { symbols: { name: string; declarations: Declaration[] }[] }
    >;
  },
): PublicSymbol[] {
  return Object.values(nodes).flatMap(({ symbols }) => symbols)
    .flatMap(({ name, declarations }) =>
      declarations.map((each) => symbolOf(name, each))
    );
}

function symbolOf(
  name: string,
  { kind, location, jsDoc, def = {} }: Declaration,
): PublicSymbol {
  const { properties = [], methods = [] } = def;
  const member = (method: boolean) => (each: Member) => ({
    name: each.name,
    doc: each.jsDoc?.doc ?? "",
    method: method && each.kind !== "getter",
    hasExample: hasExample(each.jsDoc),
  });
  const isPublic = ({ accessibility }: Member) => accessibility !== "private";
  return {
    name,
    kind,
    file: fileURLToPath(location.filename),
    doc: jsDoc?.doc ?? "",
    hasExample: hasExample(jsDoc),
    members: [
      ...properties.filter(isPublic).map(member(false)),
      ...literalProperties(def.tsType).map(member(false)),
      ...methods.filter(isPublic).map(member(true)),
    ],
  };
}

/**
 * The properties of an alias's literal types, be they parts of a union or an
 * intersection. `type`, which tells the parts of a union apart, speaks for
 * itself.
 */
function literalProperties(type: TypeNode | undefined): Member[] {
  switch (type?.kind) {
    case "union":
    case "intersection":
      return (type.value as TypeNode[]).flatMap(literalProperties);
    case "parenthesized":
      return literalProperties(type.value as TypeNode);
    case "typeLiteral": {
      const { properties } = type.value as { properties: Member[] };
      return properties.filter(({ name }) => name !== "type");
    }
    default:
      return [];
  }
}

function hasExample(jsDoc: DocComment | undefined): boolean {
  return jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;
}

/** What has a type for a value: types need no example. */
const TYPES: readonly string[] = ["interface", "typeAlias"];

/** Classes whose every method is to have an example, because people begin there. */
const BY_METHOD: readonly string[] = ["Vault"];

/** A line for everything that has no words, or no example and needs one. */
export function missingDocs(symbols: readonly PublicSymbol[]): string[] {
  return symbols.flatMap(({ name, kind, doc, hasExample, members }) => [
    ...doc === "" ? [`${name} has no documentation`] : [],
    ...!TYPES.includes(kind) && !hasExample ? [`${name} has no example`] : [],
    ...members.filter(({ doc }) => doc === "")
      .map((member) => `${name}.${member.name} has no documentation`),
    ...members.filter(({ method, hasExample }) =>
      BY_METHOD.includes(name) && method && !hasExample
    ).map((member) => `${name}.${member.name} has no example`),
  ]);
}
