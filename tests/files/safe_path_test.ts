import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FileError, UnsafeNameError } from "../../src/errors.ts";
import { safePath } from "../../src/files/safe_path.ts";
import type { Files } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import { temporaryFolder } from "../testing.ts";

const { files } = createHost();

function listing(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("the path is below the folder, and the folders on the way are made", async () => {
  await using folder = await temporaryFolder();
  const dir = folder.at("new", "dir");
  const path = await safePath(dir, "a/b/c.txt", { files });
  assertEquals(path, `${await Deno.realPath(folder.path)}/new/dir/a/b/c.txt`);
  assertEquals(listing(folder.at("new", "dir", "a", "b")), []);
  // And again, where they are there.
  assertEquals(await safePath(dir, "a/b/c.txt", { files }), path);
});

Deno.test("nothing is made where that is not wanted", async () => {
  await using folder = await temporaryFolder();
  const options = { files, create: false };
  const path = await safePath(folder.path, "a/b", options);
  assertEquals(path, `${await Deno.realPath(folder.path)}/a/b`);
  assertEquals(listing(folder.path), []);
});

Deno.test("a name that leads out of the folder is refused and makes nothing", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("dir"));
  for (const name of ["../x", "a/../../x", "/etc/x", "a/", "", ".", "a\0b/c"]) {
    await assertRejects(
      () => safePath(folder.at("dir"), name, { files }),
      UnsafeNameError,
    );
  }
  assertEquals(listing(folder.at("dir")), []);
  assertEquals(listing(folder.path), ["dir"]);
});

Deno.test("a link on the way is refused, wherever it leads", async () => {
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  await Deno.mkdir(folder.at("real", "sub"), { recursive: true });
  await Deno.symlink(outside.path, folder.at("out"));
  await Deno.symlink(folder.at("real"), folder.at("in"));
  await Deno.symlink(folder.at("nowhere"), folder.at("real", "dangling"));
  for (const name of ["out/f", "in/f", "in/sub/f", "real/dangling/f"]) {
    for (const create of [true, false]) {
      await assertRejects(
        () => safePath(folder.path, name, { files, create }),
        UnsafeNameError,
        "is a link",
      );
    }
  }
  assertEquals(listing(outside.path), []);
});

Deno.test("a link put in place at the last moment is refused", async () => {
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  const racing: Files = {
    ...files,
    async makeDirectory(path) {
      if (path.endsWith("/a")) await Deno.symlink(outside.path, path);
      await files.makeDirectory(path);
    },
  };
  await assertRejects(
    () => safePath(folder.path, "a/f", { files: racing }),
    UnsafeNameError,
  );
});

Deno.test("the folder itself may be a link", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("real"));
  await Deno.symlink(folder.at("real"), folder.at("link"));
  assertEquals(
    await safePath(folder.at("link"), "a/f", { files }),
    `${await Deno.realPath(folder.at("real"))}/a/f`,
  );
});

Deno.test("a file on the way is an error that names it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("a"), "");
  const error = await assertRejects(
    () => safePath(folder.path, "a/b/c", { files }),
    FileError,
    "is not a folder",
  );
  assertEquals(error.path, `${await Deno.realPath(folder.path)}/a`);
});

Deno.test("whatever the name, what is made is below the folder", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("dir"));
  const part = fc.constantFrom("a", "b", ".", "..", "/", "\\", "\n", "C:", " ");
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      let path: string;
      try {
        path = await safePath(folder.at("dir"), parts.join(""), { files });
      } catch (error) {
        assert(error instanceof UnsafeNameError);
        return;
      }
      const parent = await Deno.realPath(path.slice(0, path.lastIndexOf("/")));
      const dir = await Deno.realPath(folder.at("dir"));
      assert(`${parent}/`.startsWith(`${dir}/`));
    }),
  );
  assertEquals(listing(folder.path), ["dir"]);
});

Deno.test("names that Windows would take for something else are refused there", async () => {
  const made: string[] = [];
  const windows: Files = {
    ...files,
    realPath: () => Promise.resolve("C:\\data"),
    makeDirectory: (path) => Promise.resolve(void made.push(path)),
    lstat: () =>
      Promise.resolve({
        kind: "directory",
        size: 0,
        mtimeMs: 0,
        ino: 0,
        dev: 0,
      }),
  };
  for (
    const name of [
      "..\\..\\x",
      "a/b\\c",
      "C:x",
      "file:stream",
      "a./b",
      "a/b ",
      "NUL",
      "nul.txt",
      "a/com1/b",
      "what?",
      `a/${"n".repeat(256)}`,
    ]
  ) {
    await assertRejects(
      () => safePath("dir", name, { files: windows }),
      UnsafeNameError,
      name,
    );
  }
  assertEquals(
    await safePath("dir", "console/nulls.txt", { files: windows }),
    "C:\\data/console/nulls.txt",
  );
  await safePath("dir", `a/${"n".repeat(255)}`, { files: windows });
});
