/**
 * How an edge that starts learns how much of quotas is used up: from one of the others, which have counted together
 * for longer. Without it whoever knows of a restart would have a whole quota again.
 */
import { createInbox, type Msg, type NatsConnection } from "@nats-io/nats-core";
import { setImmediate } from "node:timers/promises";
import * as v from "valibot";
import { logger, pause } from "../../actors/platform/mod.ts";
import { QUOTA_RECALL, type QuotaState } from "../../actors/protocol/routing/mod.ts";

/** How long an edge that starts waits for all of it. */
const RECALL_MS = 1_000;
/** Keys in one message. */
const MOST_KEYS = 1_000;
const NO_RESPONDERS = 503;
const QUEUE = "edge";

/** By quota and key: how much is used up, and milliseconds until the next attempt. */
export type Used = QuotaState["used"][number];

const positive = v.pipe(v.number(), v.minValue(0));
const State = v.object({
  used: v.array(v.strictTuple([v.string(), v.string(), positive, positive])),
  last: v.boolean(),
});

/** Hands to `learn` what another edge knows; ends when that is all, or nobody tells more in time. */
export async function recallUsed(
  connection: NatsConnection,
  learn: (used: Used) => void,
): Promise<void> {
  const inbox = createInbox();
  const over = new AbortController();
  let isComplete = false;
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return warn(error);
      if (message.headers?.code === NO_RESPONDERS) isComplete = true;
      else isComplete = take(message, learn);
      if (isComplete) over.abort();
    },
  });
  connection.publish(QUOTA_RECALL, "", { reply: inbox });
  await pause(RECALL_MS, over.signal);
  if (!connection.isClosed()) subscription.unsubscribe();
  if (!isComplete) warn("nobody told all of it in time");
}

/** Learns what `message` tells; true when it is the last one. */
function take(message: Msg, learn: (used: Used) => void): boolean {
  try {
    const { used, last } = v.parse(State, message.json());
    used.forEach(learn);
    return last;
  } catch (error) {
    warn(error);
    return false;
  }
}

function warn(reason: unknown): void {
  logger("edge").warning("How much of quotas is used up elsewhere is not known: {reason}", {
    reason: String(reason),
  });
}

/** Answers edges that start with what `used` gives, unless another one does. */
export function answerRecalls(
  connection: NatsConnection,
  used: () => Iterable<Used>,
): { unsubscribe(): void } {
  return connection.subscribe(QUOTA_RECALL, {
    queue: QUEUE,
    callback: (error, message) => {
      if (!error) return void answer(connection, message, used());
      logger("edge").error("Edges that start cannot be heard: {reason}", { reason: error.message });
    },
  });
}

/** In parts, between which requests are served. */
async function answer(
  connection: NatsConnection,
  { reply }: Msg,
  used: Iterable<Used>,
): Promise<void> {
  if (!reply) return;
  const tell = (state: QuotaState) => {
    if (!connection.isClosed()) connection.publish(reply, JSON.stringify(state));
  };
  let part: Used[] = [];
  for (const each of used) {
    part.push(each);
    if (part.length < MOST_KEYS) continue;
    tell({ used: part, last: false });
    part = [];
    await setImmediate();
  }
  tell({ used: part, last: true });
}
