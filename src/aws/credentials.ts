/**
 * Credentials as the signer needs them. Where they come from is decided by
 * whoever makes the provider.
 *
 * @module
 */

import type { Clock } from "../platform.ts";

/** Keys of an AWS account or role. */
export interface Credentials {
  /** Names the keys; no secret. */
  accessKeyId: string;
  /** What requests are signed with; never sent. */
  secretAccessKey: string;
  /** Comes with temporary credentials. */
  sessionToken?: string;
  /** When temporary credentials end. */
  expiration?: Date;
}

/**
 * Gives credentials; called before every request, so it should remember them.
 * `forceRefresh`: the service says that those given last have expired.
 */
export type CredentialsProvider = (
  options?: { forceRefresh?: boolean },
) => Promise<Credentials>;

/**
 * Credentials are renewed this long before they end, in milliseconds: a
 * request that takes its time must not outlive them.
 */
const REFRESH_BEFORE = 5 * 60_000;

/** A failed early renewal is tried again after this many milliseconds. */
const RETRY_REFRESH_AFTER = 30_000;

/**
 * A provider that remembers what `provider` gave, and asks it again five
 * minutes before that expires. Calls at the same time share one question. When
 * an early renewal fails, the old credentials serve until they end.
 */
export function cachedCredentials(
  provider: CredentialsProvider,
  options: { clock?: Clock } = {},
): CredentialsProvider {
  const { clock = Date } = options;
  let current: Credentials | undefined;
  let pending: Promise<Credentials> | undefined;
  let notBefore = -Infinity;

  /** Milliseconds that the current credentials have left. */
  const left = () =>
    current === undefined
      ? -Infinity
      : (current.expiration?.getTime() ?? Infinity) - clock.now();

  async function refresh(forceRefresh: boolean): Promise<Credentials> {
    try {
      // A provider that remembers would give the old ones again when they are
      // merely about to expire.
      const force = forceRefresh || current !== undefined;
      current = await provider({ forceRefresh: force });
      return current;
    } catch (error) {
      if (forceRefresh || current === undefined || left() <= 0) throw error;
      notBefore = clock.now() + RETRY_REFRESH_AFTER;
      return current;
    } finally {
      pending = undefined;
    }
  }

  return async ({ forceRefresh = false } = {}) => {
    if (!forceRefresh && current !== undefined) {
      const waiting = left() > 0 && clock.now() < notBefore;
      if (waiting || left() > REFRESH_BEFORE) return current;
    }
    return await (pending ??= refresh(forceRefresh));
  };
}
