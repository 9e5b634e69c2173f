/**
 * Topics of the Simple Notification Service, as far as their names tell.
 *
 * @module
 */

/** The Amazon Resource Name of a topic ("Creating an Amazon SNS topic" in the SNS developer guide). */
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:(\d{12}):([A-Za-z0-9_-]{1,256})$/;

/** 1–80 of these ("Amazon SQS message quotas" in the SQS developer guide); topics have no queues whose names end in `.fifo`. */
const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Whether `arn` could be the name of a topic. */
export function isTopic(arn: string): boolean {
  return TOPIC.test(arn);
}

/** Whether `name` could be the name of a queue. */
export function isQueueName(name: string): boolean {
  return QUEUE_NAME.test(name);
}

/**
 * The queue that a topic delivers to: that of the same name, where topic and
 * queue are of the same account and a queue can have that name.
 */
export function queueOfTopic(arn: string, account: string): string | undefined {
  const [, owner, name] = TOPIC.exec(arn) ?? [];
  return owner === account && isQueueName(name) ? name : undefined;
}
