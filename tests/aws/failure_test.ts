import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { parseJsonFailure } from "../../src/aws/failure.ts";
import { printable } from "../../src/relative_name.ts";

Deno.test("whatever body an error has, its code is a word and its message fit for a terminal", () => {
  const json = fc.json().map((text) => text);
  const fields = fc.record({
    code: fc.oneof(fc.string({ unit: "binary" }), fc.anything()),
    message: fc.oneof(fc.string({ unit: "binary" }), fc.anything()),
  }).map((value) => JSON.stringify(value) ?? "");
  const body = fc.oneof(fc.string({ unit: "binary" }), json, fields);
  fc.assert(fc.property(body, (body) => {
    const { code, message } = parseJsonFailure(body, new Headers());
    assertMatch(code, /^[A-Za-z0-9_.]+$/);
    assertEquals(message, printable(message));
    assert(message.length <= 401 && !message.includes("\n"));
  }));
});

Deno.test("the forms in which AWS tells a code come to the same", () => {
  const code = "ThrottlingException";
  for (
    const [body, headers] of [
      [`{"code":"${code}","message":"Slow"}`, {}],
      [`{"__type":"com.amazonaws#${code}","Message":"Slow"}`, {}],
      [`{"message":"Slow"}`, { "x-amzn-errortype": `${code}:http://x/y` }],
    ] as [string, Record<string, string>][]
  ) {
    assertEquals(parseJsonFailure(body, new Headers(headers)), {
      code,
      message: "Slow",
    });
  }
});
