import { assertEquals, assertThrows } from "@std/assert";
import { AdaptiveLimit } from "../../src/async/adaptive_limit.ts";

/** `12s`: so many successes; `o8`: one too many where 8 are under way; `~o8`: the same, of a request that was sent before the last one. */
function play(limit: AdaptiveLimit, text: string): number[] {
  let before = limit.round;
  return text.split(" ").map((step) => {
    const [, late, count, of, under] = /^(~?)(?:(\d+)(s)|o(\d+))$/.exec(step) ??
      [];
    if (of) { for (let n = 0; n < Number(count); n++) limit.succeeded(); }
    else {
      const { round } = limit;
      limit.overloaded(late ? before : round, Number(under));
      if (!late) before = round;
    }
    return limit.limit;
  });
}

const table: [most: number, steps: string, limits: number[]][] = [
  // Half, down to one and not further.
  [8, "o8 o4 o2 o1 o1", [4, 2, 1, 1, 1]],
  [5, "o5 o2", [2, 1]],
  [1, "o1 1s", [1, 1]],
  // What was sent before the last time tells nothing new.
  [8, "o8 ~o7 ~o6 o4 ~o3", [4, 4, 4, 2, 2]],
  // Of what was under way, not of what might have been.
  [1000, "o6 o9", [3, 1]],
  // One more for as many successes as there are at a time, and for ten at least.
  [4, "o4 9s 1s 9s 1s 300s", [2, 2, 3, 3, 4, 4]],
  [40, "o40 19s 1s 20s 1s", [20, 20, 21, 21, 22]],
  // What is too much takes back what successes there were.
  [8, "o8 9s o4 9s 1s", [4, 4, 2, 2, 3]],
  // Without a limit of one's own there is none again in the end.
  [Infinity, "9s o6 10s 10s 10s", [Infinity, 3, 4, 5, Infinity]],
  [Infinity, "o1 9s 1s o9", [1, 1, Infinity, 4]],
];

for (const [most, steps, limits] of table) {
  Deno.test(`of ${most} requests at a time: ${steps}`, () => {
    const limit = new AdaptiveLimit(most);
    assertEquals(play(limit, steps), limits);
    assertEquals(limit.isFull, limit.limit === most);
  });
}

Deno.test("a limit of no requests, or of half a one, is refused", () => {
  for (const most of [0, -1, 1.5, NaN]) {
    assertThrows(() => new AdaptiveLimit(most), RangeError);
  }
});
