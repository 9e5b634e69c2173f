import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import {
  compileArgs,
  compileEnvironment,
  CompileError,
  embeddedMetadata,
  executableName,
  faultsOf,
  type Metadata,
  parseWish,
  sha256Sums,
  STATUS,
  type Target,
  TARGETS,
} from "../../scripts/compile.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const known = Object.keys(TARGETS) as Target[];

Deno.test("an executable's name says what it is for", () => {
  assertEquals(
    known.map((target) => executableName("0.1.0", target)),
    [
      "moraine-0.1.0-linux-x86_64",
      "moraine-0.1.0-linux-aarch64",
      "moraine-0.1.0-macos-x86_64",
      "moraine-0.1.0-macos-aarch64",
      "moraine-0.1.0-windows-x86_64.exe",
    ],
  );
});

Deno.test("deno compile is given no more permissions than moraine has, and embeds its worker", () => {
  for (const target of known) {
    assertEquals(compileArgs(target, "/tmp/moraine.js", "dist/x"), [
      "compile",
      "--quiet",
      "--no-config",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--no-check",
      "--no-code-cache",
      "--app-name=moraine",
      `--target=${target}`,
      "--output=dist/x",
      "--include=/tmp/moraine.js",
      "--no-prompt",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--deny-import",
      "/tmp/moraine.js",
    ]);
  }
});

Deno.test("nothing of whoever compiles is kept in the executable", () => {
  assertEquals(
    compileEnvironment({
      PATH: "/bin",
      DENO_DIR: "/deno",
      DENORT_BIN: "/denort",
      DENO_CERT: "",
      DENO_NO_PROMPT: "1",
      DENO_V8_FLAGS: "--no-opt",
      OTEL_DENO: "true",
      NODE_OPTIONS: "--x",
    }),
    { PATH: "/bin", DENO_DIR: "/deno", DENORT_BIN: "/denort" },
  );
});

Deno.test("what is to be made, and into which folder", () => {
  const [one, other] = known;
  const words = ["--target", other, "--target", one, "--target", other];
  assertEquals(parseWish([...words, "--out", "x"], undefined), {
    targets: [other, one],
    out: "x",
  });
  assertEquals(parseWish([], undefined), {
    targets: known,
    out: `${root}dist`,
  });
  assertEquals(parseWish(["--target", one], "/denort").targets, [one]);
  const refused: [args: string[], denortBin: string | undefined, RegExp][] = [
    [["--target", "vax"], undefined, /^Unknown target vax \(there are x86_64/],
    [["--targets"], undefined, /--targets/],
    [["dist"], undefined, /dist/],
    [[], "/denort", /^DENORT_BIN is for one target/],
  ];
  for (const [args, denortBin, message] of refused) {
    const error = assertThrows(
      () => parseWish(args, denortBin),
      CompileError,
    ) as CompileError;
    assertMatch(error.message, message);
    assertEquals(error.status, STATUS.usage);
  }
});

const METADATA: Metadata = {
  entrypoint_key: "moraine.js",
  code_cache_key: null,
  permissions: {
    allow_net: [],
    allow_read: [],
    allow_write: [],
    allow_env: [],
    allow_sys: [],
    allow_run: null,
    allow_ffi: null,
    deny_import: [],
    prompt: false,
  },
};

/** What Deno embeds. */
function section(metadata: unknown, bundle = "the bundle"): Uint8Array {
  const json = Buffer.from(JSON.stringify(metadata));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([
    Buffer.from("d3n0l4nd"),
    length,
    json,
    Buffer.from(bundle),
  ]);
}

/** A base runtime, which has the magic word itself. */
const RUNTIME = Buffer.from("ELF d3n0l4nd d3n0l4nd\0\0\0\0\0\0\0\0{d3n0l4nd");

const bundle = new TextEncoder().encode("the bundle");

Deno.test("what Deno embeds is found behind whatever else looks like it", () => {
  assertEquals(
    embeddedMetadata(Buffer.concat([RUNTIME, section(METADATA)])),
    METADATA,
  );
  assertEquals(embeddedMetadata(RUNTIME), undefined);
  assertEquals(embeddedMetadata(section(METADATA).subarray(0, 50)), undefined);
});

Deno.test("an executable that isn't as it should be is told from one that is", () => {
  const faults = (metadata: unknown, code?: string) =>
    faultsOf(Buffer.concat([RUNTIME, section(metadata, code)]), bundle);
  const permitted = (more: Record<string, unknown>) => ({
    ...METADATA,
    permissions: { ...METADATA.permissions, ...more },
  });
  assertEquals(faults(METADATA), []);
  assertEquals(faults(METADATA, "the bundl"), ["the bundle is not in it"]);
  assertEquals(faultsOf(RUNTIME, bundle), ["nothing is embedded in it"]);
  assertEquals(faults(permitted({ allow_run: [] })), [
    "allow_run is [], not null",
  ]);
  assertEquals(faults(permitted({ allow_ffi: ["/lib"] })), [
    'allow_ffi is ["/lib"], not null',
  ]);
  assertEquals(faults(permitted({ allow_net: null, prompt: true })), [
    "allow_net is null, not []",
    "it asks for permissions",
  ]);
  assertEquals(faults(permitted({ deny_import: null })), [
    "it imports from other hosts",
  ]);
  assertEquals(
    faults({ ...METADATA, code_cache_key: 1, entrypoint_key: "other.js" }),
    ["it keeps a code cache", "it starts with other.js"],
  );
});

Deno.test("checksums are in sha256sum's form", () => {
  assertEquals(
    sha256Sums([["a b", new Uint8Array()]]),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a b\n",
  );
});

/** Runs the script for this machine, into a folder. */
async function compile(out: string, env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", "--allow-write"],
      ...["--allow-env", "--allow-run", `${root}scripts/compile.ts`],
      ...["--target", `${Deno.build.arch}-unknown-linux-gnu`, "--out", out],
    ],
    env,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

// Any program of the target's kind takes what is embedded, if not runs it.
Deno.test({
  name:
    "with a base runtime given, an executable is made, the same each time, with its checksums",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const [first, second] = [folder.at("first"), folder.at("second")];
    const env = {
      DENORT_BIN: "/bin/true",
      SOURCE_DATE_EPOCH: "1700000000",
      DENO_NO_PROMPT: "",
    };
    const name = `moraine-${denoJson.version}-linux-${Deno.build.arch}`;
    const bill = `moraine-${denoJson.version}.cdx.json`;
    const runs = await Promise.all([compile(first, env), compile(second, env)]);
    for (const { code, err } of runs) assertEquals(code, 0, err);
    const paths = [name, bill, "SHA256SUMS"].map((each) => `${first}/${each}`);
    assertEquals(runs[0].out, paths.map((path) => `${path}\n`).join(""));
    for (const each of [name, bill, "SHA256SUMS"]) {
      const bytes = Buffer.from(await Deno.readFile(`${first}/${each}`));
      assert(bytes.equals(await Deno.readFile(`${second}/${each}`)), each);
    }
    assert(((await Deno.stat(paths[0])).mode! & 0o111) !== 0);
    await checked(first, [`${name}: OK`, `${bill}: OK`]);
    await Deno.writeTextFile(paths[1], "{}");
    await checked(first, [`${name}: OK`, `${bill}: FAILED`]);
  },
});

/** Has sha256sum look at the files. */
async function checked(cwd: string, lines: string[]): Promise<void> {
  const { stdout } = await new Deno.Command("sha256sum", {
    args: ["--check", "SHA256SUMS"],
    env: { LC_ALL: "C" },
    cwd,
  }).output();
  assertEquals(
    new TextDecoder().decode(stdout),
    lines.map((line) => `${line}\n`).join(""),
  );
}

/** A folder for Deno that has all that this process's has but base runtimes. */
async function withoutRuntime(folder: TemporaryFolder): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const dir = folder.at("deno");
  await Deno.mkdir(dir);
  for (const { name } of Deno.readDirSync(denoDir)) {
    if (name !== "dl") {
      await Deno.symlink(`${denoDir}/${name}`, `${dir}/${name}`);
    }
  }
  // The bundler is there, too.
  await Deno.mkdir(`${dir}/dl`);
  for (const { name } of Deno.readDirSync(`${denoDir}/dl`)) {
    if (/esbuild/.test(name)) {
      await Deno.symlink(`${denoDir}/dl/${name}`, `${dir}/dl/${name}`);
    }
  }
  return dir;
}

Deno.test({
  name: "where the base runtime can't be fetched, one sentence says what to do",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    // Nobody listens there.
    const proxy = "http://127.0.0.1:1";
    const { code, out, err } = await compile(folder.at("out"), {
      DENO_DIR: await withoutRuntime(folder),
      DENORT_BIN: "",
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      NO_PROXY: "",
      no_proxy: "",
    });
    assertEquals([code, out], [69, ""], err);
    assertMatch(
      err,
      /^ERROR: Deno's base runtime for \S+ cannot be fetched from https:\/\/\S+ \(.*\): run this where that can be reached, or set DENORT_BIN to .*\n$/,
    );
  },
});
