/**
 * What a machine is given before anybody does what the pages say: a reader who
 * may use `sudo`, an editor, files to keep, and a service to keep them in.
 *
 * @module
 */

import { join } from "node:path";
import type { Ingredients } from "../package_tree.ts";
import { PERMISSIONS } from "../permissions.ts";
import { exists, type Machine, put, until } from "./machine.ts";

/** Who does what the pages say. */
export const READER = "reader";

/** Whose files nobody else may read. */
const STRANGER = 4321;

/** Where the service listens. */
const PORT = 9901;

/** Lines of a configuration: the service, and a key to it. */
export const CREDENTIALS: readonly string[] = [
  `endpoint=http://127.0.0.1:${PORT}`,
  "region=eu-west-1",
  "key=moraine",
  "secret=moraine",
];

/** What the machine needs besides systemd. */
export const PACKAGES: readonly string[] = ["sudo", "dnf"];

/** Before the machine is started. */
export async function furnish(root: string, made: Ingredients): Promise<void> {
  const at = { root };
  await put(at, "/etc/hostname", "glacier\n");
  await put(at, "/etc/hosts", "127.0.0.1 localhost glacier\n");
  // The reader says yes to what package managers ask.
  await put(at, "/etc/apt/apt.conf.d/yes", 'APT::Get::Assume-Yes "true";\n');
  await put(at, "/etc/dnf/dnf.conf", "[main]\nassumeyes=True\n");
  await put(
    at,
    `/etc/sudoers.d/${READER}`,
    `${READER} ALL=(ALL) NOPASSWD: ALL\n`,
    {
      mode: 0o440,
    },
  );
  // What the reader types next, by `typing`.
  await put(at, "/usr/local/bin/editor", "#!/bin/sh -e\n. /root/typed\n", {
    mode: 0o755,
  });
  await furnishService(root, made);
}

/** The service: the same program, apart from what is installed and removed. */
async function furnishService(
  root: string,
  { program }: Ingredients,
): Promise<void> {
  const at = { root };
  const folder = "/opt/glacier";
  if ("executable" in program) {
    await put(
      at,
      `${folder}/glacier`,
      await Deno.readFile(program.executable),
      {
        mode: 0o755,
      },
    );
  } else {
    const words = [
      `${folder}/deno`,
      "run",
      ...PERMISSIONS,
      `${folder}/glacier.js`,
    ];
    await put(at, `${folder}/glacier.js`, program.bundle);
    await put(at, `${folder}/deno`, "", { mode: 0o755 });
    await Deno.copyFile(program.runtime, join(root, folder, "deno"));
    await put(
      at,
      `${folder}/glacier`,
      `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`,
      {
        mode: 0o755,
      },
    );
  }
  await put(at, "/etc/glacier", "FAULT=\n");
  await put(
    at,
    "/etc/systemd/system/glacier.service",
    `[Unit]
Description=What stands in Amazon's place
[Service]
EnvironmentFile=/etc/glacier
Environment=DENO_DIR=/opt/glacier/cache
ExecStart=${folder}/glacier serve --port ${PORT} --region eu-west-1 \\
  --access-key moraine --secret-key moraine --data /srv/glacier $FAULT
[Install]
WantedBy=multi-user.target
`,
  );
}

/** After it was started for the first time. */
export async function moveIn(machine: Machine): Promise<void> {
  await machine.does(["useradd", "--create-home", "--groups=sudo", READER]);
  await machine.does(["systemctl", "enable", "--quiet", "glacier"]);
  await startService(machine);
}

/** Starts the service anew; where it is slow, uploads take two seconds for each 10 kB. */
export async function startService(
  machine: Machine,
  { slow = false }: { slow?: boolean } = {},
): Promise<void> {
  const fault = "--fault UploadArchive,slow,of=payload,rate=5000";
  await put(machine, "/etc/glacier", `FAULT=${slow ? fault : ""}\n`);
  await machine.does(["systemctl", "restart", "glacier"]);
  await until("the service listens", async () => {
    const connect = `exec 3<>/dev/tcp/127.0.0.1/${PORT}`;
    return (await machine.tries(["bash", "-c", connect])).status === 0;
  });
}

/** Makes files of 10 kB that only their owner may read, in a folder that only he may look into. */
export async function writePrivate(
  machine: Machine,
  folder: string,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(10_000).map((_, at) => at * (i + 1) + i);
    await put(machine, `${folder}/${i}`, bytes, {
      mode: 0o600,
      owner: STRANGER,
    });
  }
  await Deno.chmod(join(machine.root, folder), 0o700);
  await Deno.chown(join(machine.root, folder), STRANGER, STRANGER);
}

/** What the reader does in the next editor, as a script for the file `$1`. */
export async function typing(machine: Machine, script: string): Promise<void> {
  await put(machine, "/root/typed", `${script}\n`);
}

/** Does what a block of a page says, as the reader. */
export function follow(machine: Machine, block: string): Promise<string> {
  return machine.does(["bash", "-euo", "pipefail", "-c", block], {
    user: READER,
  });
}

/** A drop-in for a unit, as `systemctl edit` makes it of what is typed between its marks. */
export async function editUnit(
  machine: Machine,
  unit: string,
  text: string,
): Promise<void> {
  await put(machine, "/root/drop-in", text);
  await typing(machine, `sed -i '/^### Anything between/r /root/drop-in' "$1"`);
  // It wants a terminal.
  const words = ["script", "-qec", `sudo systemctl edit ${unit}`, "/dev/null"];
  await machine.does(words, { user: READER });
  const file = join(
    machine.root,
    `/etc/systemd/system/${unit}.d/override.conf`,
  );
  if (!await exists(file)) throw new Error(`No drop-in of ${unit}`);
}
