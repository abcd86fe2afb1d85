/** What a streamer sends to a session that opens a stream, decided by the streamer's own rules of resuming. */
import { formatCursor, type Position } from "../../actors/protocol/mod.ts";
import { startOf } from "../../actors/stream/mod.ts";
import { nextStep, type ResumeLimits, type Ring } from "../../actors/stream/testing/mod.ts";
import type { Groups } from "./groups.ts";

const EPOCH = "e1";

/** How a session was served. */
export interface Served {
  readonly from: "current" | "replayed" | "fromLog" | "snapshots" | "resets";
  /** Frames that were sent. */
  readonly frames: number;
  /** What went wrong, if anything did. */
  readonly violation?: string;
}

export interface ServeOptions {
  readonly groups: Groups;
  readonly limits: ResumeLimits;
  /** Version after which the streamer has commits in its ring, at most; all that there are without it. */
  readonly since?: number | undefined;
}

/** Serves a session that has everything up to `position` of `group`; version 0: it has nothing. */
export function serve(
  position: Position,
  group: number,
  { groups, limits, since }: ServeOptions,
): Served {
  const groupId = `g${group}`;
  const cursor = position.version === 0
    ? undefined
    : formatCursor({ epoch: EPOCH, positions: new Map([[groupId, position]]) });
  const start = startOf(cursor, groupId, EPOCH);
  if (start.kind === "snapshot") return { from: "snapshots", frames: 1 };
  if (start.kind === "reset") return { from: "resets", frames: 1 };
  const ring = ringSince(groups.ring(group), since);
  const known = { head: groups.head(group), ring, memberSince: 0 };
  let reader = { position: start.position, verified: false };
  for (let frames = 0;;) {
    const step = nextStep(reader, known, limits);
    switch (step.kind) {
      case "current": {
        const from = frames === 0 ? "current" : "replayed";
        if (reader.position.version === known.head.version) return { from, frames };
        const violation = `is at ${reader.position.version} of ${known.head.version}`;
        return { from, frames, violation };
      }
      case "replay":
        for (const commit of step.commits) {
          if (commit.firstVersion !== reader.position.version + 1) {
            const violation = `misses versions before ${commit.version}`;
            return { from: "replayed", frames, violation };
          }
          reader = { position: commit, verified: true };
          frames++;
        }
        break;
      case "read-log":
        // The ring has let go of them; the log has them all.
        return { from: "fromLog", frames: known.head.version - reader.position.version };
      case "reset":
        return { from: "resets", frames: frames + 1 };
      default:
        return step satisfies never;
    }
  }
}

/** What of `ring` a streamer has that began at a snapshot of version `since`. */
function ringSince(ring: Ring, since: number | undefined): Pick<Ring, "after"> {
  if (since === undefined) return ring;
  return {
    after: (position, maxBytes) =>
      position.version < since ? { kind: "older" } : ring.after(position, maxBytes),
  };
}
