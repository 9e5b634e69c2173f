import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { forEachBounded } from "../../src/async/bounded.ts";
import { delay } from "../../src/async/delay.ts";
import { NetworkError, ServiceError } from "../../src/errors.ts";
import type {
  GlacierClient,
  GlacierOptions,
} from "../../src/glacier/client.ts";
import { dropped, refusal, type Reply, service } from "./fake_service.ts";

const NUMBERS = Array.from({ length: 200 }, (_, index) => index);

function done(): Response {
  return new Response(null, { status: 204 });
}

const throttled = () => refusal(400, "ThrottlingException", "Rate exceeded");

/** A service that throttles where there are more requests under way than `room` says. */
function busyService(room: () => number) {
  const seen = { underWay: 0, throttled: 0, done: 0 };
  const reply = async (): Promise<Reply> => {
    seen.underWay++;
    try {
      if (seen.underWay > room()) {
        seen.throttled++;
        return throttled();
      }
      await delay(2);
      seen.done++;
      return done();
    } finally {
      seen.underWay--;
    }
  };
  return { seen, reply };
}

/** Deletes 200 archives, 16 at a time, each by the client that `clientFor` gives. */
async function deleteMany(clientFor: () => GlacierClient): Promise<number> {
  let failed = 0;
  await forEachBounded(NUMBERS, 16, async (n) => {
    await clientFor().deleteArchive("v", `a${n}`).catch(() => failed++);
  });
  return failed;
}

Deno.test("where the service throttles, requests are fewer, and far fewer of them are in vain", async () => {
  const options: Partial<GlacierOptions> = {
    maxRequests: 16,
    retry: { base: 5, attempts: 100 },
  };
  const alone = busyService(() => 2);
  // Each with a client of its own: none knows of the others.
  const failed = await deleteMany(() => service(alone.reply, options).client);
  assertEquals([alone.seen.done, failed], [200, 0]);

  const together = busyService(() => 2);
  const { client } = service(together.reply, options);
  assertEquals(await deleteMany(() => client), 0);
  assertEquals(together.seen.done, 200);
  assertLess(together.seen.throttled * 3, alone.seen.throttled);
});

Deno.test("when throttling is over, there are as many requests at a time as before", async () => {
  let room = 2;
  const { seen, reply } = busyService(() => room);
  const limits: [number, boolean][] = [];
  const { client } = service(reply, {
    maxRequests: 8,
    retry: { base: 5, attempts: 100 },
    onLimit: ({ limit, full, error }) => {
      assertEquals(error instanceof ServiceError, !full);
      limits.push([limit, full]);
    },
  });
  await deleteMany(() => client);
  assertEquals(limits[0], [4, false]);
  assert(limits.every(([limit, full]) => limit < 8 && !full));
  room = 100;
  const before = seen.throttled;
  await deleteMany(() => client);
  assertEquals(limits.at(-1), [8, true]);
  assertEquals([seen.done, seen.throttled], [400, before]);
});

for (
  const [title, reply, less] of [
    ["408", () => refusal(408, "RequestTimeoutException"), true],
    ["429", () => refusal(429, "Unknown"), true],
    ["503", () => refusal(503, "SlowDown"), true],
    ["500", () => refusal(500, "ServiceUnavailableException"), false],
    ["no answer", dropped, false],
    ["404", () => refusal(404, "ResourceNotFoundException"), false],
  ] as [string, () => Reply, boolean][]
) {
  Deno.test(`after ${title} requests are ${less ? "fewer" : "as many as before"}`, async () => {
    let asked = 0;
    let fewer = false;
    const { client } = service(() => asked++ < 4 ? reply() : done(), {
      maxRequests: 4,
      onLimit: () => fewer = true,
    });
    await Promise.allSettled(
      [1, 2, 3, 4].map((n) => client.deleteArchive("v", `a${n}`)),
    );
    assertEquals(fewer, less);
  });
}

Deno.test("a service that doesn't answer in time has fewer requests at a time", async () => {
  let asked = 0;
  const limits: number[] = [];
  const { client } = service(
    () => asked++ < 4 ? new Promise<Reply>(() => {}) : done(),
    {
      maxRequests: 4,
      timeout: 0.05,
      onLimit: ({ limit }) => limits.push(limit),
    },
  );
  await Promise.all(
    [1, 2, 3, 4].map((n) => client.deleteArchive("v", `a${n}`)),
  );
  assertEquals(limits, [2]);
});

Deno.test("what the service asks to wait holds for all requests", async () => {
  const begun: number[] = [];
  const refused = Promise.withResolvers<void>();
  const { client } = service(() => {
    begun.push(performance.now());
    if (begun.length > 1) return done();
    const answer = throttled();
    answer.headers.set("retry-after", "1");
    return answer;
  }, { maxRequests: 8, onRetry: () => refused.resolve() });
  const first = client.deleteArchive("v", "a");
  await refused.promise;
  await Promise.all([first, client.deleteArchive("v", "b")]);
  assertEquals(begun.length, 3);
  assertGreaterOrEqual(begun[1] - begun[0], 990);
});

Deno.test("who reads a body keeps no other request out", async () => {
  const { client } = service(
    ({ method }) => method === "GET" ? new Response("output") : done(),
    { maxRequests: 1 },
  );
  const { body } = await client.getJobOutput("v", "job");
  await client.deleteArchive("v", "a");
  assertEquals(await new Response(body).text(), "output");
});

Deno.test("who waits for the next try keeps no other request out", async () => {
  let asked = 0;
  const { client } = service(({ target }) => {
    if (!target.endsWith("/slow")) return done();
    return ++asked === 1 ? dropped() : done();
  }, {
    maxRequests: 1,
    retry: { base: 3600_000, cap: 3600_000, random: () => 0.5 },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const slow = client.deleteArchive("v", "slow", { signal });
  await client.deleteArchive("v", "a");
  const reason = new Error("stop");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => slow), reason);
});

Deno.test("an abort ends the waiting for one's turn", async () => {
  const answer = Promise.withResolvers<Reply>();
  const { client, asked } = service(() => answer.promise, { maxRequests: 1 });
  const first = client.deleteArchive("v", "a");
  const controller = new AbortController();
  const { signal } = controller;
  const second = client.deleteArchive("v", "b", { signal });
  const reason = new Error("stop");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => second), reason);
  answer.resolve(done());
  await first;
  assertEquals(asked.length, 1);
});

Deno.test("once a run is stopped nothing that failed is sent again, also where it waits for its turn", async () => {
  const held = Promise.withResolvers<Reply>();
  const stop = new AbortController();
  const refused = Promise.withResolvers<void>();
  const { client, asked } = service(
    ({ target }) => target.endsWith("/held") ? held.promise : throttled(),
    { maxRequests: 2, onRetry: () => refused.resolve() },
  );
  // There is room for one from then on, and that is taken.
  const first = client.deleteArchive("v", "held");
  const second = client.deleteArchive("v", "a", { stop: stop.signal });
  await refused.promise;
  await delay(1);
  stop.abort();
  await assertRejects(() => second, ServiceError, "Rate exceeded");
  held.resolve(done());
  await first;
  assertEquals(asked.length, 2);
});

Deno.test("where nothing succeeds for long, requests are tried once, until one succeeds", async () => {
  let reply = dropped as () => Reply;
  const given: string[] = [];
  const { client, asked } = service(() => reply(), {
    patience: 0,
    retry: { base: 0, attempts: 4 },
    onGiveUp: ({ reason, attempts }) => given.push(`${reason} ${attempts}`),
  });
  const tries = async () => {
    const before = asked.length;
    await client.deleteArchive("v", "a").catch((error) => {
      if (!(error instanceof NetworkError)) throw error;
    });
    return asked.length - before;
  };
  assertEquals(await tries(), 4);
  assertEquals(await tries(), 1);
  assertEquals(await tries(), 1);
  reply = done;
  assertEquals(await tries(), 1);
  reply = dropped;
  assertEquals(await tries(), 4);
  assertEquals(given, ["outage 4", "outage 1", "outage 1", "outage 4"]);
});

Deno.test("a refusal that is final shows that the service is there", async () => {
  const replies: Reply[] = [];
  const { client, asked } = service(() => replies.shift() ?? dropped(), {
    patience: 0,
    retry: { base: 0, attempts: 3 },
  });
  await assertRejects(() => client.deleteArchive("v", "a"), NetworkError);
  replies.push(refusal(404, "ResourceNotFoundException"));
  await assertRejects(() => client.deleteArchive("v", "a"), ServiceError);
  await assertRejects(() => client.deleteArchive("v", "a"), NetworkError);
  assertEquals(asked.length, 7);
});

Deno.test("why a request is not sent again is told", async () => {
  const hash =
    "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";
  const bytes = new Uint8Array(3);
  const archive = { bytes, sha256: hash, treeHash: hash };
  const given: unknown[] = [];
  const { client } = service(dropped, {
    retry: { base: 0, attempts: 2 },
    onGiveUp: ({ error: _, patience: __, ...event }) => given.push(event),
  });
  const calls = [
    () => client.uploadArchive("v", archive, { name: "a" }),
    () => {
      const part = { uploadId: "u", offset: 0, ...archive };
      return client.uploadMultipartPart("v", part, { name: "b" });
    },
    () => client.deleteArchive("v", "a"),
  ];
  for (const call of calls) await assertRejects(call, NetworkError);
  const what = (operation: string, name?: string, range?: string) => ({
    operation,
    name,
    range,
  });
  assertEquals(given, [
    {
      ...what("UploadArchive", "a"),
      attempts: 1,
      reason: "uncertain",
    },
    {
      ...what("UploadMultipartPart", "b", "0-2"),
      attempts: 2,
      reason: "tries",
    },
    { ...what("DeleteArchive"), attempts: 2, reason: "tries" },
  ]);
});
