/**
 * From the installation to daily use, as docs/running.md and docs/packages.md
 * tell it; and what the service may do, and may not.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { check } from "../packages/check.ts";
import { differences, writeSampleTree } from "../sample_tree.ts";
import type { Blocks } from "./blocks.ts";
import { exists, type Machine, put, textOf, until } from "./machine.ts";
import { agreed, complete, countOf, type Vault } from "./record.ts";
import {
  CREDENTIALS,
  editUnit,
  follow,
  READER,
  startService,
  typing,
  writePrivate,
} from "./setup.ts";
import {
  failingRun,
  goodRun,
  journalOf,
  property,
  serviceOf,
  state,
  timerOf,
} from "./unit.ts";

/** The one that the pages tell of. */
export const PHOTOS: Vault = {
  name: "photos",
  folder: "/srv/photos",
  journal: "/var/lib/moraine/photos.log",
};

const HOME = `/home/${READER}`;

/** docs/running.md's way to install an executable; without one, another program has its name. */
export async function checkExecutable(
  machine: Machine,
  blocks: Blocks,
  executable: string | undefined,
): Promise<void> {
  await check("an executable is put on the PATH", async () => {
    const block = blocks.take("executable");
    const [, name] = /chmod \+x (\S+)/.exec(block)!;
    const program = executable
      ? await Deno.readFile(executable)
      : "#!/bin/sh\necho moraine\n";
    await put(machine, `${HOME}/${name}`, program);
    const [sum] = (await machine.does(["sha256sum", `${HOME}/${name}`]))
      .split(" ");
    // Of a file that was not downloaded, too.
    await put(
      machine,
      `${HOME}/SHA256SUMS`,
      `${"0".repeat(64)}  other\n${sum}  ${name}\n`,
    );
    await machine.does(["chown", `${READER}:`, `${HOME}/${name}`]);
    await follow(machine, block);
    assertMatch(
      await machine.does(["moraine", "version"], { user: READER }),
      /^moraine/,
    );
    await put(machine, `${HOME}/${name}`, "something else");
    const { status } = await machine.tries(
      ["bash", "-ec", block],
      { user: READER },
    );
    assert(status !== 0, "another file has the right sum");
    await machine.does(["rm", "/usr/local/bin/moraine"]);
  });
}

/** The package, its configuration, its timer, and a first run. */
export async function checkFirstDay(
  machine: Machine,
  blocks: Blocks,
  deb: string,
): Promise<void> {
  await machine.does(["mkdir", PHOTOS.folder]);
  await writeSampleTree(join(machine.root, PHOTOS.folder));
  await writePrivate(machine, `${PHOTOS.folder}/private`, 3);
  await check("apt installs the package", async () => {
    await machine.does(["cp", deb, HOME]);
    await follow(machine, blocks.take("installDeb"));
  });
  await check("a configuration, a vault, a timer", async () => {
    await typing(machine, configuring());
    const said = await follow(machine, blocks.take("configure"));
    assertMatch(said, /^Will UPLOAD \/srv\/photos\/one byte$/m);
    assertEquals(await state(machine, timerOf(PHOTOS)), {
      active: "active",
      enabled: "enabled",
    });
    // Neither by the dry run nor by the timer at once.
    assertEquals(await textOf(machine, PHOTOS.journal), "");
  });
  await check(
    "the timer elapses in the first four hours of a day",
    async () => {
      const next = await property(
        machine,
        timerOf(PHOTOS),
        "NextElapseUSecRealtime",
      );
      assertMatch(next, / 0[0-3]:\d\d:\d\d UTC$/);
    },
  );
  await check("the service syncs, and says what it did", async () => {
    const said = await follow(machine, blocks.take("use"));
    assert(said.includes(timerOf(PHOTOS)), said);
    assertMatch(said, /moraine\[\d+\]: Finished one byte hash/);
    await complete(machine, PHOTOS);
  });
  await check("files come back as they were", () => checkRestore(machine));
  await check("nobody but root may look for journals and keys", async () => {
    for (const folder of ["/var/lib/moraine", "/etc/moraine"]) {
      const { status } = await machine.tries(["ls", folder], { user: READER });
      assert(status !== 0, folder);
    }
    const modes = await machine.does(
      ["stat", "--format=%a %U", PHOTOS.journal, "/etc/moraine/photos.cfg"],
    );
    assertEquals(modes, "600 root\n600 root\n");
  });
}

/** The example's lines, filled in. */
function configuring(): string {
  const lines = ["new", "replace-modified"].map((name) =>
    `-e 's/^#${name}$/${name}/'`
  );
  return `sed -i ${lines.join(" ")} -e '/^region=/d' "$1"
printf '%s\\n' concurrency=2 ${CREDENTIALS.join(" ")} >> "$1"`;
}

async function checkRestore(machine: Machine): Promise<void> {
  const { folder } = PHOTOS;
  await machine.does(["mv", folder, "/srv/lost"]);
  await machine.does(["mkdir", folder]);
  const options = ["--config", "/etc/moraine/photos.cfg"];
  for (const command of ["restore", "restore-completed"]) {
    await machine.does(["sudo", "moraine", command, ...options], {
      user: READER,
    });
  }
  assertEquals(
    await differences(
      join(machine.root, "/srv/lost"),
      join(machine.root, folder),
    ),
    [],
  );
  await machine.does(["rm", "-r", folder]);
  await machine.does(["mv", "/srv/lost", folder]);
}

/** What befalls a service. */
export async function checkRuns(machine: Machine): Promise<void> {
  await writePrivate(machine, `${PHOTOS.folder}/many`, 40);
  await startService(machine, { slow: true });
  await check("the run has one capability, and no way to more", async () => {
    await underWay(machine);
    const process = await property(machine, serviceOf(PHOTOS), "MainPID");
    const status = await machine.does(["cat", `/proc/${process}/status`]);
    // CAP_DAC_READ_SEARCH is the third.
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
      assertMatch(status, new RegExp(`^${set}:\\s0{15}4$`, "m"));
    }
    assertMatch(status, /^NoNewPrivs:\s1$/m);
    assertMatch(status, /^Seccomp:\s2$/m);
  });
  await check("systemctl stop ends a run like Ctrl-C", async () => {
    await machine.does(["systemctl", "stop", serviceOf(PHOTOS)]);
    await checkInterrupted(machine);
    assertEquals((await state(machine, serviceOf(PHOTOS))).active, "inactive");
    await agreed(machine, PHOTOS);
  });
  await startService(machine);
  await check("the next run goes on: nothing lost, nothing twice", async () => {
    await goodRun(machine, PHOTOS);
    await complete(machine, PHOTOS);
  });
  await check("a run that failed is told by systemctl --failed", async () => {
    const configuration = "/etc/moraine/photos.cfg";
    const good = await textOf(machine, configuration);
    await put(
      machine,
      configuration,
      good.replace("secret=moraine", "secret=x"),
      {
        mode: 0o600,
      },
    );
    await writePrivate(machine, `${PHOTOS.folder}/later`, 1);
    await failingRun(machine, PHOTOS);
    const failed = await machine.does(["systemctl", "--failed", "--plain"]);
    assert(failed.includes(serviceOf(PHOTOS)), failed);
    await put(machine, configuration, good, { mode: 0o600 });
    await goodRun(machine, PHOTOS);
    assertEquals((await state(machine, serviceOf(PHOTOS))).active, "inactive");
    await complete(machine, PHOTOS);
  });
}

/** Starts a run, and waits until it has recorded something. */
export async function underWay(machine: Machine): Promise<void> {
  const before = await countOf(machine, PHOTOS);
  await machine.does(["systemctl", "start", "--no-block", serviceOf(PHOTOS)]);
  await until(
    "the run has stored something",
    async () => await countOf(machine, PHOTOS) > before,
  );
  assertEquals((await state(machine, serviceOf(PHOTOS))).active, "activating");
}

/** Sees that the last run ended as by Ctrl-C, with something left to do. */
export async function checkInterrupted(machine: Machine): Promise<void> {
  const said = await journalOf(machine, PHOTOS);
  assertMatch(said.split("\n").slice(-12).join("\n"), /Interrupted: run/);
  const files = await machine.does(["find", PHOTOS.folder, "-type", "f"]);
  const count = await countOf(machine, PHOTOS);
  assert(count < files.trim().split("\n").length, "nothing was left to do");
}

/** The drop-ins that docs/packages.md has for what doesn't fit. */
export async function checkDropIns(
  machine: Machine,
  blocks: Blocks,
): Promise<void> {
  await check(
    "a service of another journal and of /tmp is refused",
    async () => {
      await machine.does(["mkdir", "-p", "/srv/journals", "/srv/papers"]);
      await machine.does([
        "sh",
        "-c",
        "mkdir /tmp/papers; echo a > /tmp/papers/a",
      ]);
      await writePrivate(machine, "/srv/papers", 1);
      const outside = vault(
        "papers",
        "/srv/papers",
        "/srv/journals/papers.log",
      );
      await configure(machine, outside);
      const create = ["moraine", "create-vault", "papers"];
      await machine.does([...create, "--config", "/etc/moraine/papers.cfg"]);
      assertMatch(
        await failingRun(machine, outside),
        /\/srv\/journals\/papers\.log.*must be writable/,
      );
      assert(!await exists(join(machine.root, outside.journal)));
      const inside = vault(
        "papers",
        "/tmp/papers",
        "/var/lib/moraine/papers.log",
      );
      await configure(machine, inside);
      assertMatch(await failingRun(machine, inside), /\/tmp\/papers/);
      const { said } = await machine.tries(
        [
          "moraine",
          "retrieve-inventory",
          "--config",
          "/etc/moraine/papers.cfg",
        ],
      );
      // It had no archive ever.
      assertMatch(said, /There is no inventory/);
    },
  );
  await check("a drop-in makes room for both", async () => {
    const outside = vault("papers", "/tmp/papers", "/srv/journals/papers.log");
    await configure(machine, outside);
    await editUnit(
      machine,
      serviceOf(outside),
      blocks.take("journalElsewhere"),
    );
    await goodRun(machine, outside);
    await complete(machine, outside);
  });
  await check("a drop-in lets another user do it", async () => {
    const letters = vault(
      "letters",
      "/srv/letters",
      "/var/lib/moraine-photos/photos.log",
    );
    await writePrivate(machine, letters.folder, 2);
    await configure(machine, letters);
    const create = ["moraine", "create-vault", "letters"];
    await machine.does([...create, "--config", "/etc/moraine/letters.cfg"]);
    await editUnit(machine, serviceOf(letters), blocks.take("otherUser"));
    await goodRun(machine, letters);
    await complete(machine, letters);
    assertEquals(
      await machine.does(["stat", "--format=%U %a", letters.journal]),
      "backup 600\n",
    );
  });
}

function vault(name: string, folder: string, journal: string): Vault {
  return { name, folder, journal };
}

async function configure(
  machine: Machine,
  { name, folder, journal }: Vault,
): Promise<void> {
  const lines = [
    `dir=${folder}`,
    `vault=${name}`,
    `journal=${journal}`,
    ...CREDENTIALS,
  ];
  await put(machine, `/etc/moraine/${name}.cfg`, `${lines.join("\n")}\n`, {
    mode: 0o600,
  });
}
