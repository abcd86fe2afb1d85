/**
 * The sessions that ended while access tokens of theirs may still be valid. Every edge tells the others
 * which it has ended; what is heard is kept for as long as such a token can live.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringSet, logger } from "../../actors/platform/mod.ts";
import { endedSession, SESSION_ENDS } from "../../actors/protocol/routing/mod.ts";
import { CLOCK_SKEW_SECONDS } from "./tokens.ts";

/** Most sessions remembered. */
const SESSIONS = 200_000;

/** Remembers each ended session for as long as an access token of `lifetimeSeconds` can be taken. */
export function createEndedSessions(lifetimeSeconds: number): ExpiringSet {
  return new ExpiringSet({ keepMs: (lifetimeSeconds + CLOCK_SKEW_SECONDS) * 1000, max: SESSIONS });
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
