/**
 * Bodies that are no JSON object, alike for all operations that have one.
 *
 * @module
 */

import {
  BAD,
  type BadRequest,
  type Body,
  rowsOf,
  SERIALIZATION,
  TIMEOUT,
} from "./row.ts";

const DEPTH = 100_000;

/** UTF-16 with its byte-order mark. */
function utf16(text: string): Uint8Array<ArrayBuffer> {
  const units = Uint16Array.from(`\ufeff${text}`, (c) => c.charCodeAt(0));
  return new Uint8Array(units.buffer);
}

/** "Error Responses" in the Glacier developer guide: a body that is not well-formed. */
const NOT_WELL_FORMED: [name: string, body: Body][] = [
  ["an empty body", ""],
  ["blanks", "  \r\n"],
  ["half an object", '{"Type":'],
  ["an object with a comma at its end", '{"a":"b",}'],
  ["single quotes", "{'a':'b'}"],
  ["a comment", '{"a":"b"/* c */}'],
  ["two objects", "{}{}"],
  ["a form", "Type=inventory-retrieval"],
  ["XML", "<Type>inventory-retrieval</Type>"],
  ["NaN", '{"a":NaN}'],
  ["a NUL at its end", "{}\0"],
  ["a control character within a text", '{"a":"\x01"}'],
  ["bytes that are no UTF-8", '{"a":"\xff\xfe"}'],
  ["half a character in UTF-8", '{"a":"\xc3"}'],
  ["UTF-16", utf16("{}")],
  ["brackets that nothing closes, 100,000 deep", "[".repeat(DEPTH)],
];

const NO_OBJECT: [name: string, body: Body][] = [
  ["null", "null"],
  ["a number", "1"],
  ["a text", '"{}"'],
  ["a list", "[{}]"],
  ["lists 100,000 deep", "[".repeat(DEPTH) + "]".repeat(DEPTH)],
];

/** Such rows for an operation. */
export function malformedRows(operation: string): BadRequest[] {
  return rowsOf(operation, [
    ...NOT_WELL_FORMED.map(([name, body]): Omit<BadRequest, "operation"> => ({
      name,
      body,
      refused: [400, SERIALIZATION, "not well-formed JSON"],
    })),
    ...NO_OBJECT.map(([name, body]): Omit<BadRequest, "operation"> => ({
      name,
      body,
      refused: [400, SERIALIZATION, "The body of the request is not "],
    })),
    {
      // How much the service takes is not in the guide: the code is a choice.
      name: "two mebibytes of JSON",
      body: { json: { a: "x".repeat(2 * 1024 * 1024) } },
      refused: [400, BAD, "larger than 1048576 bytes"],
    },
    {
      // The guide has the code for uploads alone.
      name: "a body that doesn't come",
      framing: { sent: 0 },
      refused: [408, TIMEOUT, "came after 0 bytes"],
    },
    {
      name: "half a body, and then the end",
      framing: { sent: 1, end: true },
      refused: { deno: [408, TIMEOUT, "ended after"], node: 400 },
    },
  ]);
}
