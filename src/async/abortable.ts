/**
 * Waiting for what knows no signal.
 *
 * @module
 */

/**
 * Settles like `promise`, or rejects with the signal's reason as soon as it is
 * aborted; whatever becomes of `promise` then is nobody's business any more.
 */
export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", onAbort);
    });
  });
}
