import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type Ingredients,
  packageOptions,
  packageTree,
} from "../../scripts/package_tree.ts";
import {
  controlFile,
  debianChangelog,
  lintianOverrides,
  maintainerScripts,
} from "../../scripts/packages/debian.ts";
import { launcher } from "../../scripts/packages/launcher.ts";
import {
  copyrightLines,
  thirdPartyLicences,
  type Work,
} from "../../scripts/licences/texts.ts";
import { debianCopyright } from "../../scripts/packages/debian_copyright.ts";
import { architectureOf } from "../../scripts/packages/metadata.ts";
import { specFile } from "../../scripts/packages/rpm_spec.ts";
import { exampleConfiguration } from "../../scripts/packages/units.ts";
import { holdsSecret, parseConfigFile } from "../../src/cli/config_file.ts";

const AMD64 = { machine: 62, deb: "amd64", rpm: "x86_64" };
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

const OWN = `MIT License

Copyright (c) 2026 The moraine authors

Permission is granted.

NO WARRANTY.
`;

const WORKS: Work[] = [
  {
    name: "one",
    version: "1.0",
    file: "/usr/lib/x",
    licence: "MIT",
    copyright: ["2020 One"],
  },
  {
    name: "two",
    version: "2.0",
    file: "/usr/lib/x",
    licence: "Apache-2.0",
    copyright: ["2021 Two"],
    text: "The text of Apache",
  },
];

function made(program: Ingredients["program"]): Ingredients {
  return {
    version: "1.2.3",
    program,
    architecture: AMD64,
    texts: new Map(
      ["LICENSE", "CHANGELOG.md", "docs/x.md"].map((path) => [path, OWN]),
    ),
    works: WORKS,
    time: TIME,
  };
}

Deno.test("the kind of processor is read from a program, and a script is refused", () => {
  const head = (machine: number) => {
    const bytes = new Uint8Array(64);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
    bytes[18] = machine;
    return bytes;
  };
  assertEquals(architectureOf(head(62), "deno").deb, "amd64");
  assertEquals(architectureOf(head(183), "deno").rpm, "aarch64");
  assertThrows(() => architectureOf(head(8), "deno"), Error, "processor");
  assertThrows(
    () => architectureOf(new TextEncoder().encode("#!/usr/bin/env node"), "x"),
    Error,
    "x is not a program for 64-bit Linux",
  );
});

Deno.test("both kinds of package hold the same, but for licences and the place for zsh", () => {
  const program = { runtime: "/deno", bundle: "#!/usr/bin/env node\ncode" };
  const paths = (kind: "deb" | "rpm") =>
    packageTree(kind, made(program)).map(({ path }) => path)
      .filter((path) => !/\/zsh\/|\/licenses\/|\/copyright$/.test(path));
  assertEquals(paths("deb"), paths("rpm"));
  assert(paths("deb").includes("/usr/lib/moraine/deno"));
  const bundle = packageTree("deb", made(program)).find(({ path }) =>
    path.endsWith(".js")
  );
  assertEquals(bundle?.content, "code");
});

Deno.test("a compiled program stands for itself", () => {
  const entries = packageTree("deb", made({ executable: "/program" }));
  assertEquals(
    entries.filter(({ path }) => path.startsWith("/usr/lib/moraine")),
    [],
  );
  assertEquals(
    entries.find(({ path }) => path === "/usr/bin/moraine")?.content,
    { copy: "/program" },
  );
});

Deno.test("nothing is installed into /etc but a folder that only root looks into", () => {
  for (const kind of ["deb", "rpm"] as const) {
    const entries = packageTree(kind, made({ executable: "/program" }));
    assertEquals(
      entries.filter(({ path }) => path.startsWith("/etc")),
      [{ path: "/etc/moraine", mode: 0o750 }],
    );
  }
});

Deno.test("the control file and the changelog have Debian's form", () => {
  const maintainer = "A <a@example.org>";
  const control = controlFile({
    version: "1.2.3",
    architecture: "amd64",
    maintainer,
    bytes: 2049,
  });
  assertStringIncludes(control, "\nVersion: 1.2.3-1\n");
  assertStringIncludes(control, "\nInstalled-Size: 3\n");
  assert(!control.includes("\n\n"), "an empty line would end it");
  assertEquals(
    debianChangelog({ version: "1.2.3", maintainer, time: TIME }),
    `moraine (1.2.3-1) unstable; urgency=medium

  * Version 1.2.3; changelog.gz tells what is new.

 -- A <a@example.org>  Fri, 02 Jan 2026 03:04:05 +0000
`,
  );
});

Deno.test("no script of a package removes a journal or a configuration", () => {
  const spec = specFile({
    version: "1.2.3",
    entries: [],
    root: "/root",
    maintainer: "A <a@example.org>",
    licences: ["MIT", "0BSD", "MIT"],
    time: TIME,
  });
  for (const script of [...Object.values(maintainerScripts()), spec]) {
    for (const line of script.split("\n")) {
      if (line.trimStart().startsWith("#")) continue;
      assert(!/\/etc\/moraine|\/var\/lib\/moraine/.test(line), line);
    }
  }
});

Deno.test("the spec lists folders, licences and documents as such", () => {
  const spec = specFile({
    version: "1.2.3",
    entries: [
      { path: "/etc/x", mode: 0o750 },
      { path: "/l", mode: 0o644, content: "", role: "licence" },
      { path: "/d", mode: 0o644, content: "", role: "document" },
      { path: "/b", mode: 0o755, content: "" },
    ],
    root: "/root",
    maintainer: "A <a@example.org>",
    licences: ["MIT", "0BSD", "MIT"],
    time: TIME,
  });
  assertStringIncludes(spec, "\nLicense: MIT AND 0BSD\n");
  assertStringIncludes(
    spec,
    `%files
%attr(0750, root, root) %dir "/etc/x"
%attr(0644, root, root) %license "/l"
%attr(0644, root, root) %doc "/d"
%attr(0755, root, root) "/b"
`,
  );
  assertStringIncludes(spec, "* Fri Jan 02 2026 A <a@example.org> - 1.2.3-1\n");
});

Deno.test("of a licence's text only the lines that say whose it is are taken", () => {
  assertEquals(
    copyrightLines(`MIT License
 Copyright (c) 2020 Juanjo Diaz
 Copyright 2018 Amazon.com, Inc. All Rights Reserved.
 copyright owner or entity authorized by
 Copyright [yyyy] [name of copyright owner]
 Copyright (c) 2020 Juanjo Diaz`),
    ["2020 Juanjo Diaz", "2018 Amazon.com, Inc."],
  );
});

Deno.test("the copyright file has a paragraph for each file, and each licence once", () => {
  const text = debianCopyright({ own: OWN, works: WORKS });
  assertStringIncludes(
    text,
    `Files: *
Copyright: 2026 The moraine authors
License: MIT

Files: usr/lib/x
Copyright: 2020 One
 2021 Two
License: MIT and Apache-2.0
Comment:
 Under MIT: one 1.0.
 Under Apache-2.0: two 2.0.

License: MIT
 Permission is granted.
 .
 NO WARRANTY.
`,
  );
  assertThrows(
    () =>
      debianCopyright({
        own: OWN,
        works: [{ ...WORKS[0], licence: "GPL-3.0" }],
      }),
    Error,
    "no text for the licence GPL-3.0",
  );
  const full = thirdPartyLicences(WORKS, OWN);
  assertStringIncludes(full, "The text of Apache");
  assertStringIncludes(full, "Permission is granted.");
});

Deno.test("each of lintian's findings that is meant to be so has a reason", () => {
  for (const paragraph of lintianOverrides().trim().split("\n\n")) {
    assert(/^(# .*\n)+moraine: [a-z-]+ .*$/.test(paragraph), paragraph);
  }
});

Deno.test("the example is a configuration without a secret and without a warning", () => {
  const text = exampleConfiguration();
  assert(!holdsSecret(text));
  const { values, warnings } = parseConfigFile(text, "photos.cfg", "sync");
  assertEquals(warnings, []);
  assertEquals(Object.keys(values).sort(), [
    "dir",
    "journal",
    "region",
    "vault",
  ]);
});

Deno.test("the launcher gives no permission to run programs", () => {
  assert(!/--allow-(run|all|ffi)|-A\b/.test(launcher()));
  assertStringIncludes(launcher(), "--no-remote");
});

Deno.test("an argument that nobody knows is refused", () => {
  assertEquals(packageOptions(["--out", "x"]).out, "x");
  assertThrows(() => packageOptions(["--ouput", "x"]));
});
