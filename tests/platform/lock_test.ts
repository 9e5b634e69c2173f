import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { createHost } from "../../src/platform/host.ts";
import { temporaryFolder } from "../testing.ts";

const host = createHost();

Deno.test("a lock has one holder at a time, also within one process", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.lock");
  const first = await host.lock(path);
  assert(first !== undefined);
  assertEquals(await host.lock(path), undefined);
  await first[Symbol.asyncDispose]();
  const second = await host.lock(path);
  assert(second !== undefined);
  await second[Symbol.asyncDispose]();
});

Deno.test("a lock is one empty file, held or not", async () => {
  await using folder = await temporaryFolder();
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name);
  const lock = await host.lock(folder.at("journal.lock"));
  assertEquals(await names(), ["journal.lock"]);
  await lock![Symbol.asyncDispose]();
  assertEquals(await names(), ["journal.lock"]);
  assertEquals((await Deno.stat(folder.at("journal.lock"))).size, 0);
});

Deno.test("a lock is free once its holder was killed", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.lock");
  const module = new URL("../../src/platform/host.ts", import.meta.url).href;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const script = folder.at("holder.ts");
  await Deno.writeTextFile(
    script,
    `import { createHost } from ${JSON.stringify(module)};
     const lock = await createHost().lock(${JSON.stringify(path)});
     console.log(lock ? "held" : "refused");
     await new Promise((resolve) => setTimeout(resolve, 60_000));
     console.log(lock);`,
  );
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", config, script],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value).trim(), "held");
  assertEquals(await host.lock(path), undefined);
  holder.kill("SIGKILL");
  await reader.cancel();
  await holder.status;
  const lock = await host.lock(path);
  assert(lock !== undefined);
  await lock[Symbol.asyncDispose]();
});

Deno.test("a lock that can't be made says why", async () => {
  await using folder = await temporaryFolder();
  const error = await assertRejects(
    async () => await host.lock(folder.at("none/journal.lock")),
    Error,
  );
  assertStringIncludes(error.message, "its folder must be writable");
});
