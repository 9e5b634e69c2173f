/**
 * HTTP on a bare connection: sends any bytes, and reads what comes back.
 *
 * @module
 */

/** An answer as it came. */
export interface RawAnswer {
  status: number;
  /** By lower-case name. */
  headers: Map<string, string>;
  body: string;
}

/** How to send. */
export interface SendOptions {
  /** Says that nothing more will come, and goes on reading. */
  end?: boolean;
}

const DECODER = new TextDecoder("latin1");

function parseHead(head: string): RawAnswer {
  const [line, ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const [name, ...value] = line.split(":");
    return [name.toLowerCase(), value.join(":").trim()];
  });
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1]),
    headers: new Map(headers),
    body: "",
  };
}

/** The body in chunks that are whole; `undefined` where the last is missing. */
function joinChunks(text: string): string | undefined {
  let body = "";
  for (let rest = text;;) {
    const [line] = rest.split("\r\n", 1);
    const size = parseInt(line, 16);
    const begin = line.length + 2;
    if (!(rest.length >= begin + size + 2)) return undefined;
    if (size === 0) return body;
    body += rest.slice(begin, begin + size);
    rest = rest.slice(begin + size + 2);
  }
}

/** The body at the begin of a text; `undefined` where more must come. */
function bodyIn(
  text: string,
  { status, headers }: RawAnswer,
  ended: boolean,
): string | undefined {
  if (status === 204) return "";
  if (headers.has("transfer-encoding")) return joinChunks(text);
  const length = headers.get("content-length");
  if (length === undefined) return ended ? text : undefined;
  return text.length < Number(length)
    ? undefined
    : text.slice(0, Number(length));
}

/** The first answer in what has come; `undefined` where more must come. */
function parseAnswer(text: string, ended: boolean): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const answer = parseHead(text.slice(0, end));
  const rest = text.slice(end + 4);
  // Such as `100 Continue`, which the answer follows.
  if (answer.status < 200) return parseAnswer(rest, ended);
  const body = bodyIn(rest, answer, ended);
  return body === undefined ? undefined : { ...answer, body };
}

/**
 * Sends bytes on a new connection; resolves to the answer, or `undefined` where
 * the connection is closed without one. Doesn't send more once there is an
 * answer.
 */
export async function sendRaw(
  port: number,
  bytes: Uint8Array,
  { end = false }: SendOptions = {},
): Promise<RawAnswer | undefined> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let answered = false;
  const send = async () => {
    for (let sent = 0; sent < bytes.length && !answered;) {
      sent += await connection.write(bytes.subarray(sent, sent + 65536));
    }
    if (end && !answered) await connection.closeWrite();
  };
  // Fails where the other side has heard enough; its answer may come yet.
  const sending = send().catch(() => {});
  let text = "";
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await connection.read(buffer).catch(() => null);
      if (count !== null) text += DECODER.decode(buffer.subarray(0, count));
      const answer = parseAnswer(text, count === null);
      if (answer !== undefined || count === null) return answer;
    }
  } finally {
    answered = true;
    connection.close();
    await sending;
  }
}
