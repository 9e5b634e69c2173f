/**
 * Sends what was published to a URL, as the Simple Notification Service does to
 * an HTTP endpoint ("Fanout to HTTP/S endpoints" in the SNS developer guide).
 *
 * What is still to be sent is in the database until it has arrived or was tried
 * often enough, so that a restart forgets nothing. One that arrived just before
 * the process was killed is sent again: receivers know it by its ID.
 *
 * @module
 */

import { Exchange } from "../aws/exchange.ts";
import type { Fetch } from "../aws/http.ts";
import { EndpointError, networkFailure } from "../aws/network_failure.ts";
import { messageOf, MoraineError } from "../errors.ts";
import { Alarm } from "./alarm.ts";
import type { ServerContext } from "./context.ts";
import type { Delivery } from "./delivery_table.ts";
import { subscriptionArn } from "./notice.ts";

/** Requests under way at a time. */
const CONCURRENCY = 4;

/** Attempts in all. */
const ATTEMPTS = 10;

/** The first wait between two attempts in milliseconds, which doubles, and the longest. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 20_000;

/** Where to send messages, and how. */
export interface DelivererOptions {
  url: URL;
  fetch: Fetch;
  /** How long an answer is waited for, in milliseconds. */
  timeout: number;
}

/** An attempt that failed. */
class DeliveryFailure extends MoraineError {
  override name = "DeliveryFailure";

  constructor(
    message: string,
    /** Whether another attempt could succeed. */
    readonly passing: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The address that messages go to. @throws {MoraineError} where `text` is none. */
export function parseNotifyUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined || !/^https?:$/.test(url.protocol) ||
    url.username !== "" || url.password !== ""
  ) {
    // It is not shown, because it may hold a password.
    throw new MoraineError(
      "The address for notifications must be an http:// or https:// address without user",
    );
  }
  return url;
}

/** How long to wait after so many attempts failed, in milliseconds. */
export function waitAfter(attempts: number, random = Math.random): number {
  const bound = Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT);
  // Half of it at random: what failed together is not to come back together.
  return Math.ceil(bound / 2 * (1 + random()));
}

/** Servers' own failures and "too many requests" pass; what else is no success doesn't ("Amazon SNS message delivery retries" in the SNS developer guide). */
function checkStatus(status: number): void {
  if (status >= 200 && status < 300) return;
  throw new DeliveryFailure(
    `the answer has HTTP status ${status}`,
    status >= 500 || status === 429,
  );
}

function requestOf(delivery: Delivery, url: URL, signal: AbortSignal): Request {
  return new Request(url, {
    method: "POST",
    headers: {
      "content-type": "text/plain; charset=UTF-8",
      "user-agent": "Amazon Simple Notification Service Agent",
      "x-amz-sns-message-id": delivery.message,
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-subscription-arn": subscriptionArn(delivery.topic, "http"),
      "x-amz-sns-topic-arn": delivery.topic,
    },
    body: delivery.body,
    redirect: "manual",
    signal,
  });
}

/** Sends what is due, a few at a time. Disposing of it ends what is under way. */
export class Deliverer implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #options: DelivererOptions;
  readonly #alarm: Alarm;
  readonly #underWay = new Map<number, Promise<void>>();

  constructor(context: ServerContext, options: DelivererOptions) {
    this.#context = context;
    this.#options = options;
    this.#alarm = new Alarm(context.clock, () => this.wake());
  }

  /** Sends what is due as far as there is room, and sees to it that this is called when more is. Never throws. */
  wake(): void {
    const { signal, report } = this.#context;
    if (signal.aborted) return;
    try {
      this.#beginDue();
    } catch (error) {
      report(error);
    }
  }

  #beginDue(): void {
    const { state, clock } = this.#context;
    const now = clock.now();
    this.#alarm.set(null);
    // Those under way are among the first.
    for (const delivery of state.deliveries.first(2 * CONCURRENCY)) {
      if (this.#underWay.has(delivery.number)) continue;
      // The end of one under way makes room.
      if (this.#underWay.size === CONCURRENCY) return;
      const wait = delivery.next_attempt - now;
      // It is longer than any where the clock was set back.
      if (wait > 0 && wait <= LONGEST_WAIT) {
        return this.#alarm.set(delivery.next_attempt);
      }
      this.#begin(delivery);
    }
  }

  #begin(delivery: Delivery): void {
    const { signal, report } = this.#context;
    const ended = this.#attempt(delivery).then(() => {
      this.#underWay.delete(delivery.number);
      this.wake();
    }, (error) => {
      // The database fails: not again before something else happens.
      this.#underWay.delete(delivery.number);
      if (!signal.aborted) report(error);
    });
    this.#underWay.set(delivery.number, ended);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { signal, state } = this.#context;
    try {
      await this.#send(delivery);
    } catch (error) {
      // What was cut short here is no failure there.
      if (signal.aborted) return;
      if (!(error instanceof DeliveryFailure)) throw error;
      return this.#noteFailure(delivery, error);
    }
    state.transaction(() => state.deliveries.remove(delivery.number));
  }

  #noteFailure(delivery: Delivery, failure: DeliveryFailure): void {
    const { state, clock, report } = this.#context;
    const { number, message } = delivery;
    const attempts = delivery.attempts + 1;
    const again = failure.passing && attempts < ATTEMPTS;
    state.transaction(() => {
      if (!again) return state.deliveries.remove(number);
      state.deliveries.postpone(number, clock.now() + waitAfter(attempts));
    });
    if (again) return;
    const tries = attempts === 1 ? "" : ` after ${attempts} attempts`;
    report(
      new MoraineError(
        `The notification ${message} could not be delivered to ${this.#options.url.host}${tries}: ${
          messageOf(failure)
        }`,
        { cause: failure },
      ),
    );
  }

  async #send(delivery: Delivery): Promise<void> {
    const { url, fetch, timeout } = this.#options;
    using exchange = new Exchange(this.#context.signal);
    exchange.arm(
      timeout,
      () => new DeliveryFailure(`no answer within ${timeout / 1000} s`, true),
    );
    const request = requestOf(delivery, url, exchange.signal);
    const sending = (async () => await fetch(request))();
    let response: Response;
    try {
      response = await exchange.race(sending);
    } catch (cause) {
      // One that doesn't know the signal may answer yet.
      sending.then((late) => late.body?.cancel()).catch(() => {});
      if (exchange.signal.aborted) throw exchange.signal.reason;
      const failure = networkFailure(cause, "Publish", url.host);
      const passing = !(failure instanceof EndpointError);
      throw new DeliveryFailure(failure.message, passing, { cause: failure });
    }
    // Nobody needs it, and it may have no end.
    await response.body?.cancel().catch(() => {});
    checkStatus(response.status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#alarm[Symbol.dispose]();
    await Promise.all(this.#underWay.values());
  }
}
