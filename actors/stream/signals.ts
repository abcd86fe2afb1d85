/**
 * Account events that end streams, on core subjects that every streamer hears: the end of a session,
 * told by the edge, and a user's wish to disconnect, told by whichever streamer was asked.
 */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import * as v from "valibot";
import { EntityId } from "../protocol/mod.ts";
import { SESSION_ENDS, type SessionEnd } from "../protocol/routing/mod.ts";
import { parseNotice } from "./notice.ts";

const USER_DISCONNECTED = "auth.user.*.disconnected";

const SessionEndShape: v.GenericSchema<unknown, SessionEnd> = v.object({
  user_id: EntityId,
  session_id: EntityId,
});
const UserDisconnected = v.object({ user_id: EntityId });

/** A session of a user that has ended. */
export interface EndedSession {
  readonly userId: string;
  readonly sessionId: string;
}

export interface StreamsEndListener {
  sessionEnded(session: EndedSession): void;
  userDisconnected(userId: string): void;
  /** Told of notices that cannot be read. */
  refused(subject: string): void;
}

/** Tells `listener` of everything that must end streams; the result stops listening. */
export function onStreamsEnd(
  connection: NatsConnection,
  listener: StreamsEndListener,
): () => void {
  const ended = listen(connection, SESSION_ENDS, SessionEndShape, (notice) => {
    if (!notice) return listener.refused(SESSION_ENDS);
    listener.sessionEnded({ userId: notice.user_id, sessionId: notice.session_id });
  });
  const disconnected = listen(connection, USER_DISCONNECTED, UserDisconnected, (notice) => {
    if (!notice) return listener.refused(USER_DISCONNECTED);
    listener.userDisconnected(notice.user_id);
  });
  return () => [ended, disconnected].forEach((subscription) => subscription.unsubscribe());
}

/** Hands every notice on `subject` to `take`; `undefined` for one that cannot be read. */
function listen<T>(
  connection: NatsConnection,
  subject: string,
  schema: v.GenericSchema<unknown, T>,
  take: (notice: T | undefined) => void,
): Subscription {
  return connection.subscribe(subject, {
    callback: (error, message) => take(error ? undefined : parseNotice(message.data, schema)),
  });
}

/** Tells every streamer that `userId` wants all streams to end. */
export function announceDisconnect(connection: NatsConnection, userId: string): void {
  connection.publish(
    USER_DISCONNECTED.replace("*", userId),
    JSON.stringify({ user_id: userId }),
  );
}
