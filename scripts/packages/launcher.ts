/**
 * The script `/usr/bin/moraine` of a package that brings the runtime.
 *
 * @module
 */

import { PERMISSIONS } from "../permissions.ts";

/** Where the runtime and the bundle are. */
export const LIBRARY = "/usr/lib/moraine";

/**
 * Nothing but the two files of the package is run: no settings or lock file
 * that lies about, and no module from the net or from a cache.
 */
export const FLAGS: readonly string[] = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
];

/** The script. */
export function launcher(): string {
  return `#!/bin/sh
# Runs moraine by the Deno runtime of this package.

# Deno keeps compiled code, which makes the next start 0.1 s faster, and what is
# kept is run. So it is kept only where the nearest folder that exists is one's
# own; and root's has a place of its own, since under sudo HOME may be somebody
# else's, and full of links. Where that isn't so it is done without.
if [ -z "\${DENO_DIR-}" ]; then
  if [ "\$(id -u)" = 0 ]; then
    DENO_DIR=/var/cache/moraine
  else
    DENO_DIR=\${XDG_CACHE_HOME:-\${HOME-}/.cache}/moraine
  fi
  nearest=$DENO_DIR
  while [ -n "$nearest" ] && [ ! -e "$nearest" ]; do
    case $nearest in
      */*) nearest=\${nearest%/*} ;;
      *) nearest= ;;
    esac
  done
  if [ ! -O "$nearest" ]; then
    # Here nobody can make a folder.
    DENO_DIR=/dev/null/moraine
  fi
fi
DENO_NO_UPDATE_CHECK=1
export DENO_DIR DENO_NO_UPDATE_CHECK

exec ${LIBRARY}/deno run ${FLAGS.join(" ")} \\
  ${PERMISSIONS.join(" ")} \\
  ${LIBRARY}/moraine.js "$@"
`;
}
