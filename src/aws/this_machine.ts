/**
 * Which addresses never leave the machine.
 *
 * @module
 */

/** Whether what is sent to a host never leaves the machine. */
export function isThisMachine(hostname: string): boolean {
  return /^(127(\.\d+){3}$|localhost$|\[?::1\]?$)/.test(hostname);
}
