/** Presence over core NATS: nothing is stored, and what is lost is told again. */
import { errors, type Msg, type NatsConnection } from "@nats-io/nats-core";
import type { GenericSchema } from "valibot";
import { watchLink } from "../../platform/mod.ts";
import { ProblemError } from "../../protocol/mod.ts";
import {
  PRESENCE_ALIVE,
  presenceSaidSubject,
  presenceSubject,
} from "../../protocol/routing/mod.ts";
import { parseNotice } from "../notice.ts";
import type { PresenceBus } from "./presence.ts";
import { Alive, LocalPresence, Told } from "./state.ts";

/** How long a streamer at which a user is present may take to say so: much longer than it does. */
export const ANSWER_MS = 1_000;

/** Reaches the other streamers over `connection`; `refused` is told of what cannot be read. */
export function natsPresence(
  connection: NatsConnection,
  refused: (subject: string) => void,
): PresenceBus {
  const link = watchLink(connection);
  const listen = <T>(
    subject: string,
    schema: GenericSchema<unknown, T>,
    take: (it: T, message: Msg) => void,
  ) => {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        const notice = error ? undefined : parseNotice(message.data, schema);
        if (notice) take(notice, message);
        else refused(subject);
      },
    });
    return () => subscription.unsubscribe();
  };
  const publish = (subject: string, notice: unknown) => {
    // A process that ends may have closed it before the last reader is gone.
    if (!connection.isClosed()) connection.publish(subject, JSON.stringify(notice));
  };
  return {
    follow(groupId, { heard, told }) {
      const stops = [
        listen(presenceSubject(groupId), LocalPresence, heard),
        listen(
          presenceSaidSubject(groupId),
          Told,
          ({ user_id, ...doing }, message) => {
            // Whoever has no such stream is silent: of a hundred streamers one answers, or two.
            if (told(user_id, doing)) message.respond();
          },
        ),
      ];
      return () => stops.forEach((stop) => stop());
    },
    followStreamers: (heard) => listen(PRESENCE_ALIVE, Alive, ({ from }) => heard(from)),
    tell: (groupId, presence) => publish(presenceSubject(groupId), presence),
    async say(groupId, userId, doing) {
      if (!link.isConnected) throw unavailable();
      const said = JSON.stringify({ user_id: userId, ...doing });
      try {
        await connection.request(presenceSaidSubject(groupId), said, { timeout: ANSWER_MS });
        return true;
      } catch (error) {
        if (error instanceof errors.TimeoutError && link.isConnected) return false;
        if (error instanceof errors.RequestError && error.isNoResponders()) return false;
        throw unavailable(error);
      }
    },
    alive: (from) => publish(PRESENCE_ALIVE, { from }),
  };
}

function unavailable(cause?: unknown): ProblemError {
  const detail = "Presence is not available at this moment";
  return new ProblemError({ code: "unavailable", detail }, { cause });
}
