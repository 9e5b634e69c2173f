import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { awsGlacierClient, UsageError, Vault } from "../../mod.ts";

const NAMES = [
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_GLACIER",
];

/** Calls a function, which must not wait for anything, with these variables and no others of them. */
function within<T>(variables: Record<string, string>, body: () => T): T {
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const CASES: [
  variables: Record<string, string>,
  options: { region?: string; endpoint?: string },
  url: string,
][] = [
  [
    { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1" },
    {},
    "https://glacier.eu-west-1.amazonaws.com/-/vaults/v",
  ],
  [
    { AWS_REGION: "", AWS_DEFAULT_REGION: "us-east-1" },
    {},
    "https://glacier.us-east-1.amazonaws.com/-/vaults/v",
  ],
  [
    { AWS_REGION: "eu-west-1" },
    { region: "cn-north-1" },
    "https://glacier.cn-north-1.amazonaws.com.cn/-/vaults/v",
  ],
  [
    {
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: "http://a.test",
      AWS_ENDPOINT_URL_GLACIER: "http://b.test",
    },
    {},
    "http://b.test/-/vaults/v",
  ],
  [
    { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://a.test" },
    {},
    "http://a.test/-/vaults/v",
  ],
  [
    { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "http://a.test" },
    { endpoint: "http://c.test" },
    "http://c.test/-/vaults/v",
  ],
];

for (const [variables, options, url] of CASES) {
  test(`with ${JSON.stringify(variables)} and ${JSON.stringify(options)} a client is for ${url}`, () => {
    const client = within(variables, () => awsGlacierClient(options));
    assertEquals(client.vaultUrl("v"), url);
  });
}

test("where nothing says a region, client and vault ask for one", async () => {
  const message = "the environment variable AWS_REGION";
  within(
    {},
    () => assertThrows(() => awsGlacierClient(), UsageError, message),
  );
  const credentials = () => Promise.reject(new Error("too late"));
  const run = within(
    {},
    () => new Vault({ name: "photos", credentials }).create(),
  );
  await assertRejects(() => run, UsageError, message);
});
