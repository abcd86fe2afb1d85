/**
 * Changes how many bytes a stream may hold without losing any message of it: a stream that makes room by
 * dropping its oldest messages meets a lower limit by doing so at once.
 */
import { DiscardPolicy, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { logger } from "./log.ts";

/** Beside what a stream holds that is above its limit, in proportion: for what arrives meanwhile. */
const ROOM = 1.25;

/**
 * The limit to apply to a stream that exists: the `declared` one, or what the stream holds and some room
 * if that is more, but never more than its `existing` limit, until another start.
 */
export async function limitBytes(
  manager: JetStreamManager,
  existing: StreamConfig,
  declared: Partial<StreamConfig> & { readonly name: string },
): Promise<Pick<StreamConfig, "max_bytes"> | undefined> {
  const { name, max_bytes: limit, discard } = declared;
  if (limit === undefined || discard !== DiscardPolicy.Old) return undefined;
  const { state } = await manager.streams.info(name);
  const before = existing.max_bytes > 0 ? existing.max_bytes : Infinity;
  const max_bytes = Math.min(before, Math.ceil(state.bytes * ROOM));
  if (max_bytes <= limit) return undefined;
  logger("streams").warning(
    "Stream {name} gets the limit {max_bytes} instead of {limit} bytes: it holds {bytes}",
    { name, max_bytes, limit, bytes: state.bytes },
  );
  return { max_bytes };
}
