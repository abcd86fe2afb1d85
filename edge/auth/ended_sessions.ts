/**
 * The sessions that ended while access tokens of theirs may still be valid. Every edge tells the others
 * which it has ended, and one that was not there reads it; what is known is kept for as long as such a
 * token can live.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringSet, learnSessionEnds, logger } from "../../actors/platform/mod.ts";
import { endedSession, SESSION_ENDS } from "../../actors/protocol/routing/mod.ts";
import { CLOCK_SKEW_SECONDS } from "./tokens.ts";

/** Most sessions remembered. */
const SESSIONS = 200_000;

/** Remembers each ended session for as long as an access token of `lifetimeSeconds` can be taken. */
export function createEndedSessions(lifetimeSeconds: number): ExpiringSet {
  return new ExpiringSet({ keepMs: keepMs(lifetimeSeconds), max: SESSIONS });
}

function keepMs(lifetimeSeconds: number): number {
  return (lifetimeSeconds + CLOCK_SKEW_SECONDS) * 1000;
}

/**
 * Notes in `ended` the sessions that ended before anybody here listened and whose tokens, which live
 * `lifetimeSeconds`, may still be valid; call it after {@link followEndedSessions}.
 */
export async function recallEndedSessions(
  connection: NatsConnection,
  ended: Pick<ExpiringSet, "add">,
  lifetimeSeconds: number,
): Promise<void> {
  await learnSessionEnds(connection, {
    withinMs: keepMs(lifetimeSeconds),
    take: ({ sessionId }) => ended.add(sessionId),
  });
}

/** Notes in `ended` every session whose end any edge announces. */
export function followEndedSessions(
  connection: NatsConnection,
  ended: Pick<ExpiringSet, "add">,
): void {
  const log = logger("edge.auth");
  connection.subscribe(SESSION_ENDS, {
    callback: (error, message) => {
      if (error) {
        log.error("Ends of sessions cannot be received: {reason}", { reason: error.message });
        return;
      }
      const sessionId = endedSession(message.subject);
      if (sessionId !== undefined) ended.add(sessionId);
    },
  });
}
