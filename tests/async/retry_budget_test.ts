import { assertEquals } from "@std/assert";
import { RetryBudget } from "../../src/async/retry_budget.ts";

// `f`: a failure, `s`: a success, a number: so many seconds go by; whether
// there is patience left for ten seconds or three failures is asked in the end.
const table: [steps: string, left: boolean][] = [
  ["", true],
  ["f f f f f f", true],
  ["f 9 f f", true],
  ["f 10 f f", false],
  ["f f f 10", false],
  // Two on a slow line may be far apart.
  ["f 3600 f", true],
  ["f 3600 f f", false],
  // What is long ago was before the trouble began.
  ["3600 f f f", true],
  // Any success is a new begin, also when there was no patience left.
  ["f f 9 s f 9 f f", true],
  ["f f f 10 s", true],
  ["f f f 10 s f f f", true],
  ["f f f 10 s f f f 10", false],
];

for (const [steps, left] of table) {
  Deno.test(`patience after ${steps || "nothing"}`, () => {
    let time = 0;
    const budget = new RetryBudget({
      patience: 10,
      failures: 3,
      now: () => time,
    });
    for (const step of steps.split(" ").filter(Boolean)) {
      if (step === "f") budget.failed();
      else if (step === "s") budget.succeeded();
      else time += Number(step);
    }
    assertEquals(budget.isLeft, left);
  });
}
