/**
 * Tells other services over NATS whether an access token is valid: they ask with a request, and whichever
 * edge is free answers. Nothing of it is stored, and no answer waits for a database.
 */
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import * as v from "valibot";
import { answerRequests, logger } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { VALIDATE_TOKEN } from "../../actors/protocol/routing/mod.ts";
import type { Caller } from "../http/mod.ts";
import type { CheckToken } from "./authenticate.ts";

/** The edges that share the requests. */
const QUEUE = "edge";
/** Longer than any request with a token of ours; longer ones are refused unread. */
const REQUEST_MAX_BYTES = 8_192;
/** Signatures checked at once; more requests are refused until one is done. */
const AT_ONCE = 256;

const Request = v.strictObject({ token: v.string() });

/**
 * What is answered. `expires_at` is RFC 3339; `code` is a problem's, as over HTTP. Without `valid` the token
 * was not checked, and asking again may tell.
 */
export type Validation =
  | {
    readonly valid: true;
    readonly user_id: string;
    readonly session: string;
    readonly expires_at: string;
  }
  | { readonly valid: false; readonly code: string }
  | { readonly code: "unavailable" | "internal" };

/** Answers until the returned function is called, which ends when the last answer is sent. */
export function answerValidations(
  connection: NatsConnection,
  check: CheckToken,
): () => Promise<void> {
  const log = logger("edge.auth");
  let pending = 0;

  const answer = async (message: Msg): Promise<Validation> => {
    if (pending >= AT_ONCE) return { code: "unavailable" };
    const token = tokenOf(message);
    if (token === undefined) return { valid: false, code: "malformed" };
    pending++;
    try {
      return validOf(await check(token));
    } catch (error) {
      if (error instanceof ProblemError) return { valid: false, code: error.problem.code };
      log.error("A token cannot be checked: {reason}", { reason: String(error) });
      return { code: "internal" };
    } finally {
      pending--;
    }
  };

  return answerRequests(connection, {
    subject: VALIDATE_TOKEN,
    queue: QUEUE,
    answer: async (message) => void message.respond(JSON.stringify(await answer(message))),
    failed: (reason) =>
      log.error("Requests to check tokens cannot be received: {reason}", { reason }),
  });
}

function validOf({ userId, sessionId, expiresAt }: Caller): Validation {
  return {
    valid: true,
    user_id: userId,
    session: sessionId,
    expires_at: new Date(expiresAt * 1000).toISOString(),
  };
}

function tokenOf(message: Msg): string | undefined {
  if (message.data.length > REQUEST_MAX_BYTES) return undefined;
  try {
    const request = v.safeParse(Request, message.json());
    return request.success ? request.output.token : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
