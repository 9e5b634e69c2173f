import { assertEquals } from "@std/assert";
import { UploadPace } from "../../src/aws/upload_pace.ts";

const MIB = 1024 * 1024;
const KIB = 1024;

type Step = (pace: UploadPace) => void;

const sent = (bytes: number, seconds: number): Step => (pace) =>
  pace.sent(bytes, seconds);

/** One that was waited for at the pace of now. */
const stalled: Step = (pace) => pace.stalled(pace.slowest);

/** Several at the same time. */
const stalledTogether: Step = (pace) => {
  const { slowest } = pace;
  for (let n = 0; n < 4; n++) pace.stalled(slowest);
};

const table: [title: string, steps: Step[], slowest: number][] = [
  ["nothing is known", [], 16 * KIB],
  ["an upload is waited for at an eighth", [sent(8 * MIB, 1)], MIB],
  ["no line is too slow", [sent(MIB, 1000)], 16 * KIB],
  ["what is small tells nothing", [sent(MIB - 1, 0.001)], 16 * KIB],
  ["a slower one is believed", [sent(8 * MIB, 1), sent(8 * MIB, 4)], MIB / 4],
  [
    "a faster one by and by",
    [sent(8 * MIB, 1), sent(72 * MIB, 1)],
    2 * MIB,
  ],
  [
    "after a time-out it has twice as long",
    [sent(8 * MIB, 1), stalled],
    MIB / 2,
  ],
  [
    "and twice as long again",
    [sent(8 * MIB, 1), stalled, stalled, stalled],
    MIB / 8,
  ],
  [
    "time-outs at the same time count once",
    [sent(8 * MIB, 1), stalledTogether],
    MIB / 2,
  ],
  [
    "up to the longest",
    [sent(8 * MIB, 1), ...new Array<Step>(20).fill(stalled)],
    16 * KIB,
  ],
  ["where nothing is known, that stays so", [stalled, sent(8 * MIB, 1)], MIB],
];

for (const [title, steps, slowest] of table) {
  Deno.test(`how slow an upload may be: ${title}`, () => {
    const pace = new UploadPace();
    for (const step of steps) step(pace);
    assertEquals(pace.slowest, slowest);
  });
}
