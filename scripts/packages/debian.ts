/**
 * The control files of the Debian package.
 *
 * @module
 */

import { DESCRIPTION, NAME, SUMMARY, wrapped } from "./metadata.ts";

/** Debian's own part of the version: counts packages of the same sources. */
const REVISION = "1";

/** The version as Debian has it. */
export function debianVersion(version: string): string {
  return `${version}-${REVISION}`;
}

/** `control`. */
export function controlFile(options: {
  version: string;
  architecture: string;
  maintainer: string;
  /** Of all files. */
  bytes: number;
}): string {
  const description = DESCRIPTION.map((paragraph) =>
    wrapped(paragraph, 77).map((line) => ` ${line}`).join("\n")
  ).join("\n .\n");
  return `Package: ${NAME}
Version: ${debianVersion(options.version)}
Architecture: ${options.architecture}
Maintainer: ${options.maintainer}
Installed-Size: ${Math.ceil(options.bytes / 1024)}
Depends: libc6 (>= 2.27), libgcc-s1
Recommends: systemd
Section: utils
Priority: optional
Description: ${SUMMARY}
${description}
`;
}

/** `changelog.Debian`: what changed in the packaging. */
export function debianChangelog(options: {
  version: string;
  maintainer: string;
  /** Seconds since 1970. */
  time: number;
}): string {
  const date = new Date(options.time * 1000).toUTCString()
    .replace("GMT", "+0000");
  return `${NAME} (${debianVersion(options.version)}) unstable; urgency=medium

  * Version ${options.version}; changelog.gz tells what is new.

 -- ${options.maintainer}  ${date}
`;
}

/** The scripts that dpkg runs, by name. */
export function maintainerScripts(): Record<string, string> {
  return {
    postinst: script(
      `if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi`,
    ),
    // Timers first, or one starts a sync again. A sync that is under way ends
    // as by Ctrl-C, which dpkg waits for.
    prerm: script(`if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  for unit in timer service; do
    deb-systemd-invoke stop "moraine-sync@*.$unit" >/dev/null || true
  done
fi`),
    postrm: script(`if [ "$1" = remove ] || [ "$1" = purge ]; then
  # Compiled code, which is made again.
  rm -rf /var/cache/moraine
fi
if [ "$1" = purge ]; then
  # What was left by switching timers on.
  rm -f /etc/systemd/system/timers.target.wants/moraine-sync@*.timer
  rm -f /var/lib/systemd/timers/stamp-moraine-sync@*.timer
  # Never /var/lib/moraine nor /etc/moraine: a journal may be the only record
  # of what is in a vault, and a configuration the only place of a key.
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi`),
  };
}

function script(body: string): string {
  return `#!/bin/sh
set -e

${body}
`;
}

/** `md5sums`: of files by their path when installed, in the given order. */
export function sumsFile(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([path, sum]) => `${sum}  ${path.slice(1)}\n`).join("");
}

/** What lintian finds and is meant to be so, each with the reason. */
export function lintianOverrides(): string {
  return OVERRIDES.map(({ why, tag }) =>
    `${wrapped(why, 76).map((line) => `# ${line}\n`).join("")}${NAME}: ${tag}\n`
  ).join("\n");
}

const OVERRIDES: readonly { why: string; tag: string }[] = [
  {
    why:
      "Deno is what its authors publish, unchanged. It is linked from libraries of its own, which this package can't replace by the system's.",
    tag: "embedded-library *",
  },
  {
    why: "Deno's authors link it without this.",
    tag: "hardening-no-relro *",
  },
  {
    why: "Deno's authors leave in the names of their compilers.",
    tag: "binary-has-unneeded-section *",
  },
  {
    why:
      "Words in the middle of Deno's machine code, and in libraries of others.",
    tag: "spelling-error-in-binary *",
  },
  {
    why: "Configurations have keys to the vaults: only root may look for them.",
    tag: "non-standard-dir-perm 0750 != 0755 *etc/moraine/*",
  },
  {
    why: "Journals tell the names of all that is kept, also of private files.",
    tag: "non-standard-dir-perm 0700 != 0755 *var/lib/moraine/*",
  },
  {
    why:
      "The package is its authors' own and not in Debian, where there is no bug to close.",
    tag: "initial-upload-closes-no-bugs *",
  },
];
