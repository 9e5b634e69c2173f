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
`;

Deno.test("what has no words or no example is named", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("mod.ts"), MODULE);
  const symbols = await publicSymbols(folder.at("mod.ts"));
  assertEquals(missingDocs(symbols).sort(), [
    "BARE has no documentation",
    "BARE has no example",
    "Event.at has no documentation",
    "Event.why has no documentation",
    "Shape.height has no documentation",
    "Vault.sync has no example",
    "noExample has no example",
  ]);
  assertEquals(new Set(symbols.map(({ file }) => file)).size, 1);
});

Deno.test("the library has words for everything, and an example of everything that isn't a type", async () => {
  const mod = fileURLToPath(new URL("../../mod.ts", import.meta.url));
  const symbols = await publicSymbols(mod);
  assertEquals(missingDocs(symbols), []);
  assertEquals(symbols.some(({ name }) => name === "GlacierClient"), true);
});
