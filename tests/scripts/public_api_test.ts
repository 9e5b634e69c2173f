import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { missingDocs, publicSymbols } from "../../scripts/public_api.ts";
import { temporaryFolder } from "../testing.ts";

const MODULE = `
/** Documented.
 * @example
 * \`\`\`ts
 * good();
 * \`\`\`
 */
export function good(): void {}
/** Documented. */
export function noExample(): void {}
export const BARE: number = 1;
/** Documented. */
export interface Shape {
  /** Documented. */
  width: number;
  height: number;
}
/** Documented. */
export type Event =
  | { type: "begun"; at: number }
  | { type: "ended" } & {
    /** Documented. */
    at: number;
    why: string;
  };
/** Documented.
 * @example
 * \`\`\`ts
 * new Vault();
 * \`\`\`
 */
export class Vault {
  readonly #hidden: number = 1;
  private internal(): void {}
  /** Documented. */
  get size(): number {
    return this.#hidden;
  }
  /** Documented. */
  sync(): void {}
}
/** Documented. */
export interface Named {}
/** Documented. */
export interface Result {
  /** Documented. */
  part: Part[];
}
/** Documented. */
export interface Part {}
/** Documented. */
export interface Hidden {}
/** Documented.
 * @example
 * \`\`\`ts
 * const named: Named = new Client().called();
 * \`\`\`
 */
export class Client implements Shape {
  /** Documented. */
  width: number = 1;
  /** Documented. */
  height: number = 1;
  private secret(): Hidden {
    return {};
  }
  /** Documented. */
  called(): void {}
  /** Documented. This doesn't count: .uncalled() */
  uncalled(): Result {
    return { part: [] };
  }
}
`;

Deno.test("what has no words, or is shown by no example, is named", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("mod.ts"), MODULE);
  const symbols = await publicSymbols(folder.at("mod.ts"));
  assertEquals(missingDocs(symbols).sort(), [
    "BARE has no documentation",
    "BARE has no example",
    "Client.uncalled is called in no example",
    "Event is shown by no example",
    "Event.at has no documentation",
    "Event.why has no documentation",
    "Hidden is shown by no example",
    "Shape is shown by no example",
    "Shape.height has no documentation",
    "Vault.sync has no example",
    "noExample has no example",
  ]);
  assertEquals(new Set(symbols.map(({ file }) => file)).size, 1);
});

Deno.test("the library has words for everything, and examples that show all of it", async () => {
  const mod = fileURLToPath(new URL("../../mod.ts", import.meta.url));
  const symbols = await publicSymbols(mod);
  assertEquals(missingDocs(symbols), []);
  assertEquals(symbols.some(({ name }) => name === "GlacierClient"), true);
});
