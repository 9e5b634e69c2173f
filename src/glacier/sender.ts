/**
 * Sending a request until it succeeds or its failure is final, together with
 * all other requests of a client: fewer at a time where the service or the line
 * has too much to do, and not again and again where nothing works.
 *
 * @module
 */

import { EndpointError } from "../aws/network_failure.ts";
import { Gate, type Pass } from "../async/gate.ts";
import {
  askedFor,
  longestTrial,
  retry,
  type RetryEvent,
  type RetryPolicy,
} from "../async/retry.ts";
import { RetryBudget } from "../async/retry_budget.ts";
import {
  isOverload,
  isTransient,
  mayHaveTakenEffect,
  ServiceError,
} from "../errors.ts";
import type { CallOptions, RequestSubject } from "../store.ts";
import type { OperationName } from "./operations.ts";

/** A request that is about to be sent. */
export interface RequestEvent {
  /** The operation, such as `UploadArchive`. */
  operation: OperationName;
  /** Number of the try; the first is 1. */
  attempt: number;
}

/** A request that failed for a reason that may pass, and is not sent again. */
export interface GiveUpEvent extends RequestSubject {
  /** How often it was tried. */
  attempts: number;
  /** Why: it had all its tries; none of any request has succeeded for too long; it may have taken effect, and must not do so twice. */
  reason: "tries" | "outage" | "uncertain";
  /** For how long none may succeed before none is sent again, in milliseconds. */
  patience: number;
  /** What the last try failed with. */
  error: unknown;
}

/** How many requests are sent at a time from now on, and why. */
export interface LimitEvent {
  /** `Infinity` where the only limit is the caller's. */
  limit: number;
  /** Whether that is all that was wanted. */
  full: boolean;
  /** What made the limit go down; absent where it is back where it was. */
  error?: unknown;
}

/** How a client sends. */
export interface SenderOptions {
  /** 8 tries with waits of up to 0.2, 0.4, 0.8 … 20 seconds by default. */
  retry?: RetryPolicy;
  /**
   * For how long requests may fail without any success between them, in
   * milliseconds, before none is sent again until one succeeds. 15 minutes by
   * default, or as long as the waits between the tries of one request can take
   * in all where that is longer. What is not sent again fails; what comes after
   * it is tried once.
   */
  patience?: number;
  /**
   * Requests under way at a time, at most; any number where absent. Where the
   * service throttles, or requests take too long, there are fewer for a while.
   * The body of an answer that is read piece by piece doesn't count.
   */
  maxRequests?: number;
  /** Called before every request, those sent again included. */
  onRequest?: (event: RequestEvent) => void;
  /** Called before the wait for a request that is sent again. */
  onRetry?: (event: RetryEvent & RequestSubject) => void;
  /** Called where a request that may succeed later is not sent again. */
  onGiveUp?: (event: GiveUpEvent) => void;
  /** Called when fewer requests are sent at a time, and when as many as before. */
  onLimit?: (event: LimitEvent) => void;
}

/** For how long all may fail, in milliseconds. */
const PATIENCE = 15 * 60_000;

/** Sends the requests of one client. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #gate: Gate;
  readonly #budget: RetryBudget;
  /** What made the limit go down last. */
  #overload: unknown;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { attempts, waits } = longestTrial(options.retry);
    this.#budget = new RetryBudget({
      patience: options.patience ?? Math.max(PATIENCE, waits),
      failures: attempts,
    });
    this.#gate = new Gate({
      most: options.maxRequests,
      onChange: (change) =>
        options.onLimit?.({
          ...change,
          error: change.full ? undefined : this.#overload,
        }),
    });
  }

  /**
   * Calls `exchange`, which sends the request once and reads the answer, until
   * it succeeds; a request that is not `idempotent` only once where it may have
   * taken effect. Where `exchange` mends something and sends the request once
   * more by itself, it says so by what it is given.
   */
  async send<T>(
    subject: RequestSubject & { operation: OperationName },
    idempotent: boolean,
    exchange: (onResend: (why: Error) => void) => Promise<T>,
    { signal, stop }: CallOptions = {},
  ): Promise<T> {
    const { onRequest, onRetry } = this.#options;
    const { operation } = subject;
    let attempts = 0;
    let failed: unknown;
    const sendOnce = async (attempt: number) => {
      // Held for as long as the answer takes and no longer: who waits for the
      // next try, or reads a body at leisure, keeps nobody out.
      using pass = await this.#gate.enter({ signal, stop });
      if (attempt > 1 && stop?.aborted) throw failed;
      attempts = attempt;
      onRequest?.({ operation, attempt });
      try {
        const result = await exchange((error) => {
          onRetry?.({ ...subject, attempt, delay: 0, error });
          onRequest?.({ operation, attempt });
        });
        this.#noteSuccess(pass);
        return result;
      } catch (error) {
        failed = error;
        this.#noteFailure(error, pass);
        throw error;
      }
    };
    try {
      return await retry(sendOnce, {
        ...this.#options.retry,
        signal,
        stop,
        shouldRetry: (error) =>
          isWorthRepeating(error, idempotent) && this.#budget.isLeft,
        onRetry: (event) => {
          this.#holdBack(event);
          onRetry?.({ ...event, ...subject });
        },
      });
    } catch (error) {
      if (!signal?.aborted && !stop?.aborted) {
        this.#sayGivenUp({ ...subject, attempts, error }, idempotent);
      }
      throw error;
    }
  }

  #noteSuccess(pass: Pass): void {
    this.#budget.succeeded();
    pass.succeeded();
  }

  #noteFailure(error: unknown, pass: Pass): void {
    if (isTransient(error)) this.#budget.failed();
    else if (error instanceof ServiceError) this.#budget.succeeded();
    if (!isOverload(error)) return;
    this.#overload = error;
    pass.overloaded();
  }

  /**
   * What the service asks to wait holds for all. And where even one request at
   * a time is too much, all wait with the one that failed.
   */
  #holdBack({ error, delay }: RetryEvent): void {
    if (!isOverload(error)) return;
    const ms = this.#gate.limit === 1 ? delay : askedFor(error);
    if (ms > 0) this.#gate.close(ms);
  }

  #sayGivenUp(
    event: Omit<GiveUpEvent, "reason" | "patience">,
    idempotent: boolean,
  ): void {
    const { error } = event;
    const { onGiveUp } = this.#options;
    // What is final speaks for itself.
    if (!isTransient(error) || error instanceof EndpointError) return;
    const reason = !isWorthRepeating(error, idempotent)
      ? "uncertain"
      : this.#budget.isLeft
      ? "tries"
      : "outage";
    onGiveUp?.({ ...event, reason, patience: this.#budget.patience });
  }
}

function isWorthRepeating(error: unknown, idempotent: boolean): boolean {
  return isTransient(error) && !(error instanceof EndpointError) &&
    (idempotent || !mayHaveTakenEffect(error));
}
