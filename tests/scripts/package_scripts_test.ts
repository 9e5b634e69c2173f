/**
 * What the packages' scripts do where systemd runs: as they stand, but for the
 * folders that they are about, and with programs in systemd's place that only
 * write down how they were called.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { maintainerScripts } from "../../scripts/packages/debian.ts";
import { specFile } from "../../scripts/packages/rpm_spec.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";

const WANTED = "/etc/systemd/system/timers.target.wants";
const STAMPS = "/var/lib/systemd/timers";

/** What there is before: of moraine, of others, and the user's. */
const FILES = [
  "/var/cache/moraine/code",
  `${WANTED}/moraine-sync@photos.timer`,
  `${STAMPS}/stamp-moraine-sync@photos.timer`,
  `${WANTED}/other.timer`,
  "/var/lib/moraine/photos.log",
  "/etc/moraine/photos.cfg",
];

const CODE = FILES.slice(0, 1);
const TIMERS = FILES.slice(1, 3);

/** The RPM's scripts by their names in the spec. */
function scriptlets(): Record<string, string> {
  const spec = specFile({
    version: "1.2.3",
    entries: [],
    root: "/root",
    maintainer: "A <a@example.org>",
    licences: ["MIT"],
    time: 1_767_323_045,
  });
  const sections = spec.split(/^%(?=\w+$)/m).map((text) => {
    const end = text.indexOf("\n");
    return [text.slice(0, end), text.slice(end + 1)];
  });
  return Object.fromEntries(sections);
}

const RELOADED = "systemctl --system daemon-reload";
const deb = maintainerScripts();
const rpm = scriptlets();
const stoppedBy = (program: string) => [
  `${program} stop moraine-sync@*.timer`,
  `${program} stop moraine-sync@*.service`,
];

const cases: {
  what: string;
  script: string;
  args: string[];
  called?: string[];
  gone?: string[];
}[] = [
  {
    what: ".deb, installed",
    script: deb.postinst,
    args: ["configure", ""],
    called: [RELOADED],
  },
  { what: ".deb, before an upgrade", script: deb.prerm, args: ["upgrade"] },
  {
    what: ".deb, before it is removed",
    script: deb.prerm,
    args: ["remove"],
    called: stoppedBy("deb-systemd-invoke"),
  },
  {
    what: ".deb, upgraded",
    script: deb.postrm,
    args: ["upgrade", "1.2.4"],
    called: [RELOADED],
  },
  {
    what: ".deb, removed",
    script: deb.postrm,
    args: ["remove"],
    called: [RELOADED],
    gone: CODE,
  },
  {
    what: ".deb, purged",
    script: deb.postrm,
    args: ["purge"],
    called: [RELOADED],
    gone: [...CODE, ...TIMERS],
  },
  {
    what: ".rpm, installed",
    script: rpm.post,
    args: ["1"],
    called: [RELOADED],
  },
  { what: ".rpm, before an upgrade", script: rpm.preun, args: ["1"] },
  {
    what: ".rpm, before it is removed",
    script: rpm.preun,
    args: ["0"],
    called: stoppedBy("systemctl"),
  },
  {
    what: ".rpm, upgraded",
    script: rpm.postun,
    args: ["1"],
    called: [RELOADED],
  },
  {
    what: ".rpm, removed",
    script: rpm.postun,
    args: ["0"],
    called: [RELOADED],
    gone: [...CODE, ...TIMERS],
  },
];

/** Makes the files, and the programs in systemd's place, which end with a status. */
async function prepare(folder: TemporaryFolder, status: number) {
  for (const file of FILES) {
    await Deno.mkdir(dirname(folder.path + file), { recursive: true });
    await Deno.writeTextFile(folder.path + file, "");
  }
  await Deno.mkdir(folder.at("bin"));
  for (const name of ["systemctl", "deb-systemd-invoke"]) {
    await Deno.writeTextFile(
      folder.at("bin", name),
      `#!/bin/sh\necho "${name} $*" >> '${
        folder.at("called")
      }'\nexit ${status}\n`,
      { mode: 0o755 },
    );
  }
  await Deno.writeTextFile(folder.at("called"), "");
}

/** Runs a script with a folder in the place of `/`. */
async function runScript(
  folder: TemporaryFolder,
  text: string,
  args: string[],
) {
  const moved = text.replaceAll(
    /(?<=\s)\/(?=(?:run|etc|var)\/)/g,
    `${folder.path}/`,
  );
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", moved, "sh", ...args],
    env: { PATH: `${folder.at("bin")}:${Deno.env.get("PATH")}` },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

for (const { what, script, args, called = [], gone = [] } of cases) {
  // Also where systemd refuses: a package can't be left half removed for that.
  for (const status of [0, 1]) {
    Deno.test(`${what}; systemd ends with ${status}`, async () => {
      await using folder = await temporaryFolder();
      await prepare(folder, status);
      await Deno.mkdir(folder.at("run/systemd/system"), { recursive: true });
      await runScript(folder, script, args);
      const lines = (await Deno.readTextFile(folder.at("called"))).split("\n");
      assertEquals(lines.filter((line) => line !== ""), called);
      assertEquals(
        FILES.filter((file) => !isThere(folder.path + file)),
        gone,
      );
    });
  }
  Deno.test(`${what}, where systemd doesn't run`, async () => {
    await using folder = await temporaryFolder();
    await prepare(folder, 0);
    await runScript(folder, script, args);
    assertEquals(await Deno.readTextFile(folder.at("called")), "");
    assertEquals(FILES.filter((file) => !isThere(folder.path + file)), gone);
  });
}
