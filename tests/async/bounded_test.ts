import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { forEachBounded, Semaphore } from "../../src/async/bounded.ts";

/** Calls that stay open until they are let go. */
function gates() {
  const open: PromiseWithResolvers<void>[] = [];
  return {
    open,
    async pass() {
      const gate = Promise.withResolvers<void>();
      open.push(gate);
      await gate.promise;
    },
  };
}

/** Lets everything that can run now run. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("a bounded loop takes no item before there is room for it", async () => {
  let taken = 0;
  function* source() {
    for (; taken < 1000;) yield ++taken;
  }
  const { open, pass } = gates();
  const done = forEachBounded(source(), 3, pass);
  await settle();
  assertEquals(open.length, 3);
  assert(taken <= 4, `${taken} items were taken`);
  for (let i = 0; i < 1000; i++) {
    open[i].resolve();
    await Promise.resolve();
    if (!open[i + 1]) await settle();
  }
  await done;
  assertEquals(taken, 1000);
});

Deno.test("after a failure nothing more begins, and what runs is awaited", async () => {
  const begun: number[] = [];
  const slow = Promise.withResolvers<void>();
  let slowEnded = false;
  const done = forEachBounded([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) {
      await slow.promise;
      slowEnded = true;
    }
    if (item === 2) throw new Error("two");
  });
  await settle();
  slow.resolve();
  await assertRejects(() => done, Error, "two");
  assert(slowEnded);
  assertEquals(begun, [1, 2]);
});

Deno.test("a failing source is an error after what runs has ended", async () => {
  const seen: number[] = [];
  async function* source() {
    yield 1;
    await settle();
    throw new Error("no more");
  }
  await assertRejects(
    () =>
      forEachBounded(source(), 4, async (item) => {
        await settle();
        await settle();
        seen.push(item);
      }),
    Error,
    "no more",
  );
  assertEquals(seen, [1]);
});

Deno.test("an abort stops a bounded loop that waits for room", async () => {
  const { open, pass } = gates();
  const abort = new AbortController();
  const done = forEachBounded([1, 2, 3], 1, pass, { signal: abort.signal });
  await settle();
  abort.abort(new Error("stop"));
  open[0].resolve();
  await assertRejects(() => done, Error, "stop");
  assertEquals(open.length, 1);
});

Deno.test("permits are handed out in order, and an aborted waiter leaves the line", async () => {
  const semaphore = new Semaphore(1);
  const first = await semaphore.acquire();
  const order: string[] = [];
  const abort = new AbortController();
  const quitter = semaphore.acquire({ signal: abort.signal });
  const second = semaphore.acquire().then((permit) => {
    order.push("second");
    return permit;
  });
  const third = semaphore.acquire().then((permit) => {
    order.push("third");
    return permit;
  });
  abort.abort(new Error("tired"));
  await assertRejects(() => quitter, Error, "tired");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await settle();
  assertEquals(order, ["second"]);
  (await second)[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  assertEquals(order, ["second", "third"]);
});

Deno.test("a semaphore needs at least one permit", () => {
  for (const permits of [0, -1, 1.5, NaN]) {
    assertThrows(() => new Semaphore(permits), RangeError);
  }
});
