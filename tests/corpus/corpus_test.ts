/**
 * Whatever comes from outside is read, or refused in a sentence: first the
 * cases that were found once (the files `*.jsonl` here), then random ones.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { errorLine } from "../../src/cli/trouble_lines.ts";
import { MoraineError } from "../../src/errors.ts";
import { damaged } from "./mutations.ts";
import { type Parser, PARSERS } from "./parsers.ts";

/** A line of a corpus. */
interface Case {
  /** What is remarkable about it. */
  why: string;
  /** What is read: text, bytes, or texts that are repeated so many times. */
  in: string | { base64: string } | { repeat: [text: string, times: number][] };
  /** What comes of it, as JSON. */
  gives?: unknown;
  /** Otherwise a part of the message with which it is refused. */
  refused?: string;
}

/** None takes as long, in milliseconds; where something grows with the square of what is read, it takes much longer. */
const PATIENCE = 3_000;

function bytesOf(input: Case["in"]): Uint8Array<ArrayBuffer> {
  if (typeof input === "object" && "base64" in input) {
    return Uint8Array.from(atob(input.base64), (c) => c.charCodeAt(0));
  }
  const text = typeof input === "string"
    ? input
    : input.repeat.map(([text, times]) => text.repeat(times)).join("");
  return new TextEncoder().encode(text);
}

/** Reads; resolves to what came of it, or to the error, which must be one for users. */
async function read({ parse, check }: Parser, bytes: Uint8Array<ArrayBuffer>) {
  const begin = performance.now();
  let result: unknown;
  try {
    result = await parse(bytes);
  } catch (error) {
    if (!(error instanceof MoraineError)) throw error;
    const { message } = error;
    assert(message !== "", "An error without a message");
    // One line that can't drive a terminal.
    assert(!/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(errorLine(message)), message);
    return { refused: message };
  } finally {
    const took = performance.now() - begin;
    assert(took < PATIENCE, `It took ${Math.round(took)} ms`);
  }
  await check?.(result, bytes);
  return { gives: result };
}

async function casesOf(name: string): Promise<Case[]> {
  const file = new URL(`./${name}.jsonl`, import.meta.url);
  const text = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

for (const parser of PARSERS) {
  Deno.test(`${parser.name}: what made trouble once doesn't any more`, async () => {
    for (const each of await casesOf(parser.name)) {
      const got = await read(parser, bytesOf(each.in));
      if (each.refused !== undefined) {
        assertStringIncludes(got.refused ?? "", each.refused, each.why);
        continue;
      }
      assertEquals(
        JSON.parse(JSON.stringify(got)),
        { gives: each.gives },
        each.why,
      );
    }
  });

  Deno.test(`${parser.name}: what is well-formed is read`, async () => {
    for (const sample of parser.samples) {
      const { refused } = await read(parser, new TextEncoder().encode(sample));
      assertEquals(refused, undefined, sample);
    }
  });

  Deno.test(`${parser.name}: whatever is damaged in whatever way is read or refused`, async () => {
    await fc.assert(
      fc.asyncProperty(damaged(parser.samples), async (bytes) => {
        await read(parser, bytes);
      }),
      { numRuns: Number(Deno.env.get("MORAINE_FUZZ_RUNS") ?? 150) },
    );
  });
}

Deno.test("each file of cases belongs to something that reads", () => {
  const names = [...Deno.readDirSync(new URL(".", import.meta.url))]
    .map(({ name }) => name).filter((name) => name.endsWith(".jsonl"));
  for (const name of names) {
    assert(PARSERS.some((parser) => `${parser.name}.jsonl` === name), name);
  }
});
