/**
 * The man pages.
 *
 * @module
 */

import { VERSION } from "../src/version.ts";

/** Every man page by its file's name, such as `moraine-sync.1`. */
export function manPages(): Map<string, string> {
  return new Map([[
    "moraine.1",
    `.TH MORAINE 1 "" "moraine ${VERSION}" "User Commands"
.SH NAME
moraine \\- keep copies of local files in Amazon Glacier vaults
.SH SYNOPSIS
.B moraine
.I COMMAND
.RI [ options ]
.SH DESCRIPTION
.B moraine help
tells of all commands and options.
`,
  ]]);
}
