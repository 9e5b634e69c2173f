import { assertEquals, assertNotEquals } from "@std/assert";
import {
  type QuickHashes,
  sign,
  type SigningKeys,
} from "../../src/aws/sign.ts";
import { createHost } from "../../src/platform/host.ts";
import vectors from "../vectors/sigv4_glacier.json" with { type: "json" };

const credentials = {
  accessKeyId: vectors.accessKeyId,
  secretAccessKey: vectors.secretAccessKey,
};
const DATE = Date.UTC(2026, 10, 22, 12, 34, 56);

/** What the signer adds by itself. */
const OWN_HEADERS = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
]);

const HASHES: [what: string, hashes: QuickHashes | undefined][] = [
  ["Web Crypto", undefined],
  ["the host", createHost()],
];

for (const [index, vector] of vectors.vectors.entries()) {
  const { method, url, region, service, sessionToken } = vector;
  Deno.test(`sign() signs vector ${index} as botocore does: ${method} ${new URL(url).pathname.slice(0, 40)}`, async () => {
    const entries = Object.entries({ ...vector.headers })
      .map(([name, value]) => [name, value ?? ""]);
    const all = Object.fromEntries(entries);
    const headers = Object.fromEntries(
      entries.filter(([name]) => !OWN_HEADERS.has(name)),
    );
    for (const [what, hashes] of HASHES) {
      const input = {
        method,
        url: new URL(url),
        headers,
        sha256: all["x-amz-content-sha256"],
        region,
        service,
        credentials: {
          ...credentials,
          sessionToken: sessionToken ?? undefined,
        },
        date: DATE,
        keys: new Map(),
        hashes,
      };
      // The second time with the key that the first one made.
      for (let i = 0; i < 2; i++) {
        const signed = await sign(input);
        const { authorization, ...rest } = Object.fromEntries(signed);
        assertEquals(authorization, vector.authorization, what);
        assertEquals(rest, all, what);
      }
    }
  });
}

Deno.test("sign() keeps one signing key for a day, and another for other credentials", async () => {
  const keys: SigningKeys = new Map();
  const input = {
    method: "GET",
    url: new URL("https://glacier.us-east-1.amazonaws.com/-/vaults"),
    headers: {},
    sha256: "0".repeat(64),
    region: "us-east-1",
    service: "glacier",
    credentials,
    date: DATE,
    keys,
  };
  const first = (await sign(input)).get("authorization");
  assertEquals((await sign(input)).get("authorization"), first);
  assertEquals(keys.size, 1);
  const other = { ...credentials, secretAccessKey: "other" };
  const second = await sign({ ...input, credentials: other });
  assertNotEquals(second.get("authorization"), first);
  for (let day = 0; day < 100; day++) {
    await sign({ ...input, date: DATE + day * 86_400_000 });
  }
  assertEquals(keys.size < 20, true);
});
