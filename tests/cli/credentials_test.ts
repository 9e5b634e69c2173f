import { assert, assertMatch, assertRejects } from "@std/assert";
import { findCredentials } from "../../src/cli/credentials.ts";
import { CredentialsError } from "../../src/errors.ts";
import { temporaryFolder } from "../testing.ts";

/** Sets the environment variables of AWS to these alone; gives the others back in the end. */
function awsEnvironment(variables: Record<string, string>): Disposable {
  const ours = () =>
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      name.startsWith("AWS_")
    );
  const replace = (entries: [string, string][]) => {
    for (const [name] of ours()) Deno.env.delete(name);
    for (const [name, value] of entries) Deno.env.set(name, value);
  };
  const before = ours();
  replace(Object.entries(variables));
  return { [Symbol.dispose]: () => replace(before) };
}

/** What a user is told whose profile names a program. */
async function refusal(standalone: boolean): Promise<string> {
  await using folder = await temporaryFolder();
  const config = folder.at("config");
  await Deno.writeTextFile(
    config,
    "[profile work]\ncredential_process = /bin/true\n",
  );
  using _ = awsEnvironment({
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: folder.at("none"),
    AWS_EC2_METADATA_DISABLED: "true",
  });
  const find = findCredentials({ profile: "work" }, standalone);
  return (await assertRejects(find, CredentialsError)).message;
}

/** As the program is run: it may start no other programs. */
const permissions: Deno.PermissionOptions = {
  run: false,
  env: true,
  net: true,
  read: true,
  sys: true,
  write: true,
};

Deno.test({
  name: "with Deno, a credential_process needs --allow-run",
  permissions,
  fn: async () => assertMatch(await refusal(false), /with Deno by --allow-run/),
});

Deno.test({
  name: "an executable, which nobody can allow more, says what to do instead",
  permissions,
  async fn() {
    const message = await refusal(true);
    assertMatch(message, /`aws configure export-credentials --format env`/);
    assert(!message.includes("--allow"), message);
  },
});
