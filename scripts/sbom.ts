/**
 * The software bill of materials: what is in the bundle and in the executables
 * made of it, in CycloneDX's JSON.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package of the npm registry. */
export interface NpmPackage {
  /** Such as `@aws-sdk/core`. */
  name: string;
  version: string;
}

/** A package that there is code of, and where its files are. */
export interface FoundPackage extends NpmPackage {
  folder: string;
}

/** What is said of a package. */
export interface Component extends NpmPackage {
  /** As its `package.json` has it: an SPDX expression as a rule. */
  licence?: string;
  description?: string;
  /** SHA-512 of what the registry has, in hexadecimal. */
  sha512?: string;
  /** Whether this project itself asks for it. */
  direct: boolean;
  /** The packages that it says it needs, of whichever version. */
  needs: string[];
}

/** The part of `deno.lock` that is used here. */
export interface Lock {
  specifiers: Record<string, string>;
  npm: Record<string, { integrity?: string; dependencies?: string[] }>;
}

/** What a bill is made of. */
export interface Bill {
  version: string;
  licence: string;
  /** Deno's version, which is in the executables. */
  denoVersion: string;
  components: readonly Component[];
  /** When, in seconds since 1970; nothing is said of it where absent. */
  epoch?: number;
}

/**
 * The packages that files belong to, by where Deno keeps them:
 * `…/npm/HOST/NAME/VERSION/…`. What is not a package's is left out.
 */
export function packagesOf(files: readonly string[]): FoundPackage[] {
  const found = new Map<string, FoundPackage>();
  for (const file of files) {
    const match =
      /^(.*\/npm\/[^/]+\/((?:@[^/]+\/)?[^@/][^/]*)\/(\d+\.\d+\.\d+[^/]*))\//
        .exec(file.replaceAll("\\", "/"));
    if (match === null) continue;
    const [, folder, name, directory] = match;
    // A copy of the same for other peers has a number behind.
    const version = directory.replace(/_\d+$/, "");
    found.set(`${name}@${version}`, { name, version, folder });
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, each]) => each);
}

/** What lock and `package.json` say of a package. */
export function componentOf(
  { name, version }: NpmPackage,
  manifest: { license?: unknown; description?: unknown },
  lock: Lock,
): Component {
  const id = `${name}@${version}`;
  // The same package for other peers, `a@1_b@2`, is the same file of the registry.
  const [, entry] =
    Object.entries(lock.npm).find(([key]) =>
      key === id || key.startsWith(`${id}_`)
    ) ?? [];
  return {
    name,
    version,
    licence: text(manifest.license),
    description: text(manifest.description),
    sha512: entry?.integrity === undefined
      ? undefined
      : hexOfIntegrity(entry.integrity),
    direct: Object.keys(lock.specifiers).some((key) =>
      key.startsWith(`npm:${name}@`)
    ),
    needs: (entry?.dependencies ?? []).map(nameOf),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The name of a package in the lock's words: `a`, `a@1.0.0`, `@b/a@1.0.0_c@2.0.0`. */
function nameOf(dependency: string): string {
  return /^@?[^@]+/.exec(dependency)![0];
}

/** `sha512-…`, base64, as hexadecimal. */
function hexOfIntegrity(integrity: string): string | undefined {
  const [, base64] = /^sha512-([\w+/]+=*)$/.exec(integrity) ?? [];
  if (base64 === undefined) return undefined;
  return Buffer.from(base64, "base64").toString("hex");
}

/** A package's URL, by which tools look up what is known of it. */
export function purlOf({ name, version }: NpmPackage): string {
  const [scope, rest] = name.startsWith("@")
    ? name.split("/")
    : [undefined, name];
  const path = scope === undefined
    ? rest
    : `${encodeURIComponent(scope)}/${rest}`;
  return `pkg:npm/${path}@${encodeURIComponent(version)}`;
}

/** The bill, ready to be written: the same for the same content, byte by byte. */
export function cycloneDx(bill: Bill): Record<string, unknown> {
  const { version, licence, denoVersion, components, epoch } = bill;
  const moraine = `moraine@${version}`;
  const deno = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${denoVersion}`,
    name: "deno",
    version: denoVersion,
    description: "The runtime in the executables",
    licenses: licences("MIT"),
    purl: `pkg:github/denoland/deno@v${denoVersion}`,
  };
  const body = {
    metadata: {
      ...(epoch === undefined
        ? {}
        : { timestamp: new Date(epoch * 1000).toISOString() }),
      component: {
        type: "application",
        "bom-ref": moraine,
        name: "moraine",
        version,
        licenses: licences(licence),
      },
    },
    components: [
      deno,
      ...components.map((each) => ({
        type: "library",
        "bom-ref": purlOf(each),
        name: each.name,
        version: each.version,
        ...(each.description === undefined
          ? {}
          : { description: each.description }),
        ...(each.sha512 === undefined
          ? {}
          : { hashes: [{ alg: "SHA-512", content: each.sha512 }] }),
        licenses: licences(each.licence),
        purl: purlOf(each),
      })),
    ],
    dependencies: dependencies(moraine, deno.purl, components),
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
}

/** Who needs whom. What nobody else needs, moraine itself does. */
function dependencies(
  moraine: string,
  runtime: string,
  components: readonly Component[],
): { ref: string; dependsOn: string[] }[] {
  const refs = (names: readonly string[]) =>
    components.filter(({ name }) => names.includes(name)).map(purlOf);
  const needed = new Set(components.flatMap(({ needs }) => needs));
  const direct = components.filter(({ name, direct }) =>
    direct || !needed.has(name)
  );
  return [
    { ref: moraine, dependsOn: [runtime, ...direct.map(purlOf)] },
    { ref: runtime, dependsOn: [] },
    ...components.map((each) => ({
      ref: purlOf(each),
      dependsOn: refs(each.needs),
    })),
  ];
}

/** An SPDX expression, or a licence's identifier, or what else is written there. */
function licences(licence: string | undefined): unknown[] {
  if (licence === undefined) return [];
  if (/^[\w.+-]+$/.test(licence)) return [{ license: { id: licence } }];
  return / (?:AND|OR|WITH) /.test(licence)
    ? [{ expression: licence }]
    : [{ license: { name: licence } }];
}

/** A UUID that follows from a text (version 8: of one's own making). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = (parseInt(hex[16], 16) & 3 | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** Reads this project's `deno.lock`. */
export async function readLock(): Promise<Lock> {
  return JSON.parse(
    await readFile(new URL("../deno.lock", import.meta.url), "utf8"),
  );
}

/** Reads what is said of each package that there is code of in `modules`. */
export async function readComponents(
  modules: readonly string[],
  lock: Lock,
): Promise<Component[]> {
  return await Promise.all(
    packagesOf(modules).map(async (found) =>
      componentOf(
        found,
        JSON.parse(await readFile(join(found.folder, "package.json"), "utf8")),
        lock,
      )
    ),
  );
}
