/**
 * The sessions that have ended lately, from the stream of what happens to accounts: for whoever checks
 * tokens and was not there, or not connected, when an end was announced.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { ACCOUNT_STREAM } from "./_account_stream.ts";
import { findStream } from "./_find_stream.ts";
import { logger } from "./log.ts";
import { pause } from "./pause.ts";
import { readSince } from "./stream_reader.ts";

/** Subject of the stored ends of all sessions. */
const INVALIDATIONS = "auth.session.*.invalidated";
const RETRY_MS = 500;
/** How much the clocks of this process and of the server may differ. */
const CLOCKS_MS = 60_000;

/** A session of a user that has ended. */
export interface StoredSessionEnd {
  readonly userId: string;
  readonly sessionId: string;
}

export interface SessionEndsOptions {
  /** How long ago an end may lie that still matters, in milliseconds. */
  readonly withinMs: number;
  /** Told of each end, of some more than once. */
  readonly take: (end: StoredSessionEnd) => void;
}

/**
 * Tells of the ends that are stored; returns when all of them are told, and tells them again after every
 * interruption of `connection`. Whoever listens to announcements before calling this misses none: an end
 * is announced again once it is stored.
 */
export async function learnSessionEnds(
  connection: NatsConnection,
  options: SessionEndsOptions,
): Promise<void> {
  await tellAll(connection, options);
  void tellAfterInterruptions(connection, options);
}

async function tellAfterInterruptions(
  connection: NatsConnection,
  options: SessionEndsOptions,
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "reconnect") await tellAll(connection, options);
  }
}

/** Tries again until it succeeds: without it tokens would be taken that are not valid any more. */
async function tellAll(connection: NatsConnection, options: SessionEndsOptions): Promise<void> {
  while (!connection.isClosed()) {
    try {
      return await tell(connection, options);
    } catch (error) {
      if (connection.isClosed()) return;
      logger("sessions").warning("It is not known yet which sessions have ended: {reason}", {
        reason: String(error),
      });
      await pause(RETRY_MS);
    }
  }
}

async function tell(
  connection: NatsConnection,
  { withinMs, take }: SessionEndsOptions,
): Promise<void> {
  const { name: stream } = ACCOUNT_STREAM;
  const manager = await jetstreamManager(connection, { checkAPI: false });
  // One that its owner has not made yet holds nothing.
  if (!await findStream(manager, stream)) return;
  const since = new Date(Date.now() - withinMs - CLOCKS_MS);
  const ends = readSince(connection, { stream, subject: INVALIDATIONS, since });
  for await (const { data } of ends) {
    const end = parseEnd(new TextDecoder().decode(data));
    if (end) take(end);
    else logger("sessions").warning("Cannot read a stored end of a session");
  }
}

/** What the CloudEvent `text` is about; `undefined` when it is none of a session. */
function parseEnd(text: string): StoredSessionEnd | undefined {
  try {
    const { data } = JSON.parse(text) as { readonly data?: Readonly<Record<string, unknown>> };
    const { user_id: userId, session_id: sessionId } = data ?? {};
    return typeof userId === "string" && typeof sessionId === "string"
      ? { userId, sessionId }
      : undefined;
  } catch (error) {
    // Anybody inside may store nonsense; the caller reports it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
