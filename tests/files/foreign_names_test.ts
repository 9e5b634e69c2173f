import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeForeignDescription } from "../../src/files/foreign_names.ts";
import { encodeDescription } from "../../src/files/names.ts";
import { checkRelativeName } from "../../src/relative_name.ts";
import { readVectors } from "../testing.ts";

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

/** What a description is read as, for tables: the name and the time. */
function read(description: string): [string, number | null] | undefined {
  const file = decodeForeignDescription(description);
  return file && [file.name, file.mtime];
}

const TIME = Date.UTC(2013, 0, 15, 10, 11, 12) / 1000;

Deno.test("FastGlacier's descriptions tell name and time", () => {
  const m = (path: string, rest = "<lm>20130115T101112Z</lm>", v = 4) =>
    `<m><v>${v}</v><p>${path}</p>${rest}</m>`;
  const cases: [string, [string, number | null] | undefined][] = [
    // What the original leaves unread.
    ["<m><v>4</v><p>cGhvdG8uanBn</p><lm>20130115T101112Z</lm></m>", [
      "photo.jpg",
      TIME,
    ]],
    [m(base64("папка\\файл.txt")), ["папка/файл.txt", TIME]],
    [m(base64("C:\\Users\\x\\a.zip")), ["C/Users/x/a.zip", TIME]],
    [m(base64("a\\b/c")), ["a/b/c", TIME]],
    // QNAP's Hybrid Backup Sync.
    [m("L3NhbXBsZS8xMjM0LnBkZg=="), ["sample/1234.pdf", TIME]],
    [m(base64("a"), "<lm>20130115T101112Z</lm><ce>1:0:4340ebcf:54</ce>", 3), [
      "a",
      TIME,
    ]],
    [m(base64("a"), "", 2), ["a", null]],
    [m(base64("a"), "<lm>yesterday</lm>"), ["a", null]],
    [m(base64("a"), "<lm></lm>"), ["a", null]],
    [
      "  <m>\n <v>4</v>  <p>YQ== </p> <lm>20130115T101112Z   </lm>  </m> ",
      ["a", TIME],
    ],
    ["<ArchiveMetadata>  <Path>  YS9i   </Path></ArchiveMetadata>", [
      "a/b",
      null,
    ]],
    [
      `<ArchiveMetadata><Path>YS9i</Path><LastModified>20130115T101112Z</LastModified></ArchiveMetadata>`,
      ["a/b", TIME],
    ],
    // Not base64: taken as it is.
    [m("my photo.jpg"), ["my photo.jpg", TIME]],
    // A folder, a way out, and none.
    [m(base64("photos/")), undefined],
    [m(base64("../a")), undefined],
    [m(""), undefined],
    ["<m><v>4</v></m>", undefined],
    ["<m><v>4</v><p>YQ==</p>", undefined],
    ["<m><p>YQ==</p><v>4</v></m>", undefined],
  ];
  for (const [description, expected] of cases) {
    assertEquals(read(description), expected, description);
  }
  assertEquals(decodeForeignDescription(m("YQ=="))?.versioned, true);
});

Deno.test("JSON tells a name in one of some fields", () => {
  const cases: [unknown, [string, number | null] | undefined][] = [
    // CloudBerry: UTF-7, and a time without separators.
    [{
      Path: "c:\\my+AF8-folder\\file.txt",
      UTCDateModified: "20130115T101112Z",
    }, [
      "c/my_folder/file.txt",
      TIME,
    ]],
    [{ Path: "b/+BEQEMAQ5BDs-.txt+-", UTCDateModified: "x", Flags: 1 }, [
      "b/файл.txt+",
      null,
    ]],
    [{
      path: "CB+F8-M5/B:/c01+A8-s.dpx",
      UTCDateModified: "20130115T101112Z",
    }, ["CB+F8-M5/B:/c01+A8-s.dpx", TIME]],
    // QNAP.
    [{ path: "/sample/1234.pdf", type: "file" }, ["sample/1234.pdf", null]],
    [{ path: "/sample", type: "directory" }, undefined],
    [{ filename: "a", mtime: 1358244672 }, ["a", TIME]],
    [{ FileName: "a", mtime: 1358244672123 }, ["a", TIME]],
    [{ name: "a", mtime: -1.5 }, ["a", -2]],
    [{ name: "a", mtime: 253402300799000 }, ["a", 253402300799]],
    // No journal can hold these.
    [{ name: "a", mtime: 1e21 }, ["a", null]],
    [{ name: "a", mtime: -1e300 }, ["a", null]],
    [{ Name: "a", lastModified: "2013-01-15T11:11:12.5+01:00" }, ["a", TIME]],
    [{ Name: "a", LastModified: "15 Jan 2013" }, ["a", null]],
    [{ file: "a+AF8-b" }, ["a+AF8-b", null]],
    [{ file: "./a\\b" }, ["a\\b", null]],
    [{ path: 1, name: "a" }, ["a", null]],
    [{ path: "   " }, undefined],
    [{ path: "" }, undefined],
    [{ path: "../../etc/passwd" }, undefined],
    [{ path: "a\nb" }, undefined],
    [{ path: "\ud800" }, undefined],
    [{ type: "file" }, undefined],
    [{}, undefined],
  ];
  for (const [object, expected] of cases) {
    const description = JSON.stringify(object);
    assertEquals(read(description), expected, description);
  }
  assertEquals(decodeForeignDescription('{"path":"a"}')?.versioned, false);
});

Deno.test("plain text is a name where it can be one", () => {
  const long = "x".repeat(256);
  const cases: [string, string | undefined][] = [
    ["my backup of photos", "my backup of photos"],
    ["  my backup ", "my backup"],
    ["backup/2013-01-15.tar.gz", "backup/2013-01-15.tar.gz"],
    ["/home/x/a.tar", "home/x/a.tar"],
    ["./a.tar", "a.tar"],
    ["C:\\backup\\a.zip", "C/backup/a.zip"],
    ["\\\\server\\share\\a.zip", "server/share/a.zip"],
    ["aaa\\\\bbb\\\\ccc", "aaa/bbb/ccc"],
    ["odd\\name/on unix", "odd\\name/on unix"],
    ["[2012] photos.zip", "[2012] photos.zip"],
    ["123", "123"],
    ["{not json}", "{not json}"],
    ["<photos>", "<photos>"],
    [`${long.slice(1)}/b`, `${long.slice(1)}/b`],
    ["", undefined],
    [" ", undefined],
    ["/", undefined],
    ["a/", undefined],
    ["a//b", undefined],
    ["a/../b", undefined],
    ["..", undefined],
    [long, undefined],
    [`é${long.slice(2)}`, undefined],
    ["mt2 !!!!", undefined],
    ["mt3 eyJmaWxlbmFtZSI6ImEifQ", undefined],
  ];
  for (const [description, expected] of cases) {
    assertEquals(read(description)?.[0], expected, description);
  }
});

Deno.test("of what mt-aws-glacier doesn't recognise, only what reads like a name is one", async () => {
  const { decode } = await readVectors<{
    decode: { filename: string | null; description: string }[];
  }>("mt_metadata");
  const named = decode.filter(({ filename }) => filename === null)
    .map(({ description }) => read(description)?.[0])
    .filter((name) => name !== undefined);
  assertEquals(named, ["my backup of photos", "photo.jpg"]);
});

Deno.test("whatever a description is, what comes of it is a name", () => {
  const text = fc.string({
    unit: fc.constantFrom(
      "/",
      "\\",
      ".",
      ":",
      "a",
      "+",
      "-",
      '"',
      "{",
      "<m>",
      "</m>",
      "<p>",
      "</p>",
      '{"path":"',
      '"}',
      "\n",
      "\0",
      "é",
    ),
    maxLength: 20,
  });
  fc.assert(fc.property(text, (description) => {
    for (
      const each of [
        description,
        JSON.stringify({ path: description }),
        JSON.stringify({ path: description, UTCDateModified: "" }),
        `<m><v>4</v><p>${base64(description)}</p></m>`,
      ]
    ) {
      const file = decodeForeignDescription(each);
      if (file) assertEquals(checkRelativeName(file.name), undefined);
    }
  }));
});

Deno.test("our own descriptions are not for here", () => {
  const description = encodeDescription({ name: "a", mtime: 0 });
  assertEquals(decodeForeignDescription(description), undefined);
});
