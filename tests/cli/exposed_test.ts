/** Files with secrets that others on the machine may read. */

import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import type { Files, Platform } from "../../src/platform.ts";
import { runProgram } from "../program.ts";
import { temporaryFolder } from "../testing.ts";

const WARNING = /Others on this machine can read the secret in .*chmod 600/;

async function errOf(text: string, mode: number, platform?: Platform) {
  await using folder = await temporaryFolder();
  const config = folder.at("glacier.cfg");
  await Deno.writeTextFile(config, text);
  await Deno.chmod(config, mode);
  const run = await runProgram([
    "check-local-hash",
    "--config",
    config,
    "--dir",
    folder.path,
    "--journal",
    folder.at("none"),
  ], { platform });
  return run.err.replaceAll(config, "glacier.cfg");
}

Deno.test("a configuration file with a secret that others may read is warned of, with what to do", async () => {
  for (const line of ["secret=s", "token = t", "secret-key=s", " secret=s\r"]) {
    for (const mode of [0o644, 0o640, 0o604, 0o666]) {
      const err = await errOf(`region=r\n${line}\n`, mode);
      assertEquals(
        err.split("\n")[0],
        "WARNING: Others on this machine can read the secret in glacier.cfg: keep it to yourself (chmod 600 glacier.cfg)",
      );
    }
    for (const mode of [0o600, 0o400, 0o611]) {
      const err = await errOf(`${line}\n`, mode);
      assert(!WARNING.test(err), err);
    }
  }
});

Deno.test("what holds no secret may be read by everybody", async () => {
  const err = await errOf("key=k\nregion=r\n#secret=s\nsecrets=x\n", 0o644);
  assert(!WARNING.test(err), err);
});

Deno.test("where the system has no permissions nothing is said of them", async () => {
  const host = createHost();
  const files: Files = {
    ...host.files,
    async stat(path) {
      const info = await host.files.stat(path);
      return info && { ...info, mode: undefined };
    },
  };
  const err = await errOf("secret=s\n", 0o666, { ...host, files });
  assert(!WARNING.test(err), err);
});

Deno.test("a server's file of keys that others may read is warned of", async () => {
  await using folder = await temporaryFolder();
  const keys = folder.at("keys");
  await Deno.writeTextFile(
    keys,
    '{"accessKeyId":"a","secretAccessKey":"topsecret"}\n',
  );
  for (const mode of [0o644, 0o600]) {
    await Deno.chmod(keys, mode);
    const stop = new AbortController();
    const run = await runProgram(
      ["serve", "--port", "0", "--data", folder.at("data"), "--keys", keys],
      { signal: stop.signal, onLine: () => stop.abort() },
    );
    assertEquals(run.status, 0, run.err);
    assertEquals(WARNING.test(run.err), mode === 0o644, run.err);
    assert(!run.err.includes("topsecret"));
  }
});
