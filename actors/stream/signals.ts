/**
 * Account events that end streams, on core subjects that every streamer hears: the end of a session,
 * told by the edge, and a user's wish to disconnect, told by whichever streamer was asked.
 */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import * as v from "valibot";
import { EntityId } from "../protocol/mod.ts";
import type { Selection } from "./streams.ts";

const SESSION_ENDED = "auth.session.*.revoked";
const USER_DISCONNECTED = "auth.user.*.disconnected";

const Notice = v.object({ user_id: EntityId, session_id: v.optional(EntityId) });

/** Calls `end` for every selection of streams that must end; the result stops listening. */
export function onStreamsEnd(
  connection: NatsConnection,
  end: (selection: Selection) => void,
  refused: (subject: string) => void,
): () => void {
  const subscriptions: Subscription[] = [SESSION_ENDED, USER_DISCONNECTED].map((subject) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        const selection = error ? undefined : parseNotice(message.data);
        if (selection) end(selection);
        else refused(subject);
      },
    })
  );
  return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
}

/** Tells every streamer that `userId` wants all streams to end. */
export function announceDisconnect(connection: NatsConnection, userId: string): void {
  connection.publish(
    USER_DISCONNECTED.replace("*", userId),
    JSON.stringify({ user_id: userId }),
  );
}

function parseNotice(bytes: Uint8Array): Selection | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    // Anybody inside may send nonsense; the caller reports it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const notice = v.safeParse(Notice, value);
  if (!notice.success) return undefined;
  return { userId: notice.output.user_id, sessionId: notice.output.session_id };
}
