/** Which frames of a stream of several groups are for which group. Pure. */
import type { GroupEvent } from "../../actors/protocol/plain/mod.ts";
import { onlyGroup } from "./cursors.ts";
import type { SseFrame } from "./sse_parser.ts";

/** A frame for the tabs that show the group; of all groups when it has none. */
export interface Addressed {
  readonly groupId?: string;
  readonly frame: SseFrame;
}

/**
 * Says for whom `frame` is. Its id becomes the cursor of that group, and is empty where the frame moves none,
 * because a parser repeats the last id of the stream.
 */
export function address(frame: SseFrame): Addressed {
  const groupId = groupOf(frame);
  if (groupId === undefined) return { frame: { ...frame, id: "" } };
  const moves = frame.event === "snapshot" || frame.event === "todo-event";
  return { groupId, frame: { ...frame, id: moves ? onlyGroup(frame.id, groupId) : "" } };
}

function groupOf({ event, data }: SseFrame): string | undefined {
  switch (event) {
    case "snapshot":
      return (JSON.parse(data) as { id: string }).id;
    case "todo-event":
      return (JSON.parse(data) as GroupEvent[])[0]?.source.slice("/groups/".length);
    case "reset":
    case "revoked":
    case "presence":
      return (JSON.parse(data) as { group_id: string }).group_id;
    default:
      return undefined;
  }
}

/** Whether the server says that it is over, and not to come back. */
export function isFinal({ event, data }: SseFrame): boolean {
  return event === "bye" && (JSON.parse(data) as { retry?: string }).retry === "stop";
}
