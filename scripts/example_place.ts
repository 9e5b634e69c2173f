/**
 * What the examples of the documentation find where they are run: a service, a
 * vault, a folder and its journal.
 *
 * @module
 */

import { dirname, join } from "node:path";
import {
  type MoraineCommand,
  runMoraine,
  type RunWhere,
} from "./moraine_command.ts";

/** The files, by their paths in the working directory. */
const FILES: Readonly<Record<string, string>> = {
  "photos/notes.txt": "a few notes.\n",
  "photos/2024/Lake Baikal.jpg": "a picture of a lake",
};

/**
 * The environment: where the service is, with what keys, and nothing of the
 * machine's own AWS settings. `nowhere`: a path where nothing is.
 */
export function exampleEnvironment(
  endpoint: string,
  nowhere: string,
): Record<string, string> {
  const names = Object.keys(Deno.env.toObject());
  const aws = names.filter((name) => name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(aws.map((name) => [name, ""])),
    AWS_ENDPOINT_URL_GLACIER: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "moraine",
    AWS_SECRET_ACCESS_KEY: "moraine",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    NO_COLOR: "1",
  };
}

/** Makes the files, and the vault `photos` with the journal `photos.log`. */
export async function prepareExamples(
  moraine: MoraineCommand,
  where: RunWhere & { env: Record<string, string> },
): Promise<void> {
  const { cwd, env } = where;
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.mkdir(dirname(join(cwd, name)), { recursive: true });
    await Deno.writeTextFile(join(cwd, name), text);
  }
  const endpoint = ["--endpoint", env.AWS_ENDPOINT_URL_GLACIER];
  const service = [...endpoint, "--region", env.AWS_REGION];
  const sync = ["--vault", "photos", "--dir", "photos"];
  for (
    const args of [
      ["create-vault", "photos", ...service],
      ["sync", ...service, ...sync, "--journal", "photos.log"],
    ]
  ) {
    const { status, err } = await runMoraine(moraine, args, where);
    if (status !== 0) throw new Error(`moraine ${args.join(" ")}: ${err}`);
  }
}
