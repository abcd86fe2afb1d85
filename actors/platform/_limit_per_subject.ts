/**
 * Changes how many messages a stream may hold per subject without losing any: the server meets a lower
 * limit by dropping the oldest messages of a subject that has more, even where it refuses new ones.
 */
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import { logger } from "./log.ts";

type Limit = Pick<StreamConfig, "max_msgs_per_subject" | "discard_new_per_subject">;

/**
 * The limit to apply to a stream that exists: the `declared` one if the fullest subject has at most half
 * of that, which leaves room for what arrives meanwhile; else the `existing` one, until another start.
 */
export async function limitPerSubject(
  manager: JetStreamManager,
  existing: StreamConfig,
  declared: Partial<StreamConfig> & { readonly name: string },
): Promise<Partial<Limit>> {
  const { name, max_msgs_per_subject: limit } = declared;
  const before = existing.max_msgs_per_subject;
  if (limit === undefined || (before > 0 && before <= limit)) return {};
  const { state } = await manager.streams.info(name, { subjects_filter: ">" });
  const fullest = Object.values(state.subjects ?? {}).reduce((a, b) => Math.max(a, b), 0);
  if (fullest <= limit / 2) return {};
  logger("streams").warning(
    "Stream {name} keeps its limit per subject: one has {fullest} messages, too many for {limit}",
    { name, fullest, limit },
  );
  return {
    max_msgs_per_subject: before,
    discard_new_per_subject: existing.discard_new_per_subject ?? false,
  };
}
