import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ByteBudget } from "../../src/async/byte_budget.ts";

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return settled;
}

Deno.test("bytes are handed out as long as there are any, in the order of asking", async () => {
  const budget = new ByteBudget(10);
  const six = await budget.take(6);
  const five = budget.take(5);
  // Would fit, and comes later.
  const one = budget.take(1);
  assertEquals(await isSettled(five), false);
  assertEquals(await isSettled(one), false);
  six[Symbol.dispose]();
  // Giving back twice gives nothing.
  six[Symbol.dispose]();
  const held = [await five, await one];
  const five2 = budget.take(5);
  assertEquals(await isSettled(five2), false);
  held.forEach((bytes) => bytes[Symbol.dispose]());
  (await five2)[Symbol.dispose]();
});

Deno.test("more than there is gets all of it, alone", async () => {
  const budget = new ByteBudget(10);
  const one = await budget.take(1);
  const all = budget.take(1000);
  assertEquals(await isSettled(all), false);
  one[Symbol.dispose]();
  using _all = await all;
  assertEquals(await isSettled(budget.take(1)), false);
});

Deno.test("who is aborted while waiting lets the next ones go", async () => {
  const budget = new ByteBudget(10);
  using _six = await budget.take(6);
  const abort = new AbortController();
  const large = budget.take(5, { signal: abort.signal });
  const small = budget.take(4);
  assertEquals(await isSettled(small), false);
  abort.abort(new Error("enough"));
  await assertRejects(() => large, Error, "enough");
  (await small)[Symbol.dispose]();
  await assertRejects(
    () => budget.take(1, { signal: abort.signal }),
    Error,
    "enough",
  );
});

Deno.test("a budget of no bytes makes no sense", () => {
  assertThrows(() => new ByteBudget(0), RangeError);
});
