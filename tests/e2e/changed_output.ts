/**
 * Inventories that come damaged.
 *
 * @module
 */

import type { Interference } from "../program.ts";

/** Changes the output of jobs, and says nothing of its size anywhere. */
export function changing(change: (text: string) => string): Interference {
  return async (operation, pass) => {
    const answer = await pass();
    const { status, headers } = answer;
    const send = (text: string) => {
      const body = new Blob([text]).stream();
      const sent = new Headers(headers);
      sent.delete("content-length");
      return new Response(body, { status, headers: sent });
    };
    switch (operation) {
      case "ListJobs": {
        const text = await answer.text();
        return send(text.replace(/("InventorySizeInBytes":)\d+/g, "$1null"));
      }
      case "GetJobOutput":
        return send(change(await answer.text()));
      default:
        return answer;
    }
  };
}
