/**
 * The bytes of an archive, read from its blobs while they are sent.
 *
 * @module
 */

import type { Segment } from "./archive_table.ts";
import type { ServerContext } from "./context.ts";

/** How much is read at a time, in bytes. */
const CHUNK_SIZE = 256 * 1024;

/** Reads `size` bytes of a blob from `offset`; fails where it has fewer. */
async function* readBlob(
  { blobs }: ServerContext,
  id: string,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using file = await blobs.open(id);
  let done = 0;
  while (done < size) {
    const chunk = new Uint8Array(Math.min(CHUNK_SIZE, size - done));
    const read = await file.read(chunk, offset + done);
    if (read === 0) {
      throw new Error(`Blob ${id} ends after ${offset + done} bytes`);
    }
    done += read;
    yield chunk.subarray(0, read);
  }
}

async function* readSegments(
  context: ServerContext,
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const segment of segments) {
    const from = Math.max(start, segment.start);
    const to = Math.min(end, segment.start + segment.size);
    yield* readBlob(context, segment.blob, from - segment.start, to - from);
  }
}

/**
 * The bytes from `start` up to but not including `end`. A file that cannot be
 * read breaks the stream: what was sent so far must not look whole.
 *
 * @param segments those that hold the range, in their order
 */
export function streamArchive(
  context: ServerContext,
  segments: readonly Segment[],
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return streamChunks(context, readSegments(context, segments, start, end));
}

/** The chunks as the body of an answer, each made when it is asked for. A failure breaks the stream. */
export function streamChunks(
  context: Pick<ServerContext, "signal" | "report">,
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let cancelled = false;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        context.signal.throwIfAborted();
        const { done, value } = await chunks.next();
        // The client may have gone meanwhile; then nothing can be closed.
        if (cancelled) return;
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        await chunks.return(undefined);
        if (!context.signal.aborted) context.report(error);
        throw error;
      }
    },
    async cancel() {
      cancelled = true;
      await chunks.return(undefined);
    },
  }, { highWaterMark: 0 });
}
