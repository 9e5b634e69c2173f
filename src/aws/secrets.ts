/**
 * Keeping secrets out of what is shown.
 *
 * @module
 */

import type { Credentials } from "./credentials.ts";
import { encodeStrict } from "./wire.ts";

/** Services may quote requests; keys must not get into logs that way, in none of the ways to write them. */
export function withoutSecrets(text: string, credentials: Credentials): string {
  const { secretAccessKey, sessionToken } = credentials;
  for (const secret of [secretAccessKey, sessionToken]) {
    if (!secret) continue;
    const forms = [
      secret,
      encodeStrict(secret),
      encodeURIComponent(secret),
      // As some write JSON.
      secret.replaceAll("/", "\\/"),
    ];
    for (const form of forms) text = text.replaceAll(form, "[secret]");
  }
  return text;
}
