import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { planRun } from "./plan.ts";

Deno.test("a seed and a number give the same run each time, and others another", () => {
  const text = (seed: number, run: number) =>
    JSON.stringify(
      planRun(seed, run),
      (_, value) => value instanceof Map ? [...value] : value,
    );
  assertEquals(text(7, 3), text(7, 3));
  assertNotEquals(text(7, 3), text(7, 4));
  assertNotEquals(text(7, 3), text(8, 3));
});

Deno.test("runs draw every kind of step and strike", () => {
  const steps = new Set<string>();
  const strikes = new Set<string>();
  for (let run = 1; run <= 100; run++) {
    for (const { action, attempts } of planRun(1, run).steps) {
      steps.add(action.kind);
      for (const { strike } of attempts.flat()) {
        if (strike) strikes.add(`${strike.kind} ${strike.trigger.on}`);
      }
    }
  }
  assertEquals(
    [...steps].sort(),
    ["purge", "restore", "stream", "sync", "upload", "verify"],
  );
  for (const kind of ["killClient", "killServer", "killBoth", "second"]) {
    for (const trigger of ["request", "change", "line", "time"]) {
      assert(strikes.has(`${kind} ${trigger}`), `${kind} ${trigger}`);
    }
  }
});
