/**
 * The spec of the RPM package.
 *
 * @module
 */

import type { Entry } from "../package_tree.ts";
import { DESCRIPTION, NAME, SUMMARY, wrapped } from "./metadata.ts";

/** Counts packages of the same sources. */
export const RELEASE = "1";

/**
 * The spec. Nothing is built: what is packed lies in a folder, with all modes
 * and times as they are to be.
 */
export function specFile(options: {
  version: string;
  entries: readonly Entry[];
  /** The folder that the entries are in. */
  root: string;
  maintainer: string;
  /** Of the project and of all that is in the package, as SPDX writes them. */
  licences: readonly string[];
  /** Seconds since 1970. */
  time: number;
  /** Whether it is to be built soon rather than small. */
  quick?: boolean;
}): string {
  const { version, entries, root, maintainer, licences, time } = options;
  const level = options.quick ? 1 : 19;
  return `# Strip and the like would break the runtime; it is packed as it is published.
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
# The same sources make the same package.
%global _buildhost localhost
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
# Two threads whatever the machine has: the outcome depends on whether there are
# any.
%global _binary_payload w${level}T2.zstdio

Name: ${NAME}
Version: ${version}
Release: ${RELEASE}
Summary: ${capitalized(SUMMARY)}
License: ${[...new Set(licences)].join(" AND ")}
Packager: ${maintainer}
# What the runtime is linked with, by the names that all systems have for it.
AutoReqProv: no
${REQUIREMENTS.map((name) => `Requires: ${name}`).join("\n")}
Recommends: systemd

%description
${DESCRIPTION.map((text) => wrapped(text).join("\n")).join("\n\n")}

%install
cp -a '${root}/.' '%{buildroot}/'

%post
${RELOAD}

%preun
# Timers first, or one starts a sync again. A sync that is under way ends as by
# Ctrl-C, which is waited for.
if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then
  for unit in timer service; do
    systemctl stop "moraine-sync@*.$unit" >/dev/null 2>&1 || :
  done
fi

%postun
if [ "$1" = 0 ]; then
  # Compiled code, and what was left by switching timers on.
  rm -rf /var/cache/moraine
  rm -f /etc/systemd/system/timers.target.wants/moraine-sync@*.timer
  rm -f /var/lib/systemd/timers/stamp-moraine-sync@*.timer
  # Never /var/lib/moraine nor /etc/moraine: a journal may be the only record of
  # what is in a vault, and a configuration the only place of a key.
fi
${RELOAD}

%files
${entries.map(fileLine).join("\n")}

%changelog
* ${changelogDate(time)} ${maintainer} - ${version}-${RELEASE}
- Version ${version}; the changelog among the documents tells what is new.
`;
}

const RELOAD = `if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null 2>&1 || :
fi`;

/** What it needs. */
export const REQUIREMENTS: readonly string[] = [
  "/bin/sh",
  "libc.so.6(GLIBC_2.27)(64bit)",
  "libdl.so.2()(64bit)",
  "libgcc_s.so.1()(64bit)",
  "libm.so.6()(64bit)",
  "libpthread.so.0()(64bit)",
  "librt.so.1()(64bit)",
];

/** How a file or folder stands in the list of the package. */
function fileLine({ path, mode, content, role }: Entry): string {
  const marks = [
    `%attr(${mode.toString(8).padStart(4, "0")}, root, root)`,
    ...content === undefined ? ["%dir"] : [],
    ...role === "licence" ? ["%license"] : [],
    ...role === "document" ? ["%doc"] : [],
  ];
  return `${marks.join(" ")} "${path}"`;
}

/** As `Wed Nov 25 2026`. */
function changelogDate(time: number): string {
  const [day, date, month, year] = new Date(time * 1000).toUTCString()
    .replace(",", "").split(" ");
  return `${day} ${month} ${date} ${year}`;
}

function capitalized(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
