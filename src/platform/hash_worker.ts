/**
 * Entry of a hash worker's thread when the program runs from source.
 *
 * @module
 */

import { serveHashWorker } from "./worker_scope.ts";

serveHashWorker();
