import { assertEquals } from "@std/assert";
import { describe, DRY_RUN, inTurn, NAMES, product, SIZES } from "./axes.ts";
import {
  MTIME,
  otherNames,
  payloadOf,
  type Place,
  startCombinations,
} from "./place.ts";

/** What can be the matter with a file: how it comes so, its lines, its line among the totals. */
const STATES: Record<string, {
  make(place: Place, name: string): Promise<void>;
  lines(name: string, treeHash: string): string[];
  totals: string[];
}> = {
  good: {
    make: (place, name) => place.writeFile(name, 5),
    lines: (name, treeHash) => [`OK ${name} 5 ${treeHash}`],
    totals: ["OK"],
  },
  "another mtime": {
    make: (place, name) => place.writeFile(name, 5, MTIME + 1),
    lines: (name, treeHash) => [
      `MTIME missmatch ${name} ${MTIME + 1} != ${MTIME}`,
      `OK ${name} 5 ${treeHash}`,
    ],
    totals: ["OK", "MODIFICATION TIME MISSMATCHES"],
  },
  "another content": {
    async make(place, name) {
      await place.writeFile(name, 5);
      await Deno.writeTextFile(`${place.dir}/${name}`, "xxxxx");
      await Deno.utime(`${place.dir}/${name}`, MTIME, MTIME);
    },
    lines: (name) => [`TREEHASH MISSMATCH ${name}`],
    totals: ["TREEHASH MISSMATCH"],
  },
  "another size": {
    make: (place, name) => place.writeFile(name, 6),
    lines: (name) => [`SIZE MISSMATCH ${name}`],
    totals: ["SIZE MISSMATCH"],
  },
  empty: {
    make: (place, name) => place.writeFile(name, 0),
    lines: (name) => [`ZERO SIZE ${name}`],
    totals: ["ZERO SIZE"],
  },
  missing: {
    make: () => Promise.resolve(),
    lines: (name) => [`MISSED ${name}`],
    totals: ["MISSED"],
  },
  unreadable: {
    // (Root may read everything that is a file.)
    make: (place, name) =>
      Deno.mkdir(`${place.dir}/${name}`, { recursive: true }),
    lines: (name) => [`CANNOT OPEN file ${name}: it is not a regular file`],
    totals: ["ERRORS"],
  },
};

const TOTALS = [
  "OK",
  "MODIFICATION TIME MISSMATCHES",
  "TREEHASH MISSMATCH",
  "SIZE MISSMATCH",
  "ZERO SIZE",
  "MISSED",
  "ERRORS",
];

Deno.test("check-local-hash says what is the matter with a file, and fails but for the mtime", async (t) => {
  await using server = await startCombinations();
  for (
    const row of product({
      state: Object.keys(STATES),
      name: NAMES,
      others: [0, 10] as const,
      dryRun: DRY_RUN,
    })
  ) {
    await t.step(describe(row), async () => {
      const { state, name, others, dryRun } = row;
      const place = await server.place();
      const { make, lines, totals } = STATES[state];
      const { treeHash } = await place.store(name, 5);
      const { treeHash: otherHash } = await payloadOf(1);
      await place.storeAll(otherNames(others), 1);
      for (const other of otherNames(others)) await place.writeFile(other, 1);
      await make(place, name);
      const run = await place.run(
        "check-local-hash",
        ...dryRun ? ["--dry-run"] : [],
      );
      if (dryRun) {
        assertEquals(run.lines, [
          ...[name, ...otherNames(others)].map((n) => `Will check file ${n}`),
          "OK DONE",
        ]);
        return;
      }
      const good = totals.includes("OK");
      assertEquals([run.status, run.err === ""], [good ? 0 : 1, good], run.err);
      const end = run.lines.indexOf("TOTALS:");
      assertEquals(
        run.lines.slice(0, end).sort(),
        [
          ...lines(name, treeHash),
          ...otherNames(others).map((n) => `OK ${n} 1 ${otherHash}`),
        ].sort(),
      );
      assertEquals(run.lines.slice(end), [
        "TOTALS:",
        ...TOTALS.map((total) => {
          const count = totals.includes(total) ? 1 : 0;
          return `${total === "OK" ? count + others : count} ${total}`;
        }),
        ...good ? ["OK DONE"] : [],
      ]);
    });
  }
});

Deno.test("check-local-hash tells a file of any size from one with another last byte", async (t) => {
  await using server = await startCombinations();
  for (
    const row of inTurn(product({ size: SIZES, same: [true, false] }), {
      name: NAMES,
    })
  ) {
    await t.step(describe(row), async () => {
      const { size, same, name } = row;
      const place = await server.place();
      const { treeHash } = await place.store(name, size);
      await place.writeFile(name, size);
      if (!same) {
        using file = await Deno.open(`${place.dir}/${name}`, { write: true });
        const { bytes } = await payloadOf(size);
        await file.seek(size - 1, Deno.SeekMode.Start);
        await file.write(new Uint8Array([bytes[size - 1] ^ 1]));
      }
      const run = await place.run("check-local-hash");
      assertEquals(run.status, same ? 0 : 1, run.err);
      const found = run.lines.slice(0, run.lines.indexOf("TOTALS:"));
      assertEquals(
        found.filter((line) => !line.startsWith("MTIME missmatch")),
        [
          same
            ? `OK ${name} ${size} ${treeHash}`
            : `TREEHASH MISSMATCH ${name}`,
        ],
      );
    });
  }
});
