import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { Gate, type LimitChange, type Pass } from "../../src/async/gate.ts";

/** Lets everything go on that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await Promise.resolve();
}

/** Stands in line; `in` tells when its turn has come. */
function enter(gate: Gate, options?: Parameters<Gate["enter"]>[0]) {
  const visitor = {
    in: false,
    pass: gate.enter(options),
    async leave(outcome?: "succeeded" | "overloaded") {
      using pass = await visitor.pass;
      if (outcome) pass[outcome]();
    },
  };
  visitor.pass.then(() => visitor.in = true, () => {});
  return visitor;
}

function inside(visitors: { in: boolean }[]): number {
  return visitors.filter((visitor) => visitor.in).length;
}

Deno.test("so many go in at a time, first come first served", async () => {
  const gate = new Gate({ most: 2 });
  const visitors = Array.from({ length: 5 }, () => enter(gate));
  await turns();
  assertEquals(visitors.map((each) => each.in), [
    ...[true, true],
    ...[false, false, false],
  ]);
  await visitors[1].leave();
  await turns();
  assertEquals(visitors.map((each) => each.in), [
    ...[true, true, true],
    ...[false, false],
  ]);
  for (const visitor of visitors) await visitor.leave();
});

Deno.test("who leaves twice makes room once", async () => {
  const gate = new Gate({ most: 1 });
  const [first, ...rest] = Array.from({ length: 3 }, () => enter(gate));
  await first.leave();
  await first.leave();
  await turns();
  assertEquals(inside(rest), 1);
  for (const visitor of rest) await visitor.leave();
});

Deno.test("after too much there is half as much room, and all of it again in the end", async () => {
  const changes: LimitChange[] = [];
  const gate = new Gate({
    most: 4,
    onChange: (change) => changes.push(change),
  });
  const first = Array.from({ length: 4 }, () => enter(gate));
  const passes: Pass[] = [];
  for (const { pass } of first) passes.push(await pass);
  // All of them were sent before anything was known: that counts once.
  for (const pass of passes) {
    pass.overloaded();
    pass[Symbol.dispose]();
  }
  assertEquals(changes, [{ limit: 2, full: false }]);
  const visitors = Array.from({ length: 60 }, () => enter(gate));
  let most = 0;
  for (const visitor of visitors) {
    await visitor.leave("succeeded");
    await turns();
    most = Math.max(
      most,
      inside(visitors) - visitors.indexOf(visitor) - 1,
    );
  }
  assertEquals(changes, [
    { limit: 2, full: false },
    { limit: 4, full: true },
  ]);
  assertEquals([most, gate.limit], [4, 4]);
});

Deno.test("where it is closed nobody goes in, and then those who waited", async () => {
  const gate = new Gate({ most: 2 });
  const begin = performance.now();
  gate.close(30);
  gate.close(10);
  const visitors = Array.from({ length: 3 }, () => enter(gate));
  await turns();
  assertEquals(inside(visitors), 0);
  for (const visitor of visitors) await visitor.leave();
  assertGreaterOrEqual(performance.now() - begin, 29);
});

Deno.test("whenever it opens, those who wait go in", async () => {
  // Each look at the clock is later than the one before: it can open between
  // any two of them.
  for (let closed = 1; closed < 8; closed++) {
    let time = 0;
    const gate = new Gate({ most: 1, now: () => time++ });
    gate.close(closed);
    const visitors = [enter(gate), enter(gate)];
    for (const visitor of visitors) await visitor.leave();
  }
});

Deno.test("an abort ends the waiting, and leaves neither a timer nor a place in line", async () => {
  const gate = new Gate({ most: 1 });
  const controller = new AbortController();
  const reason = new Error("stop");
  const first = enter(gate);
  const second = enter(gate, { signal: controller.signal });
  const third = enter(gate);
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => second.pass), reason);
  await first.leave();
  await third.leave();
  gate.close(3600_000);
  const late = new AbortController();
  const fourth = enter(gate, { signal: late.signal });
  late.abort(reason);
  assertStrictEquals(await assertRejects(() => fourth.pass), reason);
  const fifth = gate.enter({ signal: late.signal });
  assertStrictEquals(await assertRejects(() => fifth), reason);
});

Deno.test("what has begun when a run is stopped doesn't stand in line", async () => {
  const gate = new Gate({ most: 1 });
  const stop = new AbortController();
  const visitors = [
    enter(gate),
    ...[1, 2].map(() => enter(gate, { stop: stop.signal })),
  ];
  gate.close(3600_000);
  await turns();
  assertEquals(inside(visitors), 1);
  stop.abort();
  visitors.push(enter(gate, { stop: stop.signal }));
  await turns();
  assert(visitors.every((visitor) => visitor.in));
  for (const visitor of visitors) await visitor.leave();
});
