/**
 * What a module exports, as `deno doc` tells it, and what of it has no words or
 * is shown by no example.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** What a comment says. */
interface DocComment {
  doc?: string;
  tags?: { kind: string; doc?: string }[];
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
  /** The code of all its examples, those of its members included. */
  code: string;
  /** Names of the types that it speaks of where others can see it, nested ones too. */
  types: string[];
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
    code: [jsDoc, ...[...properties, ...methods].map(({ jsDoc }) => jsDoc)]
      .map(codeOf).join("\n"),
    types: [...typeNames({
      ...def,
      implements: undefined,
      properties: properties.filter(isPublic),
      methods: methods.filter(isPublic),
    })],
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

/** The names of all types that are referred to anywhere in this. */
function* typeNames(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "jsDoc") continue;
    if (key === "typeName" && typeof value === "string") yield value;
    else yield* typeNames(value);
  }
}

/** The code of a comment's examples. */
function codeOf(jsDoc: DocComment | undefined): string {
  const examples = jsDoc?.tags?.filter(({ kind }) => kind === "example") ?? [];
  const blocks = examples.flatMap(({ doc = "" }) => [
    ...doc.matchAll(/^```ts\n(.*?)^```/gms),
  ]);
  return blocks.map(([, code]) => code).join("\n");
}

function hasExample(jsDoc: DocComment | undefined): boolean {
  return jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;
}

/** What has a type for a value. */
const TYPES: readonly string[] = ["interface", "typeAlias"];

/** Classes whose every method is to have an example of its own, because people begin there. */
const BY_METHOD: readonly string[] = ["Vault"];

/**
 * A line for everything that has no words, or that no example shows: values
 * have one of their own, methods are called in one of their class, and for
 * types see {@linkcode unshownTypes}.
 */
export function missingDocs(symbols: readonly PublicSymbol[]): string[] {
  const undocumented = symbols.flatMap((symbol) => {
    const { name, kind, doc, hasExample, members } = symbol;
    return [
      ...doc === "" ? [`${name} has no documentation`] : [],
      ...!TYPES.includes(kind) && !hasExample ? [`${name} has no example`] : [],
      ...members.filter(({ doc }) => doc === "")
        .map((member) => `${name}.${member.name} has no documentation`),
      ...kind === "class" ? unshownMethods(symbol) : [],
    ];
  });
  return [
    ...undocumented,
    ...unshownTypes(symbols).map((name) => `${name} is shown by no example`),
  ];
}

/** Lines for the methods of a class that none of its examples calls. */
function unshownMethods({ name, code, members }: PublicSymbol): string[] {
  return members.filter(({ method }) => method).flatMap((member) => {
    if (BY_METHOD.includes(name)) {
      return member.hasExample ? [] : [`${name}.${member.name} has no example`];
    }
    const called = code.includes(`.${member.name}(`);
    return called ? [] : [`${name}.${member.name} is called in no example`];
  });
}

/**
 * The types that are neither named in the code of an example, nor what a value
 * with an example takes, gives or tells, or a part of such a type.
 */
function unshownTypes(symbols: readonly PublicSymbol[]): string[] {
  const types = symbols.filter(({ kind }) => TYPES.includes(kind));
  const code = symbols.map(({ code }) => code).join("\n");
  const shown = new Set([
    ...symbols.filter((each) => !types.includes(each) && each.hasExample)
      .flatMap((each) => each.types),
    ...types.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(code))
      .map(({ name }) => name),
  ]);
  // What is added to the set meanwhile is visited, too.
  for (const name of shown) {
    for (const type of types.filter((each) => each.name === name)) {
      for (const part of type.types) shown.add(part);
    }
  }
  return types.map(({ name }) => name).filter((name) => !shown.has(name));
}
