/**
 * An npm registry on this machine that has one package, as if it were
 * published; for all others it sends npm to the registry that npm is set to.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** What a package's package.json has at least. */
export interface Manifest {
  name: string;
  version: string;
}

/** A registry that runs until it is disposed of. */
export interface NpmRegistry extends AsyncDisposable {
  /** What npm's setting `registry` has to be. */
  url: string;
}

/**
 * Starts the registry on a free port.
 *
 * @param upstream the registry of all other packages
 */
export function servePackage(
  manifest: Manifest,
  tarball: Uint8Array<ArrayBuffer>,
  upstream: string,
): NpmRegistry {
  const { name, version } = manifest;
  const file = `/${name}/-/${version}.tgz`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => {
      const { origin, pathname, search } = new URL(url);
      // npm writes the slash of the name as %2f.
      const path = decodeURIComponent(pathname);
      if (path === file) return new Response(tarball);
      if (path === `/${name}`) {
        return Response.json(packument(manifest, tarball, origin + file));
      }
      const elsewhere = upstream.replace(/\/*$/, pathname + search);
      // Keeps the method, unlike 302.
      return Response.redirect(elsewhere, 307);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What a registry tells of a package that has one version. */
function packument(
  manifest: Manifest,
  tarball: Uint8Array<ArrayBuffer>,
  url: string,
) {
  const { name, version } = manifest;
  const hash = createHash("sha512").update(tarball).digest("base64");
  const dist = { tarball: url, integrity: `sha512-${hash}` };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
  };
}
