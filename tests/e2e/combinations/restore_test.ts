import { assertEquals } from "@std/assert";
import {
  CONCURRENCIES,
  describe,
  DRY_RUN,
  inTurn,
  NAMES,
  OTHERS,
  pairs,
  product,
  SEGMENT_SIZES,
  SIZES,
} from "./axes.ts";
import {
  expectLines,
  MTIME,
  otherNames,
  payloadOf,
  type Place,
  startCombinations,
} from "./place.ts";

const MiB = 1024 * 1024;

/** The jobs of a vault, by archive. */
async function jobsOf({ client, vault }: Place): Promise<Map<string, string>> {
  const jobs = new Map<string, string>();
  for await (const { archiveId, jobId } of client.everyJob(vault)) {
    jobs.set(archiveId!, jobId);
  }
  return jobs;
}

Deno.test("restore asks for what is missing, and for nothing twice", async (t) => {
  await using server = await startCombinations();
  for (
    const row of pairs({
      missing: OTHERS,
      there: [0, 1, 10] as const,
      max: [1, 10, 1000] as const,
      concurrency: CONCURRENCIES,
      dryRun: DRY_RUN,
    })
  ) {
    await t.step(describe(row), async () => {
      const { missing, there, max, concurrency, dryRun } = row;
      const place = await server.place();
      for (let i = 0; i < there; i++) {
        await place.store(`there ${i}`, 1);
        await place.writeFile(`there ${i}`, 1);
      }
      await Deno.writeTextFile(place.journal, "", { append: true });
      const archives = await place.storeAll(otherNames(missing), 1);
      const args = [
        `--max-number-of-files=${max}`,
        `--concurrency=${concurrency}`,
        ...dryRun ? ["--dry-run"] : [],
      ];
      const run = await place.run("restore", ...args);
      const asked = archives.slice(0, max);
      if (asked.length === 0) return expectLines(run, ["Nothing to restore"]);
      expectLines(
        run,
        asked.map(({ archiveId, name }) =>
          dryRun
            ? `Will RETRIEVE archive ${archiveId} (filename ${name})`
            : `Retrieved Archive ${archiveId}`
        ),
      );
      const jobs = await jobsOf(place);
      assertEquals(jobs.size, dryRun ? 0 : asked.length);
      const lines = (await place.lines()).filter((line) =>
        line.includes("RETRIEVE_JOB")
      );
      assertEquals(
        lines.map((line) => line.split("\t").slice(3)).sort(),
        [...jobs].sort(),
      );
      if (dryRun || max < missing) return;
      expectLines(await place.run("restore", ...args), ["Nothing to restore"]);
      assertEquals((await jobsOf(place)).size, asked.length);
    });
  }
});

Deno.test("restore-completed brings a file back as it was, in one request or in segments", async (t) => {
  await using server = await startCombinations();
  const rows = [
    ...inTurn(product({ segment: SEGMENT_SIZES, size: SIZES }), {
      name: NAMES,
      concurrency: CONCURRENCIES,
      dryRun: [false],
    }),
    ...pairs({
      segment: SEGMENT_SIZES,
      size: SIZES,
      name: NAMES,
      concurrency: CONCURRENCIES,
      dryRun: DRY_RUN,
    }),
  ];
  for (const row of rows) {
    await t.step(describe(row), async () => {
      const { segment, size, name, concurrency, dryRun } = row;
      const place = await server.place();
      const { archiveId } = await place.store(name, size);
      const type = "archive-retrieval";
      await place.client.initiateJob(place.vault, { type, archiveId });
      const run = await place.run(
        "restore-completed",
        ...segment === 0 ? [] : [`--segment-size=${segment}`],
        `--concurrency=${concurrency}`,
        ...dryRun ? ["--dry-run"] : [],
      );
      const path = `${place.dir}/${name}`;
      if (dryRun) {
        return expectLines(run, [
          `Will DOWNLOAD (if available) archive ${archiveId} (filename ${name})`,
        ]);
      }
      const whole = segment === 0 || size <= segment * MiB;
      expectLines(
        run,
        whole
          ? [`Downloaded archive ${path}`]
          : segmentLines(path, size, segment * MiB),
      );
      assertEquals(await Deno.readFile(path), (await payloadOf(size)).bytes);
      const { mtime } = await Deno.stat(path);
      assertEquals(mtime!.getTime(), MTIME * 1000);
      if (concurrency > 1) return;
      expectLines(await place.run("restore-completed"), ["Nothing to restore"]);
    });
  }
});

function segmentLines(path: string, size: number, segment: number): string[] {
  const lines: string[] = [];
  for (let offset = 0; offset < size; offset += segment) {
    const length = Math.min(segment, size - offset);
    lines.push(
      `Downloaded part of archive ${path} at offset ${offset}, size ${length}`,
    );
  }
  return lines;
}

Deno.test("restore-completed fetches all that is ready, and leaves what is not", async (t) => {
  await using server = await startCombinations();
  for (
    const row of pairs({
      ready: OTHERS,
      notAsked: [0, 1, 10] as const,
      there: [0, 1] as const,
      concurrency: CONCURRENCIES,
    })
  ) {
    await t.step(describe(row), async () => {
      const { ready, notAsked, there, concurrency } = row;
      const place = await server.place();
      await Deno.writeTextFile(place.journal, "");
      const type = "archive-retrieval";
      const ask = async (names: string[]) => {
        const archives = await place.storeAll(names, 1);
        await Promise.all(
          archives.map(({ archiveId }) =>
            place.client.initiateJob(place.vault, { type, archiveId })
          ),
        );
      };
      const namesOf = (name: string, count: number) =>
        Array.from({ length: count }, (_, i) => `${name} ${i}`);
      await ask(otherNames(ready));
      await place.storeAll(namesOf("not", notAsked), 1);
      await ask(namesOf("there", there));
      for (const name of namesOf("there", there)) {
        await place.writeFile(name, 9);
      }
      const run = await place.run(
        "restore-completed",
        `--concurrency=${concurrency}`,
      );
      expectLines(
        run,
        ready === 0
          ? ["Nothing to restore"]
          : otherNames(ready).map((name) =>
            `Downloaded archive ${place.dir}/${name}`
          ),
      );
      // What was there is as it was.
      for (let i = 0; i < there; i++) {
        assertEquals((await Deno.stat(`${place.dir}/there ${i}`)).size, 9);
      }
    });
  }
});
