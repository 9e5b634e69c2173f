import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseAccessKeys } from "../../src/cli/access_keys.ts";
import { UsageError } from "../../src/errors.ts";
import { GlacierClient } from "../../src/glacier/client.ts";
import { runProgram } from "../program.ts";
import { temporaryFolder } from "../testing.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const A = { accessKeyId: "AKIDA", secretAccessKey: SECRET };
const B = {
  accessKeyId: "ASIAB",
  secretAccessKey: "s",
  sessionToken: "a+b/c=",
  expires: "2026-11-22T13:00:00+01:00",
};

const forms: [title: string, text: string][] = [
  ["lines", `${JSON.stringify(A)}\n${JSON.stringify(B)}\n`],
  [
    "lines with a mark, blank lines and CR",
    `\uFEFF\n${JSON.stringify(A)}\r\n \r\n${JSON.stringify(B)}`,
  ],
  ["an array", JSON.stringify([A, B])],
  ["an array over several lines", `\n${JSON.stringify([A, B], null, 2)}\n`],
];

for (const [title, text] of forms) {
  Deno.test(`access keys may be ${title}`, () => {
    assertEquals(parseAccessKeys(text, "keys.json"), [
      { ...A, sessionToken: undefined, expires: undefined },
      { ...B, expires: Date.UTC(2026, 10, 22, 12) },
    ]);
  });
}

const wrong: [title: string, text: string, message: string][] = [
  ["nothing", " \n", "There is no access key in keys.json"],
  ["an empty array", "[]", "There is no access key in keys.json"],
  ["a bare secret", SECRET, "keys.json, line 1: it is not valid JSON"],
  ["a cut array", `[${JSON.stringify(A)}`, "keys.json: it is not valid JSON"],
  [
    "a cut line",
    `${JSON.stringify(A)}\n{"accessKeyId": "x", "secretAccessKey": "${SECRET}`,
    "keys.json, line 2: it is not valid JSON",
  ],
  ["a text", JSON.stringify(SECRET), "line 1: expected a JSON object"],
  [
    "an array in an array",
    JSON.stringify([A, [SECRET]]),
    "keys.json, entry 2: expected a JSON object",
  ],
  [
    "an unknown field",
    JSON.stringify({ ...A, [SECRET]: 1 }),
    "Unknown field in keys.json, line 1: there may be accessKeyId",
  ],
  [
    "no ID",
    JSON.stringify({ secretAccessKey: SECRET }),
    "Missing accessKeyId in keys.json, line 1",
  ],
  [
    "no secret",
    JSON.stringify([A, { accessKeyId: "b" }]),
    "Missing secretAccessKey in keys.json, entry 2",
  ],
  ...([
    ["accessKeyId", ""],
    ["accessKeyId", "a,b"],
    ["accessKeyId", "a b"],
    ["secretAccessKey", null],
    ["secretAccessKey", 1],
    ["secretAccessKey", `${SECRET}\n`],
    ["sessionToken", ""],
    ["sessionToken", null],
    ["expires", 1_800_000_000],
    ["expires", "2026-11-22"],
    ["expires", "2026-11-22T12:00:00"],
    ["expires", "2026-13-22T12:00:00Z"],
  ] as const).map(([name, value]): [string, string, string] => [
    `${name} ${JSON.stringify(value)}`,
    JSON.stringify({ ...A, [name]: value }),
    `Invalid ${name} in keys.json, line 1: `,
  ]),
  [
    "an ID given twice",
    JSON.stringify([A, B, { ...A, secretAccessKey: "other" }]),
    "The access key ID in keys.json, entry 3 is that in keys.json, entry 1",
  ],
];

for (const [title, text, message] of wrong) {
  Deno.test(`a file of access keys with ${title} is refused without showing a secret`, () => {
    let error: unknown;
    try {
      parseAccessKeys(text, "keys.json");
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof UsageError);
    assertStringIncludes(error.message, message);
    assert(!Deno.inspect(error).includes(SECRET));
  });
}

Deno.test("serve takes the keys of a file, and one of the command line besides", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(
    folder.at("keys"),
    [A, { ...B, expires: undefined }].map((key) => JSON.stringify(key) + "\n")
      .join(""),
  );
  const stop = new AbortController();
  const { promise: url, resolve } = Promise.withResolvers<string>();
  const keys = ["--keys", folder.at("keys")];
  const run = runProgram([
    "serve",
    "--port=0",
    "--access-key=mine",
    "--secret-key=own",
    ...keys,
  ], {
    signal: stop.signal,
    onLine: (line) => resolve(line.replace("Listening on ", "")),
  });
  const endpoint = await url;
  const attempt = async (credentials: typeof A & { sessionToken?: string }) => {
    const client = new GlacierClient({
      region: "us-east-1",
      endpoint,
      credentials: () => Promise.resolve(credentials),
    });
    try {
      await client.getDataRetrievalPolicy();
      return "served";
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const UNKNOWN = "UnrecognizedClientException";
  const { expires: _, ...temporary } = B;
  const cases: [Parameters<typeof attempt>[0], string][] = [
    [A, "served"],
    [temporary, "served"],
    [{ accessKeyId: "mine", secretAccessKey: "own" }, "served"],
    [{ ...temporary, sessionToken: undefined }, UNKNOWN],
    [{ ...A, secretAccessKey: "s" }, "InvalidSignatureException"],
    [{ accessKeyId: "moraine", secretAccessKey: "moraine" }, UNKNOWN],
  ];
  try {
    for (const [credentials, expected] of cases) {
      assertEquals(await attempt(credentials), expected);
    }
  } finally {
    stop.abort();
    await run;
  }
});

Deno.test("a file of access keys that can't be used is wrong usage", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("keys");
  const cases: [args: string[], message: string][] = [
    [[`--keys=${path}.none`], "there is none"],
    [[`--keys=${folder.at(".")}`], "it is not a file"],
    [
      [`--keys=${path}`, "--access-key=AKIDA", "--secret-key=x"],
      "The access key ID of --access-key is in the file of --keys as well",
    ],
    [[`--keys=${path}`, "--access-key=x"], "go together"],
  ];
  await Deno.writeTextFile(path, JSON.stringify([A]));
  for (const [args, message] of cases) {
    const { status, out, err } = await runProgram([
      "serve",
      "--port=0",
      ...args,
    ]);
    assertEquals([status, out], [2, ""]);
    assertStringIncludes(err, message);
    assert(!err.includes(SECRET));
  }
});
