/**
 * Builds the RPM package with `rpmbuild`, which Debian has too (package `rpm`).
 *
 * Usage: `deno task rpm [--out DIR] [--executable FILE | --deno FILE] [--arch
 * NAME]`. DEBFULLNAME and DEBEMAIL say who maintains it.
 *
 * @module
 */

import { join } from "node:path";
import {
  type Ingredients,
  ingredients,
  packageOptions,
  packageTree,
  run,
  stage,
} from "./package_tree.ts";
import { maintainerName, NAME } from "./packages/metadata.ts";
import { RELEASE, specFile } from "./packages/rpm_spec.ts";

/** Builds the package into a folder and returns its path; `quick`, to try it, the file is larger. */
export async function buildRpm(
  made: Ingredients,
  out: string,
  { quick = false }: { quick?: boolean } = {},
): Promise<string> {
  const { version, time, architecture, works } = made;
  const licences = ["MIT", ...works.map(({ licence }) => licence)];
  const work = await Deno.makeTempDir();
  try {
    const root = join(work, "root");
    const entries = packageTree("rpm", made);
    await stage(entries, root, time);
    const spec = join(work, `${NAME}.spec`);
    const maintainer = maintainerName(Deno.env.toObject());
    await Deno.writeTextFile(
      spec,
      specFile({ version, entries, root, maintainer, licences, time, quick }),
    );
    const defines = {
      _topdir: join(work, "rpmbuild"),
      _tmppath: join(work, "tmp"),
      _rpmdir: join(work, "made"),
      _rpmfilename: "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
    };
    await run(
      "rpmbuild",
      [
        "-bb",
        `--target=${architecture.rpm}-linux`,
        ...Object.entries(defines).flatMap(
          ([name, value]) => ["--define", `${name} ${value}`],
        ),
        spec,
      ],
      { env: { SOURCE_DATE_EPOCH: `${time}` } },
    );
    await Deno.mkdir(out, { recursive: true });
    const name = `${NAME}-${version}-${RELEASE}.${architecture.rpm}.rpm`;
    await Deno.copyFile(join(work, "made", name), join(out, name));
    return join(out, name);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const options = packageOptions(Deno.args);
  const path = await buildRpm(await ingredients(options), options.out);
  const { size } = await Deno.stat(path);
  console.log(`${path}: ${(size / 1024 / 1024).toFixed(1)} MiB`);
}
