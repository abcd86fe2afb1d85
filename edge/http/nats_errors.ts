/** Recognises the errors of NATS that are no defect of ours: it is away, silent, or has no leader. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import type { Problem } from "../../actors/protocol/mod.ts";

const AWAY = [
  errors.TimeoutError,
  errors.NoRespondersError,
  errors.ClosedConnectionError,
  errors.ConnectionError,
  errors.DrainingConnectionError,
];
const TEMPORARILY_UNAVAILABLE = 503;

/** The problem to answer with when `error`, or what caused it, is one of these, else `undefined`. */
export function problemOfNats(error: Error): Problem | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (isAway(cause)) {
      return { code: "unavailable", detail: "The messaging system cannot be reached" };
    }
  }
  return undefined;
}

function isAway(error: Error): boolean {
  return AWAY.some((kind) => error instanceof kind) ||
    error instanceof JetStreamApiError && error.status === TEMPORARILY_UNAVAILABLE;
}
