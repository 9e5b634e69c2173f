import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { servePackage } from "../../scripts/npm_registry.ts";

const manifest = { name: "@a/b", version: "1.2.3", bin: { b: "b.js" } };
const tarball = new TextEncoder().encode("packed");
const UPSTREAM = "https://registry.example/npm/";

Deno.test("the registry has one package, whose tarball has the hash that it tells", async () => {
  await using registry = servePackage(manifest, tarball, UPSTREAM);
  for (const path of ["@a%2fb", "@a/b"]) {
    const answer = await (await fetch(registry.url + path)).json();
    const { dist, ...told } = answer.versions["1.2.3"];
    assertEquals(told, manifest);
    assertEquals(answer["dist-tags"], { latest: "1.2.3" });
    const bytes = await (await fetch(dist.tarball)).bytes();
    assertEquals(bytes, tarball);
    const hash = createHash("sha512").update(bytes).digest("base64");
    assertEquals(dist.integrity, `sha512-${hash}`);
  }
});

Deno.test("the registry leaves all other packages to another one", async () => {
  // npm's setting has the slash at its end or hasn't.
  for (const upstream of [UPSTREAM, UPSTREAM.slice(0, -1)]) {
    await using registry = servePackage(manifest, tarball, upstream);
    for (const path of ["@a%2fc", "hono?write=true", "b/-/b-1.2.3.tgz"]) {
      const { status, headers, body } = await fetch(registry.url + path, {
        redirect: "manual",
      });
      await body?.cancel();
      assertEquals([status, headers.get("location")], [307, UPSTREAM + path]);
    }
  }
});
