/** Answers requests to rebuild a group, one at a time, while its stream is being projected. */
import type { Msg } from "@nats-io/nats-core";
import type { Logger } from "../platform/mod.ts";
import {
  groupSubject,
  type RebuildReply,
  type RebuildRequest,
  rebuildSubject,
} from "../protocol/routing/mod.ts";
import { type RebuildDeps, rebuildGroup } from "./_rebuild.ts";

/** Projectors of one stream share its requests. */
const QUEUE = "projector";

export interface RebuildRequestsOptions extends RebuildDeps {
  readonly log: Logger;
  /** Tells readers that the group is projected up to `version`. */
  readonly announce: (groupId: string, version: number) => void;
}

/** Starts answering; disposing ends it. */
export function answerRebuildRequests(options: RebuildRequestsOptions): Disposable {
  const { connection, identity, log } = options;
  let last: Promise<void> = Promise.resolve();
  const subscription = connection.subscribe(rebuildSubject(identity.stream), {
    queue: QUEUE,
    callback: (error, message) => {
      if (error) log.error("Requests to rebuild groups cannot be received: {error}", { error });
      else last = last.then(() => answer(message, options));
    },
  });
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}

async function answer(message: Msg, options: RebuildRequestsOptions): Promise<void> {
  const { log, announce } = options;
  let reply: RebuildReply;
  try {
    const request = readRequest(message);
    reply = await rebuildGroup(options, request);
    log.info("Rebuilding group {group_id}: {reply}", { ...request, reply: JSON.stringify(reply) });
    if ("version" in reply) announce(request.group_id, reply.version);
  } catch (error) {
    log.warning("Cannot rebuild a group: {error}", { error });
    reply = { refused: "The read model could not be rebuilt at this moment", retryable: true };
  }
  message.respond(JSON.stringify(reply));
}

/** @throws {Error} when the request is none */
function readRequest(message: Msg): RebuildRequest {
  const { group_id, sequence } = message.json<Partial<RebuildRequest>>();
  if (typeof group_id !== "string" || !Number.isSafeInteger(sequence)) {
    throw new TypeError(`Cannot rebuild: "${message.string()}" names no group and sequence`);
  }
  groupSubject("event", group_id);
  return { group_id, sequence: Number(sequence) };
}
