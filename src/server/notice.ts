/**
 * Messages as the Simple Notification Service delivers them ("HTTP/HTTPS
 * notification JSON format" in the SNS developer guide).
 *
 * Nobody but Amazon can sign for Amazon. The fields of the signature are there,
 * because programs read them, and cannot be taken for one: the certificate's
 * host is in a domain that never exists (RFC 2606), which is what verifiers
 * refuse first, without asking any network.
 *
 * @module
 */

import { isoTime } from "./parameters.ts";

/** Something that was published to a topic. */
export interface Notice {
  /** A UUID, the same for all who get the message and however often they do. */
  id: string;
  topic: string;
  /** The text that was published. */
  message: string;
  /** When it was published, in milliseconds since 1970. */
  time: number;
}

/** By what a subscription delivers. */
export type Protocol = "http" | "sqs";

/** Each topic has one subscription of each kind, with the same last part on every server. */
const SUBSCRIPTION_IDS: Record<Protocol, string> = {
  http: "6d6f7261-696e-4e65-8000-000000000001",
  sqs: "6d6f7261-696e-4e65-8000-000000000002",
};

const NOT_SIGNED = "https://sns.invalid/";

/** The Amazon Resource Name of a topic's subscription. */
export function subscriptionArn(topic: string, protocol: Protocol): string {
  return `${topic}:${SUBSCRIPTION_IDS[protocol]}`;
}

/** The JSON text that is delivered. Glacier sets no subject, so there is none. */
export function noticeText(notice: Notice, protocol: Protocol): string {
  const subscription = subscriptionArn(notice.topic, protocol);
  return JSON.stringify(
    {
      Type: "Notification",
      MessageId: notice.id,
      TopicArn: notice.topic,
      Message: notice.message,
      Timestamp: isoTime(notice.time),
      SignatureVersion: "1",
      Signature: btoa("This message is not signed."),
      SigningCertURL: `${NOT_SIGNED}no-certificate.pem`,
      UnsubscribeURL:
        `${NOT_SIGNED}?Action=Unsubscribe&SubscriptionArn=${subscription}`,
    },
    null,
    2,
  );
}
