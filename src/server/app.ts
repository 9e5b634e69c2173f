/**
 * From a request to an answer: who sent it, which operation it asks for, and
 * what the answer has in common with all others.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { Hono } from "hono";
import { sha256 } from "../treehash/tree_hash.ts";
import { routeAccessPolicies } from "./access_policies.ts";
import { routeArchives } from "./archives.ts";
import { routeCapacity } from "./capacity.ts";
import type { Authenticator } from "./auth.ts";
import type { RouteEnvironment, ServerContext } from "./context.ts";
import { createControl } from "./control.ts";
import { routeDataRetrieval } from "./data_retrieval.ts";
import { type Respond, respondFaultily } from "./faults.ts";
import { newRequestId } from "./ids.ts";
import { routeJobs } from "./jobs.ts";
import { routeNotifications } from "./notifications.ts";
import { operationOf } from "./operation_of.ts";
import { checkVersion } from "./parameters.ts";
import { hashHeader, readSmallBody } from "./payload.ts";
import { enforcePolicies } from "./policy_enforcement.ts";
import { Refusal, refusalResponse } from "./refusal.ts";
import { routeTags } from "./tags.ts";
import { routeUploads } from "./uploads.ts";
import { routeVaultLocks } from "./vault_locks.ts";
import { routeVaults } from "./vaults.ts";

/** Requests whose payload may be large. */
const UPLOADS: readonly unknown[] = ["UploadArchive", "UploadMultipartPart"];

function unknownRequest(): Refusal {
  return new Refusal("BadRequest", "The request cannot be processed");
}

function checkUrl({ url }: Request): void {
  if (URL.canParse(url)) return;
  throw new Refusal("BadRequest", "The URL of the request is not valid");
}

/**
 * Letters, digits and `-._` need no escapes and get none from any client. With
 * them a path would be one thing here and another to the routes.
 */
function checkEscapes(pathname: string): void {
  for (const [, hex] of pathname.matchAll(/%([0-9a-f]{2})/gi)) {
    const character = String.fromCharCode(parseInt(hex, 16));
    if (/[\w.-]/.test(character)) throw unknownRequest();
  }
}

/** Every path begins with the account's ID, or with `-` for that of the key. */
function checkAccount(pathname: string, account: string): void {
  const [, first] = pathname.split("/", 2);
  if (first === "-" || first === account) return;
  throw new Refusal(
    "AccessDeniedException",
    `The account ID in the path does not match the credentials: ${first}`,
  );
}

function createRoutes(context: ServerContext): Hono<RouteEnvironment> {
  const app = new Hono<RouteEnvironment>();
  routeVaults(app, context);
  routeArchives(app, context);
  routeUploads(app, context);
  routeJobs(app, context);
  routeTags(app, context);
  routeNotifications(app, context);
  routeAccessPolicies(app, context);
  routeVaultLocks(app, context);
  routeDataRetrieval(app, context);
  routeCapacity(app, context);
  app.notFound(() => {
    throw unknownRequest();
  });
  // hono's own answer would not be in the service's form.
  app.onError((error) => {
    throw error;
  });
  return app;
}

/** The answer where something failed; what is no refusal is a defect or a broken disk. */
function failureResponse(context: ServerContext, error: unknown): Response {
  if (error instanceof Refusal) return refusalResponse(error);
  context.report(error);
  return refusalResponse(
    new Refusal(
      "ServiceUnavailableException",
      "The service cannot complete the request",
    ),
  );
}

/** Makes the function that answers requests. It rejects with {@linkcode ConnectionDropped} alone. */
export function createApp(
  context: ServerContext,
  authenticator: Authenticator,
  options: { control: boolean },
): Respond {
  const routes = createRoutes(context);
  const control = options.control ? createControl(context) : undefined;

  async function answer(request: Request): Promise<Response> {
    const operation = operationOf(request);
    const upload = UPLOADS.includes(operation);
    const smallBody = upload
      ? new Uint8Array()
      : await readSmallBody(context, request);
    // The payload of an upload is compared with its hash when it has come.
    const hash = upload
      ? hashHeader(request, "x-amz-content-sha256")
      : encodeHex(await sha256(smallBody));
    await authenticator.verify(request, hash);
    const { pathname } = new URL(request.url);
    checkEscapes(pathname);
    checkAccount(pathname, context.account);
    checkVersion(request.headers);
    enforcePolicies(context, operation, pathname);
    return await routes.fetch(request, { smallBody });
  }

  async function settle(
    request: Request,
    respond: Respond,
  ): Promise<Response> {
    try {
      checkUrl(request);
      return await respond(request);
    } catch (error) {
      return failureResponse(context, error);
    } finally {
      if (request.body !== null && !request.bodyUsed) {
        await request.body.cancel().catch(() => {});
      }
    }
  }

  return async (request) => {
    const response = control?.isFor(request)
      ? await settle(request, control.respond)
      : await respondFaultily(context, request, (each) => settle(each, answer));
    response.headers.set("x-amzn-requestid", newRequestId());
    const date = new Date(context.machineClock.now());
    response.headers.set("date", date.toUTCString());
    return response;
  };
}
