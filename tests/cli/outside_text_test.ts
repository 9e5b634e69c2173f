/** What comes from outside: words of a command line, and configuration files. */

import { assert } from "@std/assert";
import fc from "fast-check";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { UsageError } from "../../src/errors.ts";
import { printable } from "../../src/relative_name.ts";

/** Does it, or gets a usage error that is fit for a terminal; resolves to that. */
function attempt(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    assert(error.message === printable(error.message), error.message);
    return error.message;
  }
}

const names = Object.keys(OPTIONS);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("1", "0", "", "a b", "\u001b[31m", "\u202e", "=", "#"),
);
const word = fc.oneof(
  text,
  fc.constantFrom(...names).map((name) => `--${name}`),
  fc.tuple(fc.constantFrom(...names), text).map(([name, value]) =>
    `-${name}=${value}`
  ),
);

Deno.test("whatever words come, they are a command line or a usage error", () => {
  const command = fc.constantFrom("sync", "upload-file", "journal", "help");
  fc.assert(
    fc.property(command, fc.array(word), (command, words) => {
      attempt(() => parseCommandLine([command, ...words]));
    }),
    { numRuns: 500 },
  );
});

Deno.test("whatever is in a configuration file, it gives options or a usage error with its line", () => {
  const line = fc.oneof(
    text,
    fc.tuple(fc.constantFrom(...names), text).map(([name, value]) =>
      `${name}=${value}`
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const file = lines.join("\n");
      const message = attempt(() => parseConfigFile(file, "x.cfg", "sync"));
      assert(message === undefined || message.includes("x.cfg, line "));
    }),
    { numRuns: 500 },
  );
});

Deno.test("what can't be understood in a configuration file is not shown, for it may be a secret", () => {
  const secret = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9/+]{30,40}$/),
    fc.stringMatching(/^[A-Za-z0-9]{30,40}$/),
  );
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom("", "key: ", "a b "),
      (secret, before) => {
        const line = before + secret;
        let shown = "";
        const message = attempt(() => {
          shown = parseConfigFile(line, "x.cfg", "sync").warnings.join("\n");
        });
        assert(!`${message}${shown}`.includes(secret));
      },
    ),
  );
});
