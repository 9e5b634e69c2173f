import { assertEquals, assertGreater, assertLess } from "@std/assert";
import {
  createFaultPlan,
  type FaultPlan,
} from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";

type Operation = Parameters<FaultPlan["next"]>[0];

function planOf(rules: string[], seed = 1): FaultPlan {
  return createFaultPlan(rules.map(parseFaultRule), seed);
}

/** Which of so many requests are struck, counted from 1. */
async function struck(
  plan: FaultPlan,
  count: number,
  operation: Operation = "ListVaults",
): Promise<number[]> {
  const strikes = await Promise.all(
    Array.from({ length: count }, () => plan.next(operation)),
  );
  return strikes.flatMap((strike, index) => strike ? [index + 1] : []);
}

Deno.test("A rule strikes the requests that it counts out", async () => {
  const cases: [rule: string, numbers: number[]][] = [
    ["*,drop", [1, 2, 3, 4, 5, 6]],
    ["*,drop,p=0", []],
    ["*,drop,n=2", [2]],
    ["*,drop,n=2-4", [2, 3, 4]],
    ["*,drop,n=5-", [5, 6]],
    ["*,drop,times=2", [1, 2]],
    ["*,drop,n=3-,times=2", [3, 4]],
    ["ListJobs,drop", []],
    ["ListJobs+ListVaults,drop,n=6", [6]],
  ];
  for (const [rule, numbers] of cases) {
    assertEquals(await struck(planOf([rule]), 6), numbers, rule);
  }
});

Deno.test("The same seed strikes the same requests, another one others", async () => {
  const rule = "*,drop,p=0.3";
  const first = await struck(planOf([rule], 5), 1000);
  assertEquals(await struck(planOf([rule], 5), 1000), first);
  assertGreater(first.length, 240);
  assertLess(first.length, 360);
  const other = await struck(planOf([rule], 6), 1000);
  assertEquals(
    other.filter((n) => first.includes(n)).length < first.length,
    true,
  );
});

Deno.test("What a rule does doesn't depend on other rules or operations", async () => {
  const rule = "ListVaults,drop,p=0.3";
  const alone = await struck(planOf([rule]), 100);
  const plan = planOf(["DescribeVault,drop", rule, "*,error,code=500,p=0"]);
  const among: number[] = [];
  for (let n = 1; n <= 100; n++) {
    assertEquals((await plan.next("DescribeVault"))?.fault.kind, "drop");
    if (await plan.next("ListVaults")) among.push(n);
  }
  assertEquals(among, alone);
});

Deno.test("The first rule that strikes decides, and all count", async () => {
  const plan = planOf(["*,drop,n=2", "ListVaults,error,code=500,n=2-3"]);
  const kinds: (string | undefined)[] = [];
  for (let n = 0; n < 4; n++) {
    kinds.push((await plan.next("ListVaults"))?.fault.kind);
  }
  // What asks for no operation is struck by rules for all of them alone.
  kinds.push((await plan.next(undefined))?.fault.kind);
  assertEquals(kinds, [undefined, "drop", "error", undefined, undefined]);
  assertEquals(plan.counts(), [
    { fault: "*,drop,n=2", seen: 5, struck: 1 },
    { fault: "ListVaults,error,code=500,n=2-3", seen: 4, struck: 1 },
  ]);
  plan.replace([parseFaultRule("*,drop,n=1")], 9);
  assertEquals(plan.seed, 9);
  assertEquals((await plan.next(undefined))?.fault.kind, "drop");
});

Deno.test("Places in bodies are spread over them", async () => {
  const plan = planOf(["*,corrupt"]);
  const positions: number[] = [];
  for (let n = 0; n < 200; n++) {
    positions.push((await plan.next("ListVaults"))!.position);
  }
  assertEquals(positions.every((each) => each >= 0 && each < 1), true);
  assertGreater(positions.filter((each) => each < 0.5).length, 60);
  assertGreater(positions.filter((each) => each >= 0.5).length, 60);
});
