import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/yaml/parse";
import {
  environmentOf,
  inOrder,
  type Job,
  plan,
  type Step,
  substitute,
  type Workflow,
} from "../../../scripts/rehearse/plan.ts";

const defaults = { run: { shell: "bash" } };

/** A job of some steps. */
function job(steps: Step[], more: Partial<Job> = {}): Job {
  return { "runs-on": "ubuntu-24.04", steps, ...more };
}

Deno.test("jobs come behind those that they need", () => {
  const cases: [needs: Record<string, string | string[]>, order: string[]][] = [
    [{ a: [], b: [] }, ["a", "b"]],
    [{ a: "b", b: [] }, ["b", "a"]],
    [{ d: ["b", "c"], c: "a", b: "a", a: [] }, ["a", "b", "c", "d"]],
  ];
  for (const [needs, order] of cases) {
    const jobs = Object.entries(needs).map((
      [name, needs],
    ) => [name, { needs }]);
    assertEquals(inOrder(Object.fromEntries(jobs)), order);
  }
  assertThrows(() => inOrder({ a: { needs: "b" } }), Error, "no job b");
  assertThrows(
    () => inOrder({ a: { needs: "b" }, b: { needs: "a" } }),
    Error,
    "Job a needs itself",
  );
});

Deno.test("expressions are replaced by their values, whatever is in these", () => {
  const values = { "matrix.os": "linux", "github.token": "$& ${{ x }}", e: "" };
  const cases: [text: string, replaced: string][] = [
    ["plain $HOME ${HOME}", "plain $HOME ${HOME}"],
    ["${{ matrix.os }}-${{matrix.os}}", "linux-linux"],
    ["${{ github.token }}", "$& ${{ x }}"],
    ["<${{ e }}>", "<>"],
  ];
  for (const [text, replaced] of cases) {
    assertEquals(substitute(text, values), replaced);
  }
  for (const text of ["matrix.arch", "matrix.os == 'linux'", "toString", ""]) {
    assertThrows(
      () => substitute("${{ " + text + " }}", values),
      Error,
      `Unknown expression: ${text}`,
    );
  }
});

Deno.test("a job with a matrix is one for each entry, with the steps whose condition is met", () => {
  const steps: Step[] = [
    { name: "Both", run: "a ${{ matrix.executable }}" },
    {
      if: "matrix.package",
      run: "${{ matrix.package }}\n",
      "working-directory": "dist",
    },
    {
      uses: "actions/checkout@v6",
      with: { "fetch-depth": 0 },
    },
    { run: "c", env: { TOKEN: "${{ github.token }}" } },
  ];
  const include = [
    { os: "ubuntu-24.04", executable: "one", package: "deb" },
    { os: "macos-15", executable: "two" },
  ];
  const jobs = {
    tried: job(steps, {
      "runs-on": "${{ matrix.os }}",
      strategy: { "fail-fast": false, matrix: { include } } as Job["strategy"],
    }),
  };
  const script = (title: string, script: string) => ({
    title,
    script,
    env: {},
    folder: ".",
  });
  const checkout = {
    title: "actions/checkout@v6",
    action: "actions/checkout",
    inputs: { "fetch-depth": "0" },
  };
  const last = { ...script("c", "c"), env: { TOKEN: "t" } };
  assertEquals(plan({ defaults, jobs }, { token: "t" }), [
    {
      name: "tried one",
      runsOn: "ubuntu-24.04",
      container: undefined,
      steps: [
        script("Both", "a one"),
        { ...script("deb", "deb\n"), folder: "dist" },
        checkout,
        last,
      ],
    },
    {
      name: "tried two",
      runsOn: "macos-15",
      container: undefined,
      steps: [script("Both", "a two"), checkout, last],
    },
  ]);
});

Deno.test("what isn't known is refused before anything is run", () => {
  const cases: [jobs: Record<string, Job>, message: string][] = [
    [{ a: job([{ uses: "actions/cache@v4" }]) }, "nothing stands in for this"],
    [{ a: job([{ uses: "./own" }]) }, "nothing stands in for this"],
    [{ a: job([{}]) }, "nothing stands in for this"],
    [
      { a: job([{ uses: "actions/checkout@v6", with: { ref: "main" } }]) },
      "Job a, step actions/checkout@v6: unknown key ref",
    ],
    [{ a: job([{ run: "x", shell: "pwsh" }]) }, "unknown key shell"],
    [{ a: job([{ run: "x", if: "always()" }]) }, "expression: always()"],
    [{ a: job([{ run: "${{ matrix.os }}" }]) }, "expression: matrix.os"],
    [{ a: job([], { env: {} }) }, "Job a: unknown key env"],
    [
      { a: job([], { strategy: { matrix: { os: ["one"] } } }) },
      "Job a: a matrix is known by its include only",
    ],
  ];
  for (const [jobs, message] of cases) {
    assertThrows(() => plan({ defaults, jobs }, {}), Error, message);
  }
  assertThrows(() => plan({ jobs: {} }, {}), Error, "shell isn't bash");
});

Deno.test("what a step leaves to those behind it", () => {
  assertEquals(environmentOf(""), {});
  assertEquals(environmentOf("A=1\nB=x=y z\n"), { A: "1", B: "x=y z" });
  assertThrows(() => environmentOf("A<<END\n1\nEND\n"), Error, "A<<END");
});

Deno.test("all of the workflow for releases is known", async () => {
  const file = new URL(
    "../../../.github/workflows/release.yml",
    import.meta.url,
  );
  const workflow = parse(await Deno.readTextFile(file)) as Workflow;
  const jobs = plan(workflow, { token: "" });
  const names = jobs.map(({ name }) => name);
  const at = (name: string) => names.indexOf(name);
  assert(at("build") < at("smoke linux-x86_64"));
  assert(at("smoke windows-x86_64.exe") < at("release"));
  assert(at("release") < at("npm"));
});
