/**
 * Runs what a page tells its reader to do, in one session of bash in a
 * temporary folder.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FROM_SOURCE } from "../from_source.ts";
import {
  isRun,
  type RunStep,
  type ScriptStep,
  type Step,
  withoutBlankEnd,
} from "./story.ts";

/** How long a page may take, in seconds. */
const PAGE_SECONDS = 100;

const DENO_JSON = fileURLToPath(new URL("../../deno.json", import.meta.url));

const DENO = quoted(Deno.execPath());

/** What the pages write `npx -y deno task` for, which is here found from any folder. */
const TASK = `${DENO} task --config ${quoted(DENO_JSON)}`;

/** The port that pages name. */
const PORT = 9901;

/** What became of a step; undefined where its condition was not met, or the session ended before it. */
export interface Outcome {
  status: number;
  /** Standard output and standard error, as on a terminal. */
  output: string[];
}

/** What came of a page. */
export interface Session {
  outcomes: (Outcome | undefined)[];
  /** Whether the session came to its end. */
  ended: boolean;
}

/** Runs all steps of a page. */
export async function runSteps(steps: readonly Step[]): Promise<Session> {
  const dir = await Deno.makeTempDir({ prefix: "moraine docs " });
  try {
    const port = freePort();
    await Deno.mkdir(join(dir, "work"));
    await Deno.mkdir(join(dir, "bin"));
    const moraine = [Deno.execPath(), ...FROM_SOURCE].map(quoted).join(" ");
    await Deno.writeTextFile(
      join(dir, "bin", "moraine"),
      `#!/bin/sh\nexec ${moraine} "$@"\n`,
      { mode: 0o755 },
    );
    for (const [i, step] of steps.entries()) {
      if (!isRun(step)) continue;
      const text = asRun(step.text, port);
      await Deno.writeTextFile(join(dir, fileOf(step, i)), text);
    }
    await Deno.writeTextFile(join(dir, "session"), sessionScript(steps, port));
    await runSession(dir, port);
    return {
      outcomes: await Promise.all(
        steps.map((_, i) => outcomeOf(join(dir, `${i}`), port)),
      ),
      ended: await readable(join(dir, "ended")) !== undefined,
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A port that nothing listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Commands as they are run: on another port, with the command that the pages
 * write `moraine` for, and with a server that goes to the background by itself,
 * once it listens.
 */
function asRun(text: string, port: number): string {
  return text
    .replace(new RegExp(`\\b${PORT}\\b`, "g"), `${port}`)
    .replaceAll("npx -y deno task --quiet moraine", "moraine")
    .replaceAll("npx -y deno task", TASK)
    .replace(/^(moraine serve\b.*) &$/gm, "$1");
}

/** The name by which what runs a program knows it for one. */
function fileOf(step: Step, i: number): string {
  const ending = step.kind !== "script" ? undefined : ENDINGS[step.language];
  return `${i}${ending ?? ""}`;
}

const ENDINGS: Partial<Record<ScriptStep["language"], string>> = {
  js: ".mjs",
  go: ".go",
};

/** The session of bash: the steps in order, the output and exit status of each in files of its own. */
function sessionScript(steps: readonly Step[], port: number): string {
  return [
    PRELUDE,
    ...steps.flatMap((step, i) =>
      isRun(step) ? [stepScript(step, i, port)] : []
    ),
    `docs_stop_server; : > "$DOCS/ended"\n`,
  ].join("\n");
}

/**
 * `moraine serve` ends the server before it, as the reader would, takes the
 * page's port, unless told another one, and comes back when it listens.
 */
const PRELUDE = `umask 022
set -o pipefail
cd "$DOCS/work"
docs_status=0

docs_stop_server() {
  [ -n "$docs_server" ] || return 0
  kill "$docs_server" 2> /dev/null; wait "$docs_server"; docs_server=
}

moraine() {
  [ "$1" = serve ] || { command moraine "$@"; return; }
  docs_stop_server
  local port=(--port "$DOCS_PORT")
  [[ " $* " = *" --port "* ]] && port=()
  : > "$DOCS/server.out"
  command moraine "$@" "\${port[@]}" > "$DOCS/server.out" 2> "$DOCS/server.err" &
  docs_server=$!
  until grep -q "^Listening " "$DOCS/server.out"; do
    kill -0 "$docs_server" 2> /dev/null || break
    sleep 0.05
  done
  cat "$DOCS/server.err" >&2
  cat "$DOCS/server.out"
  kill -0 "$docs_server"
}
`;

function stepScript(
  step: RunStep,
  i: number,
  port: number,
): string {
  const file = `"$DOCS/${fileOf(step, i)}"`;
  const lines = [
    // What a command may look at.
    "(exit $docs_status)",
    `${starter(step, file)} > "$DOCS/${i}.out" 2>&1 < /dev/null`,
    `docs_status=$?`,
    `echo $docs_status > "$DOCS/${i}.status"`,
  ];
  if (step.kind === "script") {
    // Of several commands each must succeed.
    lines[0] = `docs_failed=0; trap 'docs_failed=$?' ERR`;
    lines[2] = `trap - ERR; docs_status=$docs_failed`;
  }
  const all = lines.join("\n");
  return step.condition === undefined
    ? all
    : `if ( ${
      asRun(step.condition, port)
    } ) > /dev/null 2>&1; then\n${all}\nfi`;
}

function starter(step: Step, file: string): string {
  const language = step.kind === "script" ? step.language : "sh";
  switch (language) {
    case "sh":
      return `source ${file}`;
    case "js":
      return `${DENO} run -A --quiet --no-lock --config ${
        quoted(DENO_JSON)
      } ${file}`;
    case "python":
      return `python3 ${file}`;
    case "go":
      return `go run ${file}`;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs the session's bash, and ends whatever it leaves behind. */
async function runSession(dir: string, port: number): Promise<void> {
  const child = new Deno.Command("bash", {
    args: [join(dir, "session")],
    env: { ...environment(dir), DOCS: dir, DOCS_PORT: `${port}` },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    // All that it starts is one group, which is ended together.
    detached: true,
  }).spawn();
  const end = () => {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // Nothing is left.
    }
  };
  const onInterrupt = () => {
    end();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  const timer = setTimeout(end, PAGE_SECONDS * 1000);
  await child.status;
  clearTimeout(timer);
  Deno.removeSignalListener("SIGINT", onInterrupt);
  end();
}

/** Nothing of the machine's own AWS settings and habits is to show. */
function environment(dir: string): Record<string, string> {
  const ours = Object.entries(Deno.env.toObject());
  const nowhere = join(dir, "no such file");
  return {
    ...Object.fromEntries(
      ours.filter(([name]) => !/^(AWS_|MORAINE_|LC_|BASH_ENV)/.test(name)),
    ),
    PATH: `${join(dir, "bin")}:${Deno.env.get("PATH")}`,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_PAGER: "",
    GOCACHE: join(dir, "go"),
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    NO_COLOR: "1",
  };
}

async function outcomeOf(
  path: string,
  port: number,
): Promise<Outcome | undefined> {
  const status = await readable(`${path}.status`);
  if (status === undefined) return undefined;
  const text = (await readable(`${path}.out`) ?? "")
    .replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${PORT}`);
  return { status: Number(status), output: withoutBlankEnd(text.split("\n")) };
}

/** A file's text, if there is one. */
async function readable(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
