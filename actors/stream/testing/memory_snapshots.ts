/** Snapshots of groups in memory as hosts write them: of what the log holds up to a message, folded. */
import { emptyGroup, evolve, toSnapshot } from "../../group/fold/mod.ts";
import { groupSchema } from "../../group/fold/schema/mod.ts";
import { decodeCommit } from "../../protocol/mod.ts";
import { hashOf } from "../../protocol/routing/mod.ts";
import { type SavedActor, schemaOf, type StoredSnapshot } from "../../protocol/snapshot/mod.ts";
import type { LogMessage } from "../group_log.ts";

/** The snapshot of a group after `messages`, which are its whole log so far, in the log `log`. */
export function snapshotAfter(
  groupId: string,
  messages: readonly LogMessage[],
  log: string,
): StoredSnapshot {
  const state = messages.flatMap(({ bytes }) => decodeCommit(bytes))
    .reduce(evolve, emptyGroup(groupId));
  const last = messages.at(-1);
  const saved: SavedActor = {
    id: groupId,
    state: toSnapshot(state),
    commits: { versions: [], sequences: [] },
  };
  return {
    head: {
      schema: schemaOf(groupSchema()),
      log,
      version: state.version,
      sequence: last?.sequence ?? 0,
      hash: hashOf(last?.bytes ?? ""),
      mailboxSequence: 0,
    },
    body: JSON.stringify(saved),
  };
}
