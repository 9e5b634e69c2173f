/**
 * Checks that imports in `src/` point downward only, and that only the host
 * names a runtime.
 *
 * Usage: `deno run --allow-read scripts/check_layers.ts [root]`. Prints a line
 * for each violation, and exits with 1 where there is one.
 *
 * @module
 */

import { parse } from "@babel/parser";

/**
 * What may import what: a file may import from layers with a smaller number,
 * and from its own folder. A folder or file of `src/` that is not listed has
 * no place yet.
 */
const LAYERS: Record<string, number> = {
  "errors.ts": 0,
  "version.ts": 0,
  "async": 1,
  "platform.ts": 1,
  "relative_name.ts": 1,
  "vault_identity.ts": 1,
  "treehash": 2,
  "journal": 2,
  "files": 2,
  "store.ts": 2,
  "aws": 2,
  "glacier": 3,
  "transfer": 3,
  "commands": 4,
  "server": 4,
  "platform": 5,
  "library": 6,
  // Above the host, because its entry point chooses the host.
  "cli": 7,
  "mod.ts": 8,
};

/** Where a runtime may be named. */
const HOST = /^src\/(?:platform\/|cli\/main\.ts$)/;

/** Globals that one runtime has. */
const RUNTIME_GLOBALS: ReadonlySet<string> = new Set([
  "Deno",
  "Bun",
  "process",
  "Buffer",
]);

/** Names for the global object. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set([
  "globalThis",
  "self",
  "window",
  "global",
]);

/** A broken rule. */
export interface Violation {
  /** Relative to the root. */
  file: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

/** All violations in files given by their paths relative to the root. */
export function findViolations(
  files: ReadonlyMap<string, string>,
): Violation[] {
  return [...files].flatMap(([file, text]) => checkFile(file, text));
}

/** A node of the syntax tree. */
interface Node {
  type: string;
  loc?: { start: { line: number } };
  /** Its parts: nodes, lists of nodes, and plain values. */
  [field: string]: unknown;
}

/** Where a node stands in the tree. */
interface Place {
  parent: Node;
  /** The field of the parent that holds it, itself or in a list. */
  field: string;
}

function checkFile(file: string, text: string): Violation[] {
  const layer = layerOf(file);
  if (layer === undefined) return [];
  if (!Object.hasOwn(LAYERS, layer)) {
    const message = `src/${layer} has no layer: give it one in ${SELF}`;
    return [{ file, line: 1, message }];
  }
  const tree = parseModule(file, text);
  const declared = declaredNames(tree);
  const violations = checkDocumentation(file, text);
  visit(tree, (node, place) => {
    const specifier = importedModule(node);
    const message = specifier === undefined
      ? checkGlobal(node, place, file, declared)
      : checkSpecifier(specifier, file, layer);
    const line = node.loc?.start.line ?? 1;
    if (message) violations.push({ file, line, message });
  });
  return violations;
}

const SELF = "scripts/check_layers.ts";

/** A runtime's module or global in a line of a documentation comment. */
const IN_DOCUMENTATION = /^\s*\*.*?(["'](?:node|bun):\w+|\bDeno\.\w+)/;

/** Examples are read as code of the core, and so follow its rule. */
function checkDocumentation(file: string, text: string): Violation[] {
  if (HOST.test(file)) return [];
  return text.split("\n").flatMap((line, i) => {
    const [, name] = IN_DOCUMENTATION.exec(line) ?? [];
    if (name === undefined) return [];
    const message = `names ${name.replace(/^["']/, "")} in its documentation`;
    return [{ file, line: i + 1, message }];
  });
}

/** The key of the file's layer; `undefined` where the rules do not concern it. */
function layerOf(file: string): string | undefined {
  if (file === "mod.ts") return file;
  return file.startsWith("src/") ? file.split("/")[1] : undefined;
}

function parseModule(file: string, text: string): Node {
  try {
    return parse(text, {
      sourceType: "module",
      plugins: ["typescript", "explicitResourceManagement"],
    }).program as unknown as Node;
  } catch (error) {
    throw new SyntaxError(`Cannot parse ${file}`, { cause: error });
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null &&
    typeof (value as Node).type === "string";
}

/** The nodes in a field. */
function nodesIn(value: unknown): Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode);
}

function visit(
  node: Node,
  visitor: (node: Node, place: Place | undefined) => void,
  place?: Place,
): void {
  visitor(node, place);
  for (const [field, value] of Object.entries(node)) {
    // Comments are no syntax.
    if (field.endsWith("Comments")) continue;
    for (const child of nodesIn(value)) {
      visit(child, visitor, { parent: node, field });
    }
  }
}

/** The module that a node names; `null` where only running it would tell. */
function importedModule(node: Node): string | null | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
      return isNode(node.source) ? literal(node.source) : undefined;
    case "TSExternalModuleReference":
      return literal(node.expression);
    case "TSImportType":
      return literal(node.argument);
    case "ImportExpression":
      return literal(node.source);
    case "CallExpression":
      return isNode(node.callee) && node.callee.type === "Import"
        ? literal(nodesIn(node.arguments)[0])
        : undefined;
    case "NewExpression":
      return moduleUrl(node);
  }
}

/** The module in `new URL("…", import.meta.url)`, which is how a worker is named. */
function moduleUrl(node: Node): string | undefined {
  if (nameOf(node.callee) !== "URL") return undefined;
  const [url, base] = nodesIn(node.arguments);
  const isOwnUrl = base?.type === "MemberExpression" &&
    isNode(base.object) && base.object.type === "MetaProperty";
  return isOwnUrl ? literal(url) ?? undefined : undefined;
}

/** The text of a string literal, or of a template without substitutions. */
function literal(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === "StringLiteral") return String(value.value);
  // Inside the type `import("…")`.
  if (value.type === "TSLiteralType") return literal(value.literal);
  if (value.type !== "TemplateLiteral") return null;
  const [quasi, ...others] = nodesIn(value.quasis);
  if (others.length > 0) return null;
  return String((quasi.value as { cooked?: unknown }).cooked);
}

/** The name that an identifier is; `undefined` for anything else. */
function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === "Identifier"
    ? String(value.name)
    : undefined;
}

function checkSpecifier(
  specifier: string | null,
  file: string,
  layer: string,
): string | undefined {
  if (specifier === null) return "imports what cannot be told without running";
  if (/^(?:node|bun|deno):/.test(specifier)) {
    return HOST.test(file)
      ? undefined
      : `names ${specifier}, which only the host may`;
  }
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const target = new URL(specifier, `file:///root/${file}`).pathname;
  if (!target.startsWith("/root/")) return `imports ${specifier}, outside`;
  const path = target.slice("/root/".length);
  const targetLayer = layerOf(path);
  if (targetLayer === undefined) return `imports ${path}, outside src/`;
  if (!Object.hasOwn(LAYERS, targetLayer)) {
    return `imports ${path}, which has no layer`;
  }
  if (targetLayer === layer || LAYERS[targetLayer] < LAYERS[layer]) {
    return undefined;
  }
  return LAYERS[targetLayer] === LAYERS[layer]
    ? `imports ${path}, which is beside it`
    : `imports ${path}, which is above it`;
}

/** The message about a runtime's global, where the node names one. */
function checkGlobal(
  node: Node,
  place: Place | undefined,
  file: string,
  declared: ReadonlySet<string>,
): string | undefined {
  if (HOST.test(file)) return undefined;
  const name = globalMember(node) ?? freeName(node, place, declared);
  if (name === undefined || !RUNTIME_GLOBALS.has(name)) return undefined;
  return `names ${name}, which only the host may`;
}

/** The member in `globalThis.X`, `globalThis["X"]` or `(globalThis as …).X`. */
function globalMember(node: Node): string | undefined {
  if (!/^(?:Optional)?MemberExpression$/.test(node.type)) return undefined;
  let object = node.object;
  while (isNode(object) && isNode(object.expression)) {
    object = object.expression;
  }
  const name = nameOf(object);
  if (name === undefined || !GLOBAL_OBJECTS.has(name)) return undefined;
  return node.computed
    ? literal(node.property) ?? undefined
    : nameOf(node.property);
}

/** Fields that hold the name of a member or of an export, not a reference. */
const MEMBER_FIELDS: ReadonlySet<string> = new Set([
  "key",
  "property",
  "imported",
  "exported",
  "qualifier",
  "label",
]);

/** The name that a node refers to, where the file does not declare it itself. */
function freeName(
  node: Node,
  place: Place | undefined,
  declared: ReadonlySet<string>,
): string | undefined {
  const name = nameOf(node);
  if (name === undefined || place === undefined || declared.has(name)) {
    return undefined;
  }
  const { parent, field } = place;
  const isMember = MEMBER_FIELDS.has(field) && !parent.computed ||
    parent.type === "TSQualifiedName" && field === "right" ||
    parent.type === "TSEnumMember" && field === "id";
  return isMember ? undefined : name;
}

/** Fields that hold the names which a node declares. */
const DECLARING_FIELDS = ["id", "local", "param", "params", "parameters"];

/** The names that the file declares anywhere, whose uses mean no global. */
function declaredNames(tree: Node): Set<string> {
  const names = new Set<string>();
  visit(tree, (node) => {
    // The local name of an export is a reference.
    if (node.type === "ExportSpecifier") return;
    for (const field of DECLARING_FIELDS) {
      for (const pattern of nodesIn(node[field])) addNames(pattern, names);
    }
  });
  // Nobody may hide this one behind a declaration of the same name.
  names.delete("Deno");
  return names;
}

/** Adds the names that a pattern, such as `{ a, b: [c = 1] }`, declares. */
function addNames(pattern: Node, names: Set<string>): void {
  const name = nameOf(pattern);
  if (name !== undefined) names.add(name);
  const { properties, elements, value, left, argument, parameter } = pattern;
  for (
    const inner of [properties, elements, value, left, argument, parameter]
  ) {
    for (const part of nodesIn(inner)) addNames(part, names);
  }
}

/** The sources below `root`, by their paths relative to it. */
export async function readSources(root: URL): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const path of await listSources(root, "src/")) {
    sources.set(path, await Deno.readTextFile(new URL(path, root)));
  }
  try {
    sources.set("mod.ts", await Deno.readTextFile(new URL("mod.ts", root)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sources;
}

async function listSources(root: URL, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = folder + entry.name;
    if (entry.isDirectory) paths.push(...await listSources(root, `${path}/`));
    else if (/\.[cm]?[jt]sx?$/.test(entry.name)) paths.push(path);
  }
  return paths.sort();
}

/** The folder as a URL that paths can be resolved against. */
function folderUrl(path: string): URL {
  const cwd = new URL(`file://${Deno.cwd().replaceAll("\\", "/")}/`);
  return new URL(path.endsWith("/") ? path : `${path}/`, cwd);
}

if (import.meta.main) {
  const root = Deno.args[0] === undefined
    ? new URL("../", import.meta.url)
    : folderUrl(Deno.args[0]);
  const violations = findViolations(await readSources(root));
  for (const { file, line, message } of violations) {
    console.log(`${file}:${line}: ${message}`);
  }
  if (violations.length > 0) Deno.exit(1);
}
