/**
 * Tells topics of the jobs that have completed.
 *
 * Nothing runs when a job completes, so the publisher looks: before whatever
 * could depend on it, after every request, and when the next job is to
 * complete. A message is in the database by the same transaction that notes
 * that the job's end was published, so that each job is published once, however
 * the process ends.
 *
 * @module
 */

import { delay } from "../async/delay.ts";
import { Alarm } from "./alarm.ts";
import type { ServerContext } from "./context.ts";
import { describeJob } from "./job_description.ts";
import type { Job } from "./job_table.ts";
import { type Notice, noticeText } from "./notice.ts";
import type { QueueBell } from "./queue_bell.ts";
import { Refusal } from "./refusal.ts";
import { isTopic, queueOfTopic } from "./topic.ts";

/** Jobs that are published by one transaction. */
const BATCH = 100;

/** What to do with messages besides putting them into queues. */
export interface PublisherOptions {
  bell: QueueBell;
  /** Called when there is something for the URL that messages go to as well; absent where they don't. */
  onDelivery?: () => void;
}

/** A job that has completed, and what is published of it. */
interface Completion {
  job: Job;
  notices: Notice[];
}

/**
 * The topics that are told of a job's end: its own, and the one that its vault
 * tells of such events. Where both are the same, it is told twice ("Configuring
 * Vault Notifications in Amazon S3 Glacier Using the AWS Command Line Interface"
 * in the Glacier developer guide).
 */
export function topicsOf(
  { state }: ServerContext,
  job: Pick<Job, "vault" | "action" | "sns_topic">,
): string[] {
  const config = state.notifications.get(job.vault);
  const told = config?.events.includes(`${job.action}Completed`);
  return [job.sns_topic, told ? config!.topic : null]
    // Older versions took anything for the name of a topic.
    .filter((topic) => topic !== null && isTopic(topic)) as string[];
}

/** The message is what Describe Job answers ("Set Vault Notification Configuration" in the Glacier developer guide). */
async function describeCompletion(
  context: ServerContext,
  job: Job,
  now: number,
): Promise<Completion> {
  const topics = topicsOf(context, job);
  if (topics.length === 0) return { job, notices: [] };
  const message = JSON.stringify(await describeJob(context, job, now));
  const notices = topics.map((topic) => ({
    id: crypto.randomUUID(),
    topic,
    message,
    time: now,
  }));
  return { job, notices };
}

/** An inventory may have to be measured first, which is not to hold up the jobs before it. */
function batchOf(jobs: Job[]): Job[] {
  const slow = jobs.findIndex(({ action }) => action === "InventoryRetrieval");
  return slow === -1 ? jobs : jobs.slice(0, Math.max(slow, 1));
}

/** The publisher of a server. Disposing of it waits for what is under way. */
export class Publisher implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #options: PublisherOptions;
  readonly #alarm: Alarm;
  #last: Promise<void> = Promise.resolve();

  constructor(context: ServerContext, options: PublisherOptions) {
    this.#context = context;
    this.#options = options;
    this.#alarm = new Alarm(context.clock, () => this.wake());
  }

  /** Publishes what is due now; resolves when that is on the device. Never rejects. */
  publishDue(): Promise<void> {
    // One after the other: none may tell of a job that another is at.
    return this.#last = this.#last.then(() => this.#publishDue());
  }

  /** Publishes what is due, and sees to it that this is called when more is. Never throws. */
  wake(): void {
    const { state, clock, signal, report } = this.#context;
    if (signal.aborted) return;
    try {
      const next = state.jobs.nextUnpublished();
      if (next !== null && next <= clock.now()) void this.publishDue();
      else this.#alarm.set(next);
    } catch (error) {
      report(error);
    }
  }

  async #publishDue(): Promise<void> {
    const { state, clock, signal, report } = this.#context;
    try {
      while (!signal.aborted) {
        const now = clock.now();
        const due = batchOf(state.jobs.unpublished(now, BATCH));
        if (due.length === 0) {
          this.#alarm.set(state.jobs.nextUnpublished());
          return;
        }
        const completions: Completion[] = [];
        for (const job of due) {
          completions.push(await this.#completionOf(job, now));
        }
        this.#publish(completions);
        // Others have their turn.
        if (due.length === BATCH) await delay(0, { signal });
      }
    } catch (error) {
      // The next request tries again; closing is no failure.
      if (!signal.aborted) report(error);
    }
  }

  /** One that cannot be described is not to hold up all others for ever. */
  async #completionOf(job: Job, now: number): Promise<Completion> {
    const { signal, report } = this.#context;
    try {
      return await describeCompletion(this.#context, job, now);
    } catch (error) {
      if (signal.aborted) throw error;
      // A refusal says that it is gone meanwhile, with its vault.
      if (!(error instanceof Refusal)) report(error);
      return { job, notices: [] };
    }
  }

  #publish(completions: readonly Completion[]): void {
    const { state } = this.#context;
    const notices = state.transaction(() => {
      const published = completions
        .filter(({ job }) => state.jobs.markPublished(job.number))
        .flatMap(({ notices }) => notices);
      published.forEach((notice) => this.#store(notice));
      return published;
    });
    for (const { topic } of notices) {
      const queue = queueOfTopic(topic, this.#context.account);
      if (queue !== undefined) this.#options.bell.ring(queue);
    }
    if (notices.length > 0) this.#options.onDelivery?.();
  }

  #store(notice: Notice): void {
    const { state, account } = this.#context;
    const { id, topic, time } = notice;
    const queue = queueOfTopic(topic, account);
    if (queue !== undefined) {
      state.messages.insert({
        id: crypto.randomUUID(),
        queue,
        body: noticeText(notice, "sqs"),
        sent: time,
      });
    }
    if (this.#options.onDelivery !== undefined) {
      const body = noticeText(notice, "http");
      state.deliveries.insert({ message: id, topic, body }, time);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#alarm[Symbol.dispose]();
    await this.#last;
  }
}
