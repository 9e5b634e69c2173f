/**
 * Upgrading, removing and purging the packages, with timers and runs under way.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { check } from "../packages/check.ts";
import { REQUIREMENTS } from "../packages/rpm_spec.ts";
import type { Blocks } from "./blocks.ts";
import { checkInterrupted, PHOTOS, underWay } from "./daily.ts";
import { exists, type Machine, until } from "./machine.ts";
import { agreed, complete, countOf } from "./record.ts";
import {
  editUnit,
  follow,
  READER,
  startService,
  writePrivate,
} from "./setup.ts";
import { goodRun, property, serviceOf, state, timerOf } from "./unit.ts";

const HOME = `/home/${READER}`;

/** What is the user's: never removed, never changed by a package. */
const OF_USER = ["/etc/moraine", "/var/lib/moraine"];

/** A later package of Debian than the one that was installed first, which differs by a word. */
export const LATER = "later";

/** The package anew, and a later one. */
export async function checkUpgrade(
  machine: Machine,
  later: string,
): Promise<void> {
  await check("an upgrade keeps configuration, journals, timers", async () => {
    const before = await sums(machine);
    await apt(machine, "install", later);
    assertEquals(await sums(machine), before);
    assertEquals(await state(machine, timerOf(PHOTOS)), ON);
    assertMatch(
      await property(machine, serviceOf(PHOTOS), "Description"),
      new RegExp(LATER),
    );
    await writePrivate(machine, `${PHOTOS.folder}/after upgrade`, 1);
    await goodRun(machine, PHOTOS);
    await complete(machine, PHOTOS);
  });
  await check("the same package again, too", async () => {
    const before = await sums(machine);
    await apt(machine, "reinstall", later);
    assertEquals(await sums(machine), before);
    assertEquals(await state(machine, timerOf(PHOTOS)), ON);
  });
}

/** Debian's package is removed, installed anew, removed and purged. */
export async function checkRemoval(
  machine: Machine,
  blocks: Blocks,
  deb: string,
): Promise<void> {
  await check("removal ends the run first, and stops timers", async () => {
    await startService(machine, { slow: true });
    await writePrivate(machine, `${PHOTOS.folder}/removal`, 40);
    await underWay(machine);
    await apt(machine, "remove", "moraine");
    assert(!await exists(join(machine.root, "/usr/bin/moraine")));
    await checkInterrupted(machine);
    await checkGone(machine);
    assert(await isWanted(machine), "the timer is not enabled any more");
  });
  await startService(machine);
  await check(
    "installed anew, timers are enabled and not started",
    async () => {
      await apt(machine, "install", deb);
      assertEquals(await state(machine, timerOf(PHOTOS)), {
        active: "inactive",
        enabled: "enabled",
      });
      await agreed(machine, PHOTOS);
    },
  );
  await check(
    "they start with the machine, and make up for a missed day",
    async () => {
      await editUnit(
        machine,
        timerOf(PHOTOS),
        "[Timer]\nRandomizedDelaySec=0\n",
      );
      await machine.does(["touch", "-d", "2 days ago", STAMP]);
      await machine.reboot();
      assertEquals(await state(machine, timerOf(PHOTOS)), ON);
      const files = await machine.does(["find", PHOTOS.folder, "-type", "f"]);
      const count = files.trim().split("\n").length;
      await until(
        "the timer has started a run that goes on with what was left",
        async () => await countOf(machine, PHOTOS) === count,
      );
      await until(
        "the run is over",
        async () =>
          (await state(machine, serviceOf(PHOTOS))).active === "inactive",
      );
      await complete(machine, PHOTOS);
    },
  );
  await check("remove and purge leave what is the user's", async () => {
    const before = await sums(machine);
    await follow(machine, blocks.take("removeDeb"));
    assertEquals(await sums(machine), before);
    await checkGone(machine);
    await checkForgotten(machine);
  });
}

/** The RPM package, where Debian has what it needs, which RPM has to be told. */
export async function checkRpm(
  machine: Machine,
  blocks: Blocks,
  { rpm, provider }: { rpm: string; provider: string },
): Promise<void> {
  await machine.does(["cp", rpm, HOME]);
  await machine.does(["dnf", "install", provider]);
  await check("dnf installs the package", async () => {
    await follow(machine, blocks.take("installRpm"));
    await machine.does(["systemctl", "enable", "--now", timerOf(PHOTOS)]);
    assertEquals(await state(machine, timerOf(PHOTOS)), ON);
    await writePrivate(machine, `${PHOTOS.folder}/rpm`, 1);
    await goodRun(machine, PHOTOS);
    await complete(machine, PHOTOS);
  });
  await check("dnf's removal ends the run first, and timers", async () => {
    await startService(machine, { slow: true });
    await writePrivate(machine, `${PHOTOS.folder}/rpm removal`, 40);
    await underWay(machine);
    await follow(machine, blocks.take("removeRpm"));
    await checkInterrupted(machine);
    await checkGone(machine);
    await checkForgotten(machine);
    for (const folder of OF_USER) {
      assert(await exists(join(machine.root, folder)), folder);
    }
  });
}

const ON = { active: "active", enabled: "enabled" };

const LINK =
  "/etc/systemd/system/timers.target.wants/moraine-sync@photos.timer";
const STAMP = "/var/lib/systemd/timers/stamp-moraine-sync@photos.timer";

const isWanted = ({ root }: Machine) => exists(join(root, LINK));

async function apt(
  machine: Machine,
  command: string,
  what: string,
): Promise<void> {
  await machine.does(["sudo", "apt", command, what], { user: READER });
}

/** The sums of the user's files. */
function sums(machine: Machine): Promise<string> {
  const files = ["find", ...OF_USER, "-type", "f"];
  return machine.does([...files, "-exec", "sha256sum", "{}", "+"]);
}

/** Sees that systemd knows no unit of the package any more, and runs none. */
async function checkGone(machine: Machine): Promise<void> {
  const units = ["moraine-sync@*.timer", "moraine-sync@*.service"];
  for (const command of ["list-units", "list-unit-files"]) {
    const words = ["systemctl", command, "--no-legend", "--plain", ...units];
    const said = (await machine.tries(words)).said.split("\n")
      // A link to nothing.
      .filter((line) => line !== "" && !line.includes(" enabled "));
    assertEquals(said, []);
  }
}

/** Sees that nothing is left but what is the user's. */
async function checkForgotten(machine: Machine): Promise<void> {
  const found = await machine.does(
    ["find", "/etc", "/usr", "/var", "-xdev", "-path", "*moraine*"],
  );
  const left = found.split("\n").filter((path) =>
    path !== "" && !KEPT.some((kept) => path.startsWith(kept))
  );
  assertEquals(left, []);
}

/** What stays for good. */
const KEPT = [
  ...OF_USER,
  // By `systemctl edit`.
  "/etc/systemd/system/moraine-sync@papers.service.d",
  "/etc/systemd/system/moraine-sync@letters.service.d",
  "/etc/systemd/system/moraine-sync@photos.timer.d",
  // Of the service that runs as another user.
  "/var/cache/moraine-photos",
  "/var/lib/moraine-photos",
];

/** The spec of a package without files, which says by RPM's names what Debian has. */
export function providerSpec(): string {
  return `Name: what-debian-has
Version: 1
Release: 1
Summary: What Debian has
License: MIT
BuildArch: noarch
${REQUIREMENTS.map((name) => `Provides: ${name}`).join("\n")}

%description
What Debian has.

%files
`;
}
