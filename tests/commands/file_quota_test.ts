import { assertEquals } from "@std/assert";
import { FileQuota, withinQuota } from "../../src/commands/file_quota.ts";

Deno.test("so many places are given and no more", async () => {
  const quota = new FileQuota(2);
  assertEquals(await quota.take(), true);
  assertEquals(await quota.take(), true);
  assertEquals(await quota.take(), false);
});

Deno.test("without a limit there is no end of places", async () => {
  const quota = new FileQuota();
  for (let i = 0; i < 1000; i++) assertEquals(await quota.take(), true);
});

Deno.test("who asks while a place may come back waits for it", async () => {
  const quota = new FileQuota(1);
  assertEquals(await quota.takeOpen(), true);
  const waiting = quota.take();
  quota.settle("givenBack");
  assertEquals(await waiting, true);
  assertEquals(await quota.take(), false);
});

Deno.test("who waited for a place that is kept gets none", async () => {
  const quota = new FileQuota(2);
  await quota.takeOpen();
  await quota.takeOpen();
  const waiting = quota.take();
  quota.settle("kept");
  quota.settle("kept");
  assertEquals(await waiting, false);
});

Deno.test("of two who wait for one place, one gets it", async () => {
  const quota = new FileQuota(1);
  await quota.takeOpen();
  const waiting = [quota.take(), quota.take()];
  quota.settle("givenBack");
  assertEquals((await Promise.all(waiting)).sort(), [false, true]);
});

Deno.test("items pass as long as there are places, those that gave theirs back not counted", async () => {
  const quota = new FileQuota(2);
  const passed: number[] = [];
  const odd = (n: number) => n % 2 === 1;
  for await (const n of withinQuota([1, 2, 3, 4, 5, 6], quota, odd)) {
    passed.push(n);
    if (odd(n)) quota.settle("givenBack");
  }
  assertEquals(passed, [1, 2, 3, 4]);
});
