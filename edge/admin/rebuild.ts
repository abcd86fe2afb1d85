/** Asks the projector, over core NATS, to build the read model of a group anew. */
import type { NatsConnection } from "@nats-io/nats-core";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { type RebuildReply, rebuildSubject } from "../../actors/protocol/routing/mod.ts";
import type { RebuildGroup } from "./replay.ts";

/** Reading a large group's log and writing its rows takes a while. */
const TIMEOUT_MS = 10_000;

/**
 * Rebuilds groups through the projector of their stream.
 *
 * @returns a function that throws {@link ProblemError}: `conflict` when the message still cannot be
 * projected, `unavailable` when trying again may help
 */
export function groupRebuilder(connection: NatsConnection): RebuildGroup {
  return async ({ groupId, stream, sequence }) => {
    const reply = await ask(connection, stream, { group_id: groupId, sequence });
    if ("version" in reply) return reply.version;
    const code = reply.retryable ? "unavailable" : "conflict";
    throw new ProblemError({ code, detail: reply.refused });
  };
}

async function ask(
  connection: NatsConnection,
  stream: string,
  request: { readonly group_id: string; readonly sequence: number },
): Promise<RebuildReply> {
  try {
    const reply = await connection.request(rebuildSubject(stream), JSON.stringify(request), {
      timeout: TIMEOUT_MS,
    });
    return reply.json<RebuildReply>();
  } catch (cause) {
    const detail = "The projector did not answer in time";
    throw new ProblemError({ code: "unavailable", detail }, { cause });
  }
}
