import { assert, assertEquals } from "@std/assert";
import { describeProgress, drawBar, Progress } from "../../src/cli/progress.ts";
import type { RunEvent } from "../../src/transfer/events.ts";

const GiB = 2 ** 30;
const half = {
  planned: { files: 40, bytes: 4 * GiB },
  files: 12,
  bytes: 2 * GiB,
  elapsed: 64_000,
};

Deno.test("progress tells what is done, how fast, and how long it takes", () => {
  assertEquals(
    describeProgress(half),
    "12 of 40 files, 2 GiB of 4 GiB (50%), 32 MiB/s, 1m 4s left",
  );
});

Deno.test("progress promises nothing in its first second, nor without a known end", () => {
  assertEquals(
    describeProgress({ ...half, elapsed: 500 }),
    "12 of 40 files, 2 GiB of 4 GiB (50%)",
  );
  assertEquals(
    describeProgress({ ...half, planned: undefined }),
    "12 files, 2 GiB, 32 MiB/s",
  );
});

Deno.test("work without bytes is measured in files", () => {
  const state = { ...half, planned: { files: 40, bytes: 0 }, bytes: 0 };
  assertEquals(describeProgress(state), "12 of 40 files, 0 B of 0 B (30%)");
});

Deno.test("a bar never is wider than the terminal", () => {
  for (let columns = 10; columns < 200; columns++) {
    const bar = drawBar(half, columns);
    assert(bar.length < columns, `${bar.length} in ${columns}`);
  }
  assertEquals(
    drawBar(half, 100).split(" ")[0],
    "[###############---------------]",
  );
});

function shown(isTerminal: boolean) {
  let [now, text] = [0, ""];
  const screen = {
    isTerminal,
    columns: () => 80,
    write: (piece: string) => void (text += piece),
  };
  const progress = new Progress(screen, () => now);
  return {
    progress,
    take(event: RunEvent, at: number) {
      now = at;
      text = "";
      progress.take(event);
      return text;
    },
    cleared() {
      text = "";
      progress.clear();
      return text;
    },
  };
}

Deno.test("on a terminal a bar is drawn at once, then ten times a second at most, and cleared for lines", () => {
  const { take, cleared } = shown(true);
  const first = take({ type: "planned", files: 2, bytes: 100 }, 0);
  assert(first.startsWith("\r[---"), JSON.stringify(first));
  assertEquals(take({ type: "transferred", bytes: 50 }, 50), "");
  assert(
    take({ type: "fileEnded" }, 150).includes(
      "1 of 2 files, 50 B of 100 B (50%)",
    ),
  );
  assertEquals(cleared(), "\r\x1b[K");
  assertEquals(cleared(), "");
  // The line that was printed in between doesn't cost the bar.
  assert(take({ type: "fileEnded" }, 160).includes("2 of 2 files"));
});

Deno.test("off a terminal there is a line a minute, without control characters", () => {
  const { take, cleared } = shown(false);
  assertEquals(take({ type: "planned", files: 2, bytes: 12_200 }, 0), "");
  assertEquals(take({ type: "transferred", bytes: 6_100 }, 59_000), "");
  assertEquals(
    take({ type: "fileEnded" }, 61_000),
    "1 of 2 files, 5.96 kiB of 11.9 kiB (50%), 100 B/s, 1m 1s left\n",
  );
  assertEquals(take({ type: "fileEnded" }, 62_000), "");
  assertEquals(cleared(), "");
});
