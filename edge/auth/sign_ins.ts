/**
 * Tells the audit log who signed in and which attempts failed. Of a failed one it tells no name: people type
 * their password there, too.
 */
import { logger, type TrustedProxies } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { clientAddress, type EdgeContext } from "../http/mod.ts";
import type { Session } from "./service.ts";

type Act = "register" | "login" | "refresh";

/** Runs `attempt` to get a session, and tells how it ended; from then on the request is the user's. */
export async function audited(
  context: EdgeContext,
  { act, proxies }: { readonly act: Act; readonly proxies: TrustedProxies },
  attempt: () => Promise<Session>,
): Promise<Session> {
  const call = context.env;
  const tell = (level: "info" | "warning", result: string) =>
    logger("audit")[level]("Sign-in: {act}: {result}", {
      act,
      result,
      user_id: call.userId,
      address: clientAddress(context, proxies),
      request_id: call.id,
      trace_id: call.traceId,
    });
  try {
    const session = await attempt();
    call.userId = session.user_id;
    tell("info", "done");
    return session;
  } catch (error) {
    tell("warning", error instanceof ProblemError ? error.problem.code : "failed");
    throw error;
  }
}
