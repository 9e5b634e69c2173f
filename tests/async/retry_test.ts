import {
  assertEquals,
  assertGreaterOrEqual,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { delay } from "../../src/async/delay.ts";
import { longestTrial, retry, type RetryEvent } from "../../src/async/retry.ts";
import {
  isTransient,
  mayHaveTakenEffect,
  NetworkError,
  ServiceError,
} from "../../src/errors.ts";

function throttled(retryAfter?: number): ServiceError {
  return new ServiceError("Slow down", {
    operation: "DeleteArchive",
    code: "ThrottlingException",
    status: 400,
    retryAfter,
  });
}

/** A clock for waits: records them, and takes no time. */
function waits() {
  const recorded: number[] = [];
  const wait = (ms: number, { signal }: { signal?: AbortSignal } = {}) => {
    signal?.throwIfAborted();
    recorded.push(ms);
    return Promise.resolve();
  };
  return { recorded, delay: wait };
}

Deno.test("retry() gives what a later try gives, and its number", async () => {
  const { delay } = waits();
  const result = await retry((attempt) => {
    return attempt < 3 ? Promise.reject(throttled()) : Promise.resolve(attempt);
  }, { delay });
  assertEquals(result, 3);
});

Deno.test("retry() waits a random part of a bound that doubles up to the cap", async () => {
  const { recorded, delay } = waits();
  const parts = [0.5, 0, 0.999, 0.25, 0.5];
  await assertRejects(() =>
    retry(() => Promise.reject(throttled()), {
      attempts: 6,
      base: 100,
      cap: 500,
      random: () => parts[recorded.length],
      delay,
    }), ServiceError);
  assertEquals(recorded, [50, 0, 399.6, 125, 250]);
});

Deno.test("retry() waits at least as long as the server asks, and five minutes at most", async () => {
  const { recorded, delay } = waits();
  const asked = [3000, 24 * 3600_000, 10];
  await assertRejects(() =>
    retry((attempt) => Promise.reject(throttled(asked[attempt - 1])), {
      attempts: 4,
      random: () => 0.5,
      delay,
    })
  );
  assertEquals(recorded, [3000, 300_000, 400]);
});

Deno.test("retry() gives up with the last error after all tries", async () => {
  const { delay } = waits();
  const errors = [throttled(), throttled(), throttled()];
  const error = await assertRejects(() =>
    retry((attempt) => Promise.reject(errors[attempt - 1]), {
      attempts: 3,
      delay,
    })
  );
  assertStrictEquals(error, errors[2]);
});

Deno.test("retry() does not try again after an error that is final", async () => {
  let calls = 0;
  await assertRejects(() =>
    retry(() => {
      calls++;
      return Promise.reject(new TypeError("a defect"));
    }), TypeError);
  assertEquals(calls, 1);
});

Deno.test("retry() tells of each wait before it begins", async () => {
  const { recorded, delay } = waits();
  const events: RetryEvent[] = [];
  const error = throttled();
  await retry((n) => n < 3 ? Promise.reject(error) : Promise.resolve(), {
    base: 8,
    random: () => 0.5,
    delay,
    onRetry: (event) => {
      assertEquals(recorded.length, events.length);
      events.push(event);
    },
  });
  assertEquals(events, [
    { attempt: 1, delay: 4, error },
    { attempt: 2, delay: 8, error },
  ]);
});

Deno.test("retry() rejects with the signal's reason when aborted while it waits", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const error = await assertRejects(() =>
    retry(() => Promise.reject(throttled()), {
      base: 3600_000,
      cap: 3600_000,
      random: () => 0.9,
      signal: controller.signal,
      onRetry: () => queueMicrotask(() => controller.abort(reason)),
    })
  );
  assertStrictEquals(error, reason);
});

Deno.test("retry() does not begin when aborted already", async () => {
  const reason = new Error("stop");
  const signal = AbortSignal.abort(reason);
  let calls = 0;
  const action = () => Promise.resolve(calls++);
  assertStrictEquals(
    await assertRejects(() => retry(action, { signal })),
    reason,
  );
  assertEquals(calls, 0);
});

Deno.test("retry() rejects with the signal's reason when aborted during a try, and tells of no other", async () => {
  for (const attempts of [1, 8]) {
    const reason = new Error("stop");
    const controller = new AbortController();
    const told: RetryEvent[] = [];
    const error = await assertRejects(() =>
      retry(() => {
        controller.abort(reason);
        return Promise.reject(throttled());
      }, {
        attempts,
        signal: controller.signal,
        onRetry: (event) => told.push(event),
      })
    );
    assertStrictEquals(error, reason);
    assertEquals(told, []);
  }
});

Deno.test("how long tries can take in all, but for the tries themselves, is known before", () => {
  assertEquals(longestTrial(), { attempts: 8, waits: 25_400 });
  assertEquals(longestTrial({ attempts: 1 }), { attempts: 1, waits: 0 });
  assertEquals(longestTrial({ attempts: 4, base: 100, cap: 250 }), {
    attempts: 4,
    waits: 100 + 200 + 250,
  });
  // A hundred tries are as patient as they were asked to be.
  assertEquals(longestTrial({ attempts: 101 }).waits, 1_885_400);
});

Deno.test("delay() waits", async () => {
  const began = performance.now();
  await delay(20);
  // Timers may be a millisecond early.
  assertGreaterOrEqual(performance.now() - began, 18);
});

Deno.test({
  name:
    "delay() ends with the signal's reason when aborted, and leaves no timer",
  sanitizeOps: true,
  async fn() {
    const reason = new Error("stop");
    const controller = new AbortController();
    const long = delay(3600_000, { signal: controller.signal });
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => long), reason);
    assertStrictEquals(
      await assertRejects(() => delay(0, { signal: controller.signal })),
      reason,
    );
  },
});

Deno.test("errors are told apart by code: which are worth another try, and which may have taken effect", () => {
  // [code, status, transient, may have taken effect]
  const table: [string, number, boolean, boolean][] = [
    ["ThrottlingException", 400, true, false],
    ["Throttling", 400, true, false],
    ["RequestLimitExceeded", 400, true, false],
    ["RequestTimeoutException", 408, true, false],
    ["ServiceUnavailableException", 500, true, true],
    ["ServiceUnavailableException", 503, true, true],
    ["InternalFailure", 500, true, true],
    ["SlowDown", 503, true, true],
    ["Unknown", 400, true, false],
    ["Unknown", 408, true, false],
    ["Unknown", 429, true, false],
    ["Unknown", 502, true, true],
    ["Unknown", 403, false, false],
    ["InsufficientCapacityException", 503, false, true],
    ["PolicyEnforcedException", 400, false, false],
    ["LimitExceededException", 400, false, false],
    ["InvalidParameterValueException", 400, false, false],
    ["MissingParameterValueException", 400, false, false],
    ["NoLongerSupportedException", 400, false, false],
    ["ResourceNotFoundException", 404, false, false],
    ["UnrecognizedClientException", 400, false, false],
    ["AccessDeniedException", 403, false, false],
    ["ExpiredTokenException", 403, false, false],
    ["InvalidSignatureException", 403, false, false],
    ["MalformedAnswer", 201, false, true],
    ["RedirectNotFollowed", 302, false, false],
    ["ForeignAnswer", 200, false, false],
  ];
  const got = table.map(([code, status]) => {
    const error = new ServiceError("", { operation: "X", code, status });
    return [code, status, isTransient(error), mayHaveTakenEffect(error)];
  });
  assertEquals(got, table);
  const network = (["unreachable", "dropped", "timeout"] as const).map((p) => {
    const error = new NetworkError("", "X", p);
    return [isTransient(error), mayHaveTakenEffect(error)];
  });
  assertEquals(network, [[true, false], [true, true], [true, true]]);
});
