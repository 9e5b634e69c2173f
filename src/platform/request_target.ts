/**
 * What HTTP demands of a request's target and of its Host header, as far as the
 * runtimes let it pass.
 *
 * @module
 */

/**
 * Whether a request tells without doubt where it goes: one Host, the same as in
 * its target where that has one (RFC 9112, 3.2), and a path that is its own
 * plain form. A `..` is resolved by one program and taken for a name by
 * another; no client sends it, and nothing must be reached through it.
 *
 * HTTP/2 has no Host header. Deno would speak it where a client begins with
 * it; no client of the service does, and Node doesn't answer it.
 *
 * @param target as it was sent, or the URL that the runtime made of it without
 * changing it
 */
export function isPlainTarget(target: string, host: string | null): boolean {
  if (host === null || !/^[^\s,/]+$/.test(host)) return false;
  const [, authority = host, path, rest] =
    /^(?:https?:\/\/([^/?#]*))?([^?#]*)(.*)$/s.exec(target)!;
  const sent = path === "" ? "/" : path;
  if (authority !== host || !sent.startsWith("/") || rest.includes("#")) {
    return false;
  }
  return new URL(`http://localhost${sent}`).pathname === sent;
}
