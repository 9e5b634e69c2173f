/**
 * What a vault's policies forbid ("Policy evaluation logic" in the IAM user
 * guide). All keys of the server are the account's own, which may do everything
 * that no policy denies: statements that allow change nothing.
 *
 * @module
 */

import {
  type ConditionContext,
  matchesPattern,
  meets,
} from "./policy_condition.ts";

/** A request, as far as policies are about it. */
export interface PolicyRequest {
  /** Such as `glacier:DeleteArchive`. */
  action: string;
  /** The vault's Amazon Resource Name. */
  resource: string;
  /** Who asks: 12 digits. */
  account: string;
  context: ConditionContext;
}

/** A statement whose form has been checked. */
interface Statement {
  Effect: "Allow" | "Deny";
  Principal?: Principal;
  NotPrincipal?: Principal;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
}

type Principal = "*" | Record<string, string | string[]>;

/** Whether the account is meant, and not only some of its users. */
function isMeant(principal: Principal, account: string): boolean {
  if (principal === "*") return true;
  const named = ["*", account, `arn:aws:iam::${account}:root`];
  return [principal.AWS ?? []].flat().some((each) => named.includes(each));
}

function matchesAny(text: string, patterns: string | string[]): boolean {
  return [patterns].flat().some((pattern) => matchesPattern(text, pattern));
}

/** Actions differ in more than their case. */
function matchesAction(action: string, patterns: string | string[]): boolean {
  const lower = [patterns].flat().map((pattern) => pattern.toLowerCase());
  return matchesAny(action.toLowerCase(), lower);
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const { Principal, NotPrincipal, Action, NotAction } = statement;
  const { Resource, NotResource, Condition = {} } = statement;
  const { account, action, resource, context } = request;
  const who = Principal !== undefined
    ? isMeant(Principal, account)
    : !isMeant(NotPrincipal!, account);
  const what = Action !== undefined
    ? matchesAction(action, Action)
    : !matchesAction(action, NotAction!);
  const where = Resource !== undefined
    ? matchesAny(resource, Resource)
    : !matchesAny(resource, NotResource!);
  return who && what && where && meets(Condition, context);
}

/** Whether a policy, whose form has been checked, denies a request. */
export function denies(policy: string, request: PolicyRequest): boolean {
  const { Statement } = JSON.parse(policy) as {
    Statement: Statement | Statement[];
  };
  return [Statement].flat().some((statement) =>
    statement.Effect === "Deny" && applies(statement, request)
  );
}
