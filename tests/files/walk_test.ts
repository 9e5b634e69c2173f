import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { FileError } from "../../src/errors.ts";
import {
  walk,
  type WalkedFile,
  type WalkOptions,
} from "../../src/files/walk.ts";
import type { Files } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import {
  makeRawNames,
  type TemporaryFolder,
  temporaryFolder,
} from "../testing.ts";

const { files } = createHost();

async function write(folder: TemporaryFolder, ...names: string[]) {
  for (const name of names) {
    const path = `${folder.path}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, name);
  }
}

async function collect(root: string, options: Partial<WalkOptions> = {}) {
  const problems: FileError[] = [];
  const found: WalkedFile[] = [];
  const onProblem = (problem: FileError) => problems.push(problem);
  for await (const file of walk(root, { files, onProblem, ...options })) {
    found.push(file);
  }
  return { found, problems, names: found.map(({ name }) => name) };
}

Deno.test("every file is found with its name, size and times", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/b/c.txt");
  const path = `${folder.path}/a/b/c.txt`;
  await Deno.utime(path, 1, -1.5);
  const info = await files.lstat(path);
  const { found, problems } = await collect(folder.path);
  assertEquals(problems, []);
  assertEquals(found, [{
    name: "a/b/c.txt",
    path,
    size: 9,
    mtime: Math.floor(info!.mtimeMs / 1000),
    identity: {
      dev: info!.dev,
      ino: info!.ino,
      size: 9,
      mtimeMs: info!.mtimeMs,
    },
  }]);
  assert(found[0].mtime < 0);
  assertEquals((await collect(`${folder.path}/`)).found, found);
});

Deno.test("files come folder by folder, names in the order of their code units", async () => {
  await using folder = await temporaryFolder();
  const names = ["B", "a-b", "a/1", "a/10", "a/2/z", "a/é", "b", "ф", "😀"];
  await write(folder, ...names.toReversed());
  // The folder "a" stands before the file "a-b".
  const expected = ["B", "a/1", "a/10", "a/2/z", "a/é", "a-b", "b", "ф", "😀"];
  assertEquals((await collect(folder.path)).names, expected);
});

Deno.test("a folder with many folders and files loses none and tells each problem once", async () => {
  await using folder = await temporaryFolder();
  const names = Array.from({ length: 150 }, (_, n) => {
    const name = `${n}`.padStart(3, "0");
    return n % 3 === 0 ? `${name}/f` : name;
  });
  await write(folder, ...names);
  await write(folder, "01\t0", "04\n0/f");
  const { names: found, problems } = await collect(folder.path);
  assertEquals(found, names);
  assertEquals(problems.length, 2);
});

Deno.test("a tree deeper than any call stack is walked", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "f");
  const depth = 12_000;
  // As a file system that has no limit on paths would show it.
  const deep: Files = {
    ...files,
    async *readDirectory(path) {
      const level = path.slice(folder.path.length).length / 2;
      yield* level < depth ? [{ name: "d", kind: "directory" as const }] : [];
    },
    lstat: () => files.stat(folder.path),
  };
  assertEquals((await collect(folder.path, { files: deep })).found, []);
});

Deno.test("what is no regular file is left out", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "file");
  await Deno.mkdir(folder.at("empty"));
  const fifo = await new Deno.Command("mkfifo", { args: [folder.at("fifo")] })
    .output();
  assert(fifo.success);
  using _socket = Deno.listen({ transport: "unix", path: folder.at("socket") });
  const { names, problems } = await collect(folder.path);
  assertEquals(names, ["file"]);
  assertEquals(problems, []);
});

Deno.test("links are left out, and taken for what they lead to on request", async () => {
  await using folder = await temporaryFolder();
  await using elsewhere = await temporaryFolder();
  await write(elsewhere, "x");
  await write(folder, "a/f");
  await Deno.symlink(folder.at("a", "f"), folder.at("to-file"));
  await Deno.symlink(elsewhere.path, folder.at("to-folder"));
  await Deno.symlink(folder.at("nowhere"), folder.at("dangling"));
  assertEquals((await collect(folder.path)).names, ["a/f"]);
  assertEquals((await collect(folder.path)).problems, []);
  const { names, problems } = await collect(folder.path, { follow: true });
  assertEquals(names, ["a/f", "to-file", "to-folder/x"]);
  assertEquals(problems.map(({ path }) => path), [folder.at("dangling")]);
});

Deno.test("links that lead in circles end", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/f", "b/g");
  await Deno.symlink("../b", folder.at("a", "to-b"));
  await Deno.symlink("../a", folder.at("b", "to-a"));
  await Deno.symlink("..", folder.at("a", "up"));
  await Deno.symlink("..", folder.at("b", "up"));
  const { names, problems } = await collect(folder.at("a"), { follow: true });
  assertEquals(names.slice(0, 2), ["f", "to-b/g"]);
  assert(problems.length > 0);
  assert(problems.every(({ message }) => message.includes("leads back")));
});

Deno.test("the root may be a link", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/f");
  await Deno.symlink(folder.at("a"), folder.at("link"));
  assertEquals((await collect(folder.at("link"))).names, ["f"]);
});

Deno.test("a folder that cannot be read is told, and the rest goes on", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/f", "b/f", "c/f");
  const refusing: Files = {
    ...files,
    readDirectory(path) {
      if (!path.endsWith("/b")) return files.readDirectory(path);
      throw Object.assign(new Error("EACCES: permission denied"), {
        code: "EACCES",
      });
    },
  };
  const { names, problems } = await collect(folder.path, { files: refusing });
  assertEquals(names, ["a/f", "c/f"]);
  assertEquals(problems.length, 1);
  assertEquals(problems[0].path, folder.at("b"));
  assertEquals(problems[0].problem, "failed");
  assert(problems[0].message.includes("EACCES"));
});

Deno.test("a file that vanishes meanwhile is told, and the rest goes on", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/1", "b/1", "b/2");
  const found: string[] = [];
  const problems: FileError[] = [];
  const racing: Files = {
    ...files,
    async *readDirectory(path) {
      yield* files.readDirectory(path);
      if (path.endsWith("/b")) await Deno.remove(folder.at("b", "1"));
    },
  };
  const onProblem = (problem: FileError) => problems.push(problem);
  for await (const file of walk(folder.path, { files: racing, onProblem })) {
    found.push(file.name);
  }
  assertEquals(found, ["a/1", "b/2"]);
  assertEquals(problems.map(({ problem }) => problem), ["vanished"]);
});

Deno.test("a name that no archive can have is told without control characters", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "good", "new\nline", "ta\tb/f");
  const { names, problems } = await collect(folder.path);
  assertEquals(names, ["good"]);
  assertEquals(problems.length, 2);
  assert(problems[0].message.includes("new\\x0aline"));
  assert(problems[1].message.includes("ta\\x09b"));
});

Deno.test("a name that is not UTF-8 is told, one with U+FFFD in it is a name", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "good\ufffd");
  await makeRawNames(folder.path, ["bad\\377"]);
  const { names, problems } = await collect(folder.path);
  assertEquals(names, ["good\ufffd"]);
  assertEquals(problems.length, 1);
  assert(problems[0].message.includes("is not valid UTF-8"));
});

const rawNames: [
  title: string,
  made: string[],
  found: string[],
  problems: string[],
][] = [
  ["one that looks like another's name", ["bad\\377", "bad\\357\\277\\275"], [
    "bad\ufffd",
  ], ["bad\ufffd"]],
  ["two that look alike", ["bad\\377", "bad\\376"], [], [
    "bad\ufffd",
    "bad\ufffd",
  ]],
  [
    "two that look like another's name",
    [
      "bad\\377",
      "bad\\376",
      "bad\\357\\277\\275",
      "z",
    ],
    ["bad\ufffd", "z"],
    ["bad\ufffd", "bad\ufffd"],
  ],
  [
    "a folder, of which nothing below is told",
    [
      "dir\\377/sub/",
      "dir\\377/a",
      "dir\\377/b\\377",
      "dir\\377/sub/c",
      "e",
    ],
    ["e"],
    ["dir\ufffd"],
  ],
  ["a folder that looks like a file's name", [
    "x\\377/",
    "x\\377/a",
    "x\\357\\277\\275",
  ], [
    "x\ufffd",
  ], ["x\ufffd"]],
  ["a file that looks like a folder's name", [
    "x\\377",
    "x\\357\\277\\275/",
    "x\\357\\277\\275/a",
  ], [
    "x\ufffd/a",
  ], ["x\ufffd"]],
  ["one deep below", ["a/b/", "a/b/c\\200", "a/b/d"], ["a/b/d"], [
    "a/b/c\ufffd",
  ]],
  [
    "a surrogate, and a character written too long",
    [
      "s\\355\\240\\200",
      "o\\300\\257",
    ],
    [],
    ["o\ufffd\ufffd", "s\ufffd\ufffd\ufffd"],
  ],
  [
    "a mark of byte order, which is text",
    ["\\357\\273\\277a"],
    ["\ufeffa"],
    [],
  ],
  ["names in other writings, which are text", ["\\303\\251", "e\\314\\201"], [
    "e\u0301",
    "\u00e9",
  ], []],
];

for (const [title, made, found, told] of rawNames) {
  Deno.test(`names of bytes: ${title}`, async () => {
    await using folder = await temporaryFolder();
    await makeRawNames(folder.path, made);
    const { names, problems } = await collect(folder.path);
    assertEquals(names, found);
    assertEquals(
      problems.map(({ path }) => path).sort(),
      told.map((name) => folder.at(name)).sort(),
    );
    for (const { message } of problems) {
      assertStringIncludes(message, "its name is not valid UTF-8");
    }
  });
}

Deno.test("folders that are not to be entered are not read", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a/b/f", "a/c/f", "b/f");
  const asked: string[] = [];
  const { names } = await collect(folder.path, {
    enter(name) {
      asked.push(name);
      return name !== "a/b";
    },
  });
  assertEquals(names, ["a/c/f", "b/f"]);
  assertEquals(asked, ["a", "a/b", "a/c", "b"]);
});

Deno.test("a root that cannot be walked is an error", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "file");
  for (const name of ["missing", "file"]) {
    const error = await assertRejects(
      () => collect(folder.at(name)),
      FileError,
      folder.at(name),
    );
    assertEquals(error.path, folder.at(name));
  }
});

Deno.test("a walk ends when it is aborted", async () => {
  await using folder = await temporaryFolder();
  await write(folder, "a", "b", "c");
  const controller = new AbortController();
  const reason = new Error("stop");
  const seen: string[] = [];
  const error = await assertRejects(async () => {
    for await (
      const { name } of walk(folder.path, { files, signal: controller.signal })
    ) {
      seen.push(name);
      controller.abort(reason);
    }
  });
  assertEquals(error, reason);
  assertEquals(seen, ["a"]);
});

Deno.test("what is wrong with names that are not wanted is not told", async () => {
  await using folder = await temporaryFolder();
  const problems: string[] = [];
  await makeRawNames(folder.path, [
    "bad\\377.tmp",
    "bad\\377.txt",
    "dir\\376/",
  ]);
  for (const name of ["a\tb.tmp", "a\tb.txt", "x.tmp", "x.txt"]) {
    await Deno.writeTextFile(folder.at(name), "x");
  }
  for (const name of ["link.tmp", "link.txt"]) {
    await Deno.symlink("/nowhere", folder.at(name));
  }
  const found = await Array.fromAsync(walk(folder.path, {
    files,
    follow: true,
    take: (name) => !name.endsWith(".tmp"),
    enter: (name) => !name.startsWith("dir"),
    onProblem: ({ path }) => problems.push(path.slice(folder.path.length + 1)),
  }));
  assertEquals(found.map(({ name }) => name), ["x.txt"]);
  assertEquals(problems.sort(), ["a\tb.txt", "bad\ufffd.txt", "link.txt"]);
});
