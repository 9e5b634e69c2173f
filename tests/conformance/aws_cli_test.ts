/**
 * The AWS CLI on the PATH, of whichever version, against the embedded server.
 * The tests stand in `aws_cli/`, a file for each subject; all of them run in
 * one process, so that the last test can tell whether a verb is missing.
 *
 * @module
 */

import "./aws_cli/vaults.ts";
import "./aws_cli/archives.ts";
import "./aws_cli/uploads.ts";
import "./aws_cli/settings.ts";
import { assertEquals, assertGreater } from "@std/assert";
import { type Cli, cliTest, succeeded } from "./aws_cli/cli.ts";

/** The verbs that a help page of the CLI lists. */
async function listedBy(cli: Cli, help: string): Promise<string[]> {
  const page = await cli.print(help);
  // Bold letters are printed twice, the second time after a backspace.
  const text = page.replaceAll(/.[\b]/g, "");
  return [...text.matchAll(/^ +[o·•*] +([a-z-]+)$/gm)].map(([, verb]) => verb);
}

cliTest(
  "all verbs that `aws glacier help` lists have succeeded",
  async (cli) => {
    const [verbs, waiters] = await Promise.all([
      listedBy(cli, "help"),
      listedBy(cli, "wait help"),
    ]);
    // The operations of the service, `wait` and `help`.
    assertGreater(verbs.length, 34);
    assertGreater(waiters.length, 1);
    const wanted = [
      ...verbs.filter((verb) => verb !== "wait"),
      ...waiters.map((waiter) => `wait ${waiter}`),
    ];
    const missing = wanted.filter((verb) => !succeeded.has(verb));
    assertEquals(missing, []);
  },
);
