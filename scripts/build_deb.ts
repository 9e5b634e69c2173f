/**
 * Builds the Debian package with `dpkg-deb`.
 *
 * Usage: `deno task deb [--out DIR] [--executable FILE | --deno FILE] [--arch
 * NAME]`. DEBFULLNAME and DEBEMAIL say who maintains it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  controlFile,
  debianChangelog,
  debianVersion,
  lintianOverrides,
  maintainerScripts,
  sumsFile,
} from "./packages/debian.ts";
import { maintainerName, NAME } from "./packages/metadata.ts";
import {
  type Entry,
  gzip,
  type Ingredients,
  ingredients,
  packageOptions,
  packageTree,
  run,
  stage,
} from "./package_tree.ts";

/** Builds the package into a folder and returns its path; `quick`, to try it, the file is larger. */
export async function buildDeb(
  made: Ingredients,
  out: string,
  { quick = false }: { quick?: boolean } = {},
): Promise<string> {
  const { version, time, architecture } = made;
  const maintainer = maintainerName(Deno.env.toObject());
  const entries: Entry[] = [
    ...packageTree("deb", made),
    {
      path: `/usr/share/doc/${NAME}/changelog.Debian.gz`,
      mode: 0o644,
      content: gzip(debianChangelog({ version, maintainer, time })),
    },
    {
      path: `/usr/share/lintian/overrides/${NAME}`,
      mode: 0o644,
      content: lintianOverrides(),
    },
  ];
  const root = await Deno.makeTempDir();
  try {
    await Deno.chmod(root, 0o755);
    const bytes = await stage(entries, root, time);
    const control = controlFile({
      version,
      architecture: architecture.deb,
      maintainer,
      bytes,
    });
    const controlEntries: Entry[] = [
      { path: "/DEBIAN/control", mode: 0o644, content: control },
      {
        path: "/DEBIAN/md5sums",
        mode: 0o644,
        content: sumsFile(await sums(entries, root)),
      },
      ...Object.entries(maintainerScripts()).map(([name, content]) => ({
        path: `/DEBIAN/${name}`,
        mode: 0o755,
        content,
      })),
    ];
    await stage(controlEntries, root, time);
    await Deno.mkdir(out, { recursive: true });
    const path = join(
      out,
      `${NAME}_${debianVersion(version)}_${architecture.deb}.deb`,
    );
    await run(
      "dpkg-deb",
      [
        "--root-owner-group",
        ...quick ? ["-Zgzip", "-z1"] : ["-Zxz"],
        "--build",
        root,
        path,
      ],
      {
        env: { SOURCE_DATE_EPOCH: `${time}` },
      },
    );
    return path;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function sums(
  entries: readonly Entry[],
  root: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { path, content } of entries) {
    if (content === undefined) continue;
    found.set(
      path,
      createHash("md5").update(await Deno.readFile(join(root, path)))
        .digest("hex"),
    );
  }
  return found;
}

if (import.meta.main) {
  const options = packageOptions(Deno.args);
  const path = await buildDeb(await ingredients(options), options.out);
  const { size } = await Deno.stat(path);
  console.log(`${path}: ${(size / 1024 / 1024).toFixed(1)} MiB`);
}
