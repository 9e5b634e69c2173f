/**
 * A service that takes everything and keeps nothing, in a process of its own:
 * what is left of a measurement is the client. Prints its address once it
 * listens.
 *
 * It knows one archive, of as many MiB as its argument says, whose retrieval
 * is ready; every MiB of that is the same.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { combineParts, sha256 } from "../../src/treehash/tree_hash.ts";

const MiB = 1024 * 1024;

/** What the one archive is called. */
export const ARCHIVE_ID = "S".repeat(138);

/** The bytes that it repeats. */
export function archiveBlock(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: MiB }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

/** The tree hash of so many such blocks, in hexadecimal. */
export async function blocksTreeHash(count: number): Promise<string> {
  const hash = await sha256(archiveBlock());
  const parts = Array.from({ length: count }, () => ({ hash, size: MiB }));
  return encodeHex(await combineParts(parts));
}

if (import.meta.main) serve(Number(Deno.args[0] ?? 1));

function serve(mebibytes: number): void {
  const block = archiveBlock();
  const hashes = new Map<number, Promise<string>>();
  let made = 0;

  const created = (request: Request) =>
    new Response(null, {
      status: 201,
      headers: {
        "x-amz-archive-id": String(++made).padStart(138, "A"),
        "x-amz-sha256-tree-hash": request.headers.get(
          "x-amz-sha256-tree-hash",
        )!,
        "location": "/-/vaults/bench/archives/x",
      },
    });

  const output = async (range: string | null) => {
    const size = mebibytes * MiB;
    const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
    const start = Number(match?.[1] ?? 0);
    const end = match?.[2] ? Number(match[2]) + 1 : size;
    const blocks = (end - start) / MiB;
    if (!hashes.has(blocks)) hashes.set(blocks, blocksTreeHash(blocks));
    let left = blocks;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(block);
        else controller.close();
      },
    });
    return new Response(body, {
      status: match ? 206 : 200,
      headers: {
        "content-length": String(end - start),
        "x-amz-sha256-tree-hash": await hashes.get(blocks)!,
        ...(match && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
      },
    });
  };

  const json = (value: unknown) =>
    new Response(JSON.stringify(value), {
      headers: { "content-type": "application/json" },
    });

  const answer = (request: Request): Response | Promise<Response> => {
    const { pathname } = new URL(request.url);
    const [, , , , things, id, more] = pathname.split("/");
    switch (`${request.method} ${things ?? ""}`) {
      case "GET ":
        return json({
          CreationDate: "2012-03-20T17:03:43.221Z",
          LastInventoryDate: null,
          NumberOfArchives: 0,
          SizeInBytes: 0,
          VaultARN: "arn:aws:glacier:eu-west-1:012345678901:vaults/bench",
          VaultName: "bench",
        });
      case "POST archives":
        return created(request);
      case "DELETE archives":
      case "DELETE multipart-uploads":
        return new Response(null, { status: 204 });
      case "GET multipart-uploads":
        return json({ Marker: null, UploadsList: [] });
      case "POST multipart-uploads":
        if (id) return created(request);
        return new Response(null, {
          status: 201,
          headers: { "x-amz-multipart-upload-id": `upload-${++made}` },
        });
      case "PUT multipart-uploads":
        return new Response(null, {
          status: 204,
          headers: {
            "x-amz-sha256-tree-hash": request.headers.get(
              "x-amz-sha256-tree-hash",
            )!,
          },
        });
      case "GET jobs":
        if (more === "output") return output(request.headers.get("range"));
        return json({
          Marker: null,
          JobList: [{
            Action: "ArchiveRetrieval",
            ArchiveId: ARCHIVE_ID,
            ArchiveSizeInBytes: mebibytes * MiB,
            Completed: true,
            CreationDate: new Date().toISOString(),
            JobId: "job",
            RetrievalByteRange: `0-${mebibytes * MiB - 1}`,
            StatusCode: "Succeeded",
            VaultARN: "arn:aws:glacier:eu-west-1:012345678901:vaults/bench",
          }],
        });
      case "POST jobs":
        return new Response(null, {
          status: 202,
          headers: { "x-amz-job-id": `job-${++made}`, location: "/" },
        });
      default:
        return new Response(null, { status: 404 });
    }
  };

  Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  }, async (request) => {
    if (request.body) { for await (const _ of request.body); }
    return await answer(request);
  });
}
