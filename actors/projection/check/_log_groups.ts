/** Which groups a stream of the log is about, some at a time, however many there are. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { parseGroupSubject, PARTITIONS } from "../../protocol/routing/mod.ts";

/** From so many subjects on, the server is asked for those of one partition at a time. */
const AT_ONCE = 5_000;
/** A part ends with the group that brings it to so many messages or groups. */
const PART = { messages: 20_000, groups: 500 };

/** A group and how many messages its log has. */
export interface LoggedGroup {
  readonly groupId: string;
  readonly messages: number;
}

/** The groups of `stream` in parts, each in the order of their ids. */
export async function* logGroups(
  connection: NatsConnection,
  stream: string,
): AsyncGenerator<LoggedGroup[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { state: { num_subjects = 0 } } = await manager.streams.info(stream);
  const filters = num_subjects <= AT_ONCE
    ? ["app.event.*.group.*"]
    : Array.from({ length: PARTITIONS }, (_, partition) => `app.event.${partition}.group.*`);
  for (const subjects_filter of filters) {
    const { state } = await manager.streams.info(stream, { subjects_filter });
    const groups = Object.entries(state.subjects ?? {})
      .flatMap(([subject, messages]) => {
        const groupId = parseGroupSubject(subject)?.groupId;
        return groupId === undefined ? [] : [{ groupId, messages }];
      })
      .sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
    yield* inParts(groups);
  }
}

/** Cuts `groups` into parts that fit into memory, or are one group. Pure. */
export function* inParts(groups: readonly LoggedGroup[]): Generator<LoggedGroup[]> {
  let part: LoggedGroup[] = [];
  let messages = 0;
  for (const group of groups) {
    part.push(group);
    messages += group.messages;
    if (part.length < PART.groups && messages < PART.messages) continue;
    yield part;
    part = [];
    messages = 0;
  }
  if (part.length > 0) yield part;
}
