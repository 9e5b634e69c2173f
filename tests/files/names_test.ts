import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FileError, UnsafeNameError } from "../../src/errors.ts";
import { decodeDescription, encodeDescription } from "../../src/files/names.ts";
import { checkRelativeName } from "../../src/relative_name.ts";
import { readVectors } from "../testing.ts";

interface Vectors {
  encode: { filename: string; mtime: number; description: string }[];
  decode: {
    filename: string | null;
    mtime: number | null;
    description: string;
  }[];
}

const vectors = await readVectors<Vectors>("mt_metadata");

Deno.test("descriptions that mt-aws-glacier wrote are read, and ours are of the same length", () => {
  for (const { filename, mtime, description } of vectors.encode) {
    const file = { name: filename, mtime };
    assertEquals(decodeDescription(description), file);
    const ours = encodeDescription(file);
    assertEquals(decodeDescription(ours), file);
    assertEquals(ours.length, description.length, filename);
  }
});

Deno.test("what mt-aws-glacier recognises is recognised, and nothing else", () => {
  for (const { filename, mtime, description } of vectors.decode) {
    assertEquals(
      decodeDescription(description),
      filename === null ? undefined : { name: filename, mtime: mtime! },
      description,
    );
  }
});

function describe(json: string): string {
  return `mt2 ${
    btoa(json).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
  }`;
}

Deno.test("a description that could lead out of the folder is not recognised", () => {
  const mtime = "20120102T030405Z";
  for (
    const filename of ["../a", "/etc/passwd", "a\nb", "", "a//b", "\ud800"]
  ) {
    const json = JSON.stringify({ filename, mtime });
    assertEquals(decodeDescription(describe(json)), undefined, filename);
  }
  assert(decodeDescription(describe(`{"filename":"a","mtime":"${mtime}"}`)));
});

Deno.test("a description with an impossible time is not recognised", () => {
  for (
    const mtime of [
      "09991231T235959Z",
      "00500101T000000Z",
      "20120101T240000Z",
      "20120101T000060Z",
      "20121301T000000Z",
      "20130229T000000Z",
      "2012-01-01T00:00:00Z",
      "20120101T000000",
      "99999999T999999Z",
    ]
  ) {
    const json = JSON.stringify({ filename: "a", mtime });
    assertEquals(decodeDescription(describe(json)), undefined, mtime);
  }
  const number = JSON.stringify({ filename: "a", mtime: 1 });
  assertEquals(decodeDescription(describe(number)), undefined);
});

Deno.test("every name and time that can be described is read back", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 40 })
    .filter((name) => checkRelativeName(name) === undefined);
  const mtime = fc.integer({ min: -30610224000, max: 253402300799 });
  fc.assert(
    fc.property(name, mtime, (name, mtime) => {
      const description = encodeDescription({ name, mtime });
      // Printable ASCII only ("Upload Archive" in the developer guide).
      assert(/^[\x20-\x7e]{1,1024}$/.test(description));
      assertEquals(decodeDescription(description), { name, mtime });
    }),
    { numRuns: 40 },
  );
});

Deno.test("no text makes the decoder fail", () => {
  fc.assert(fc.property(fc.base64String(), (text) => {
    decodeDescription(`mt1 ${text}`);
    decodeDescription(`mt2 ${text.replaceAll("=", "")}`);
  }));
});

Deno.test("a file that cannot be described is named in the error", () => {
  const longest = "x".repeat(723);
  assertEquals(encodeDescription({ name: longest, mtime: 0 }).length, 1024);
  const cases: [name: string, mtime: number][] = [
    [`${longest}y`, 0],
    ["early", Date.UTC(999, 11, 31, 23, 59, 59) / 1000],
    ["late", Date.UTC(10000, 0) / 1000],
    ["never", NaN],
  ];
  for (const [name, mtime] of cases) {
    const error = assertThrows(
      () => encodeDescription({ name, mtime }),
      FileError,
      name,
    );
    assertEquals(error.path, name);
  }
  assertThrows(
    () => encodeDescription({ name: "a\nb", mtime: 0 }),
    UnsafeNameError,
    "a\\x0ab",
  );
});
