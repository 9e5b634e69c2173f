import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { STAND_INS } from "../../../scripts/rehearse/actions.ts";
import {
  openStage,
  runScript,
  type Stage,
} from "../../../scripts/rehearse/stage.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testing.ts";

/** A job of a rehearsal that has nothing yet. */
function stageIn(folder: TemporaryFolder, job: string): Promise<Stage> {
  const rehearsal = {
    repository: folder.at("repository"),
    tag: "v1.2.3",
    commit: "abc",
    artifacts: folder.at("artifacts"),
    programs: folder.at("programs"),
  };
  return openStage(rehearsal, folder.at(job), false);
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name:
    "a script runs as GitHub runs it, and leaves variables to those behind it",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const stage = await stageIn(folder, "job");
    await Deno.mkdir(join(stage.workspace, "dist"));
    const cases: [script: string, success: boolean, said: string][] = [
      ["echo $GITHUB_REF_NAME ${PWD##*/} $MORE", true, "v1.2.3 dist more\n"],
      ["false\necho not reached", false, ""],
      ["false | true", false, ""],
      ["[[ -z $nothing ]]", true, ""],
      ["echo told >&2; exit 3", false, "told\n"],
      ['echo LEFT=one >>"$GITHUB_ENV"', true, ""],
      ["echo $LEFT", true, "one\n"],
      ['test "$HOME" != "$MACHINES"', true, ""],
      ["cat", true, ""],
    ];
    for (const [script, success, said] of cases) {
      const env = { MORE: "more", MACHINES: Deno.env.get("HOME") ?? "" };
      assertEquals(
        await runScript(stage, { script, env, folder: "dist" }),
        { success, said },
        script,
      );
    }
  },
});

Deno.test({
  name: "files get from job to job without their modes, hidden ones not at all",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.mkdir(folder.at("artifacts"));
    const one = await stageIn(folder, "one");
    const other = await stageIn(folder, "other");
    const upload = (name: string) =>
      STAND_INS["actions/upload-artifact"](one, { name, path: "dist" });
    await Deno.mkdir(join(one.workspace, "dist/below"), { recursive: true });
    await Deno.writeTextFile(join(one.workspace, "dist/.hidden"), "");
    await assertRejects(() => upload("none"), Error, "no files in dist");
    for (const name of ["program", "below/program"]) {
      const path = join(one.workspace, "dist", name);
      await Deno.writeTextFile(path, name, { mode: 0o755 });
    }
    await upload("dist");
    const inputs = { name: "dist", path: "got" };
    await STAND_INS["actions/download-artifact"](other, inputs);
    const { said } = await runScript(other, {
      script: "find . -type f -printf '%p %m\\n' | sort",
      env: {},
      folder: "got",
    });
    assertEquals(said, "./below/program 644\n./program 644\n");
    await Deno.writeTextFile(join(one.workspace, "dist/a:b"), "");
    await assertRejects(() => upload("again"), Error, "Not taken by name: a:b");
  },
});

Deno.test({
  name: "there has to be something to attest",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const stage = await stageIn(folder, "job");
    const attest = () =>
      STAND_INS["actions/attest-build-provenance"](stage, {
        "subject-path": "*.deb",
      });
    await assertRejects(attest);
    await Deno.writeTextFile(join(stage.workspace, "a.deb"), "");
    assertEquals(await attest(), "1 files to attest, not attested");
  },
});
