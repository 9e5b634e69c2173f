import { assertEquals } from "@std/assert";
import {
  FileError,
  IntegrityError,
  JournalError,
  NetworkError,
  ServiceError,
  UnsafeNameError,
} from "../../src/errors.ts";
import type { RunEvent } from "../../src/transfer/events.ts";
import { FileFailures } from "../../src/transfer/failures.ts";

const throttled = new ServiceError("Slow down", {
  operation: "UploadArchive",
  code: "ThrottlingException",
  status: 400,
});

const cases: [error: unknown, message: string, data: unknown][] = [
  [throttled, "a.txt: Slow down", {
    name: "ServiceError",
    code: "ThrottlingException",
  }],
  [
    new NetworkError("It broke", "UploadArchive", "dropped"),
    "a.txt: It broke",
    { name: "NetworkError", problem: "dropped" },
  ],
  [
    new FileError("Cannot read /d/a.txt: it changed", "/d/a.txt", "changed"),
    "Cannot read /d/a.txt: it changed",
    { name: "FileError", problem: "changed" },
  ],
  [new UnsafeNameError("Cannot use a.txt"), "Cannot use a.txt", {
    name: "UnsafeNameError",
  }],
  [new IntegrityError("Other bytes"), "a.txt: Other bytes", {
    name: "IntegrityError",
  }],
  [new JournalError("It is full"), "a.txt: It is full", {
    name: "JournalError",
  }],
];

for (const [error, message, data] of cases) {
  const { name } = error as Error;
  Deno.test(`a file that failed is told of once, and with what programs need: ${name}`, () => {
    const events: RunEvent[] = [];
    const emit = (event: RunEvent) => void events.push(event);
    const failures = new FileFailures(emit, new AbortController().signal);
    failures.report("a.txt", error);
    assertEquals(events, [
      { type: "failure", name: "a.txt", message, error: data },
    ] as RunEvent[]);
    assertEquals(failures.count, 1);
  });
}

Deno.test("no name drives a terminal by the message of a failure", () => {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const failures = new FileFailures(emit, new AbortController().signal);
  failures.report("\x1b[2J\u202eb", throttled);
  const [event] = events;
  assertEquals(event.type === "failure" && [event.name, event.message], [
    "\x1b[2J\u202eb",
    "\\x1b[2J\\u{202e}b: Slow down",
  ]);
});
