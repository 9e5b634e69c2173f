import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkRelativeName, printable } from "../src/relative_name.ts";

Deno.test("a relative name may contain anything that files are called", () => {
  for (
    const name of [
      "a",
      "a/b/c",
      "my file.txt",
      ".hidden",
      "..a/a../...",
      " ",
      "папка/файл",
      "emoji-😀",
      "\ufffd",
      "\x1b[31m",
      "a\\b",
      "-",
      "C:",
    ]
  ) assertEquals(checkRelativeName(name), undefined, name);
});

Deno.test("a relative name that leads elsewhere or breaks a line is refused", () => {
  const refused: [string, string][] = [
    ["", "it is empty"],
    ["/", "it begins with a slash"],
    ["/etc/passwd", "it begins with a slash"],
    ["a/", "it ends with a slash"],
    ["a//b", "it contains an empty component"],
    [".", 'it contains the component "."'],
    ["..", 'it contains the component ".."'],
    ["a/../b", 'it contains the component ".."'],
    ["a/..", 'it contains the component ".."'],
    ["./a", 'it contains the component "."'],
    ["a/./b", 'it contains the component "."'],
    ["a\tb", "it contains a TAB character"],
    ["a\nb", "it contains a line feed"],
    ["a\rb", "it contains a carriage return"],
    ["a\0b", "it contains a NUL character"],
    ["a\ud800", "it is not valid Unicode"],
  ];
  for (const [name, reason] of refused) {
    assertEquals(checkRelativeName(name), reason);
  }
});

Deno.test("a name that is let through stays below any folder", () => {
  const part = fc.constantFrom("a", ".", "..", "", "/", "\\", " ", "\n", "é");
  fc.assert(fc.property(fc.array(part), (parts) => {
    const name = parts.join("");
    if (checkRelativeName(name) !== undefined) return;
    const url = new URL(
      `file:///dir/${name.split("/").map(encodeURIComponent).join("/")}`,
    );
    assertEquals(
      url.pathname.split("/").map(decodeURIComponent).join("/"),
      `/dir/${name}`,
    );
  }));
});

Deno.test("printable() leaves ordinary names as they are", () => {
  for (const name of ["a b/c.txt", "файл", "日本語", "emoji-😀", "a\\x1b"]) {
    assertEquals(printable(name), name);
  }
});

Deno.test("printable() escapes what drives a terminal or disguises a name", () => {
  assertEquals(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  assertEquals(printable("a\nb\r\t\0"), "a\\x0ab\\x0d\\x09\\x00");
  assertEquals(printable("\x7f\x9b"), "\\x7f\\x9b");
  assertEquals(printable("a\u202egpj.exe"), "a\\u{202e}gpj.exe");
  assertEquals(printable("\u2066\u2069"), "\\u{2066}\\u{2069}");
  assertEquals(printable("\ud800x\udc00"), "\\u{d800}x\\u{dc00}");
});

Deno.test("printable() never lets a control character through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const shown = printable(name);
      assert(!/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(shown));
      assert(shown.isWellFormed());
    }),
    { numRuns: 50 },
  );
});
