/**
 * The server as a process of its own, to be bundled for Node: takes the folder
 * as its argument, prints the port, and reports its failures to standard error.
 *
 * @module
 */

import process from "node:process";
import { createHost } from "../../../src/platform/host.ts";
import { serveHttp } from "../../../src/platform/serve_http.ts";
import { openGlacierServer } from "../../../src/server/server.ts";

const options = JSON.parse(process.argv[2]);
const server = await openGlacierServer({
  ...options,
  platform: createHost(),
  onFailure: (error) => console.error(error),
});
const http = await serveHttp(server.fetch, { hostname: "127.0.0.1", port: 0 });
console.log(http.port);
