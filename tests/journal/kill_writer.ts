/**
 * A process for the tests to kill: opens the journal that its argument names,
 * and appends for ever, printing each record's number once it is stored.
 *
 * @module
 */

import { openJournal } from "../../src/journal/journal.ts";
import { created, host } from "./fixtures.ts";

await using journal = await openJournal(Deno.args[0], {
  ...host,
  mode: "write",
});
const encoder = new TextEncoder();

async function appendForEver(n: number): Promise<void> {
  for (;; n += 10) {
    await journal.append(created(n));
    await Deno.stdout.write(encoder.encode(`${n}\n`));
  }
}

await Promise.all(Array.from({ length: 10 }, (_, n) => appendForEver(n)));
