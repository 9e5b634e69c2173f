import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml/parse";
import denoJson from "../../deno.json" with { type: "json" };
import { TARGETS } from "../../scripts/compile.ts";

const root = new URL("../../", import.meta.url);
const folder = new URL(".github/workflows/", root);

/** The parts of a workflow that are looked at. */
interface Workflow {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Job {
  "runs-on": string;
  "timeout-minutes": number;
  container?: string;
  needs?: string | string[];
  permissions?: Record<string, string>;
  strategy?: { matrix: { include?: { executable: string }[] } };
  steps: { run?: string; uses?: string }[];
}

const workflows = Object.fromEntries(
  [...Deno.readDirSync(folder)].map(({ name }) => [
    name,
    parse(Deno.readTextFileSync(new URL(name, folder))) as Workflow,
  ]),
);

/** Each command line, with where it is. */
function commands(): [where: string, line: string][] {
  return Object.entries(workflows).flatMap(([name, { jobs }]) =>
    Object.entries(jobs).flatMap(([job, { steps }]) =>
      steps.flatMap(({ run }): [string, string][] =>
        run === undefined ? [] : [[`${name}, ${job}`, run]]
      )
    )
  );
}

Deno.test("there is a workflow for each change and one for releases", () => {
  assertEquals(Object.keys(workflows).sort(), ["ci.yml", "release.yml"]);
  assertEquals(workflows["release.yml"].on, { push: { tags: ["v*"] } });
});

/** How Deno is started. */
const DENO = 'npx -y "deno@$(cat .deno-version)" ';

Deno.test("what the workflows run is there", async () => {
  const tasks: Record<string, unknown> = denoJson.tasks;
  let found = 0;
  for (const [where, line] of commands()) {
    for (const [, task] of line.matchAll(/\btask (?:--\S+ )*([\w:]+)/g)) {
      found++;
      assert(task in tasks, `${where}: ${task}`);
    }
    for (
      const [path] of line.matchAll(
        /(?:\.ci\/\w+|\b(?:scripts|tests)\/[\w./]+)/g,
      )
    ) {
      found++;
      // Throws where there is none.
      await Deno.stat(new URL(path, root));
    }
    // Deno is the pinned one everywhere.
    assertEquals(line.split("npx").length, line.split(DENO).length, where);
  }
  assert(found > 10);
});

Deno.test("each executable is tried where it runs, before anything is released", () => {
  const { jobs } = workflows["release.yml"];
  assertEquals(
    jobs.smoke.strategy?.matrix.include?.map(({ executable }) => executable),
    Object.values(TARGETS),
  );
  for (const { needs = [] } of Object.values(jobs)) {
    for (const name of [needs].flat()) assert(name in jobs, name);
  }
  assertEquals(jobs.release.needs, ["test", "smoke", "packages", "systemd"]);
  assertEquals(jobs.npm.needs, "release");
  const publishing = Object.entries(jobs).filter(([, { steps }]) =>
    steps.some(({ run }) => /gh release|npm publish/.test(run ?? ""))
  );
  assertEquals(publishing.map(([name]) => name), ["release", "npm"]);
});

Deno.test("a machine is booted where that can be done, and .ci/run leaves it out elsewhere", async () => {
  const booting = commands().filter(([, line]) =>
    line.includes("task systemd")
  );
  assertEquals(booting.map(([where]) => where), [
    "ci.yml, systemd",
    "release.yml, systemd",
  ]);
  for (const { jobs } of Object.values(workflows)) {
    assertEquals(jobs.systemd.container, undefined);
  }
  const script = await Deno.readTextFile(new URL(".ci/run", root));
  assertMatch(
    script,
    /-z \$\{GITHUB_ACTIONS-\}[^]*\$\{#booting\[@\]\} > 0[^]*then \$deno task systemd; fi/,
  );
});

Deno.test("the npm package names the repository that it is built in, without which the registry refuses it", () => {
  const lines = workflows["release.yml"].jobs.build.steps.map(({ run }) => run);
  const named = lines.findIndex((line) =>
    line?.includes(
      '"repository.url=git+https://github.com/$GITHUB_REPOSITORY.git"',
    )
  );
  const packed = lines.findIndex((line) => line?.startsWith("npm pack"));
  assert(named >= 0 && named < packed);
});

Deno.test("only what publishes may write anything, and nothing else", () => {
  const more: Record<string, Record<string, string> | undefined> = {
    release: { contents: "write", "id-token": "write", attestations: "write" },
    npm: { "id-token": "write" },
  };
  for (const [name, { permissions, jobs }] of Object.entries(workflows)) {
    assertEquals(permissions, { contents: "read" }, name);
    for (const [job, { permissions }] of Object.entries(jobs)) {
      assertEquals(permissions, more[job], `${name}, ${job}`);
    }
  }
});

Deno.test("actions and machines are of a version that is written down", () => {
  for (const [name, { jobs }] of Object.entries(workflows)) {
    for (const [job, each] of Object.entries(jobs)) {
      assert(each["timeout-minutes"] > 0, `${name}, ${job}`);
      assert(!each["runs-on"].includes("latest"), `${name}, ${job}`);
      for (const { uses } of each.steps) {
        if (uses !== undefined) {
          assertMatch(uses, /^actions\/[\w-]+@(?:v\d+|[0-9a-f]{40})$/);
        }
      }
    }
  }
});
