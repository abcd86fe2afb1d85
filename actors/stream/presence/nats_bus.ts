/** Presence over core NATS: nothing is stored, and what is lost is told again. */
import type { NatsConnection } from "@nats-io/nats-core";
import type { GenericSchema } from "valibot";
import {
  PRESENCE_ALIVE,
  presenceSaidSubject,
  presenceSubject,
} from "../../protocol/routing/mod.ts";
import { parseNotice } from "../notice.ts";
import type { PresenceBus } from "./presence.ts";
import { Alive, LocalPresence, Told } from "./state.ts";

/** Reaches the other streamers over `connection`; `refused` is told of what cannot be read. */
export function natsPresence(
  connection: NatsConnection,
  refused: (subject: string) => void,
): PresenceBus {
  const listen = <T>(subject: string, schema: GenericSchema<unknown, T>, take: (it: T) => void) => {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        const notice = error ? undefined : parseNotice(message.data, schema);
        if (notice) take(notice);
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
          ({ user_id, ...doing }) => told(user_id, doing),
        ),
      ];
      return () => stops.forEach((stop) => stop());
    },
    followStreamers: (heard) => listen(PRESENCE_ALIVE, Alive, ({ from }) => heard(from)),
    tell: (groupId, presence) => publish(presenceSubject(groupId), presence),
    say: (groupId, userId, doing) =>
      publish(presenceSaidSubject(groupId), { user_id: userId, ...doing }),
    alive: (from) => publish(PRESENCE_ALIVE, { from }),
  };
}
