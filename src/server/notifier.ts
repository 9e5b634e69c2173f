/**
 * All that happens when jobs complete: who is told, and by what.
 *
 * @module
 */

import type { Fetch } from "../aws/http.ts";
import type { ServerContext } from "./context.ts";
import { Deliverer } from "./deliverer.ts";
import { Publisher } from "./publisher.ts";
import { QueueBell } from "./queue_bell.ts";

/** Options of {@linkcode openNotifier}. */
export interface NotifierOptions {
  /** Where messages go besides queues; nowhere where absent. */
  url?: URL;
  fetch: Fetch;
  /** How long an answer from the URL is waited for, in milliseconds. */
  timeout: number;
}

/** Disposing of it ends what is under way; what was not done yet, the next server does. */
export interface Notifier extends AsyncDisposable {
  /** Rings when a queue has a message. */
  readonly bell: QueueBell;
  /** Publishes what is due now; resolves when that is on the device. Never rejects. */
  publishDue(): Promise<void>;
  /** Looks what is due now, and when more is. To be called after whatever may have changed that. */
  wake(): void;
}

/** Begins with what an earlier server left. */
export function openNotifier(
  context: ServerContext,
  { url, fetch, timeout }: NotifierOptions,
): Notifier {
  const bell = new QueueBell();
  const deliverer = url && new Deliverer(context, { url, fetch, timeout });
  const publisher = new Publisher(context, {
    bell,
    onDelivery: deliverer && (() => deliverer.wake()),
  });
  publisher.wake();
  deliverer?.wake();
  return {
    bell,
    publishDue: () => publisher.publishDue(),
    wake() {
      publisher.wake();
      deliverer?.wake();
    },
    async [Symbol.asyncDispose]() {
      bell.end();
      await publisher[Symbol.asyncDispose]();
      await deliverer?.[Symbol.asyncDispose]();
    },
  };
}
