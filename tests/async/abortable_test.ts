import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../src/async/abortable.ts";

Deno.test("what is waited for comes through, as a value or an error", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(1), signal), 1);
  const failing = Promise.reject(new Error("no"));
  await assertRejects(() => abortable(failing, signal), Error, "no");
});

Deno.test("an abort ends the waiting with its reason, before or meanwhile", async () => {
  const reason = new Error("stop");
  const never = new Promise<void>(() => {});
  await assertRejects(
    () => abortable(never, AbortSignal.abort(reason)),
    Error,
    "stop",
  );
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort(reason);
  await assertRejects(() => waiting, Error, "stop");
});

Deno.test("what fails after the abort is nobody's business", async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = abortable(promise, AbortSignal.abort(new Error("stop")));
  await assertRejects(() => waiting, Error, "stop");
  // An unhandled rejection would fail the test.
  reject(new Error("late"));
  await promise.catch(() => {});
});
