/**
 * Where streamers hand commands that came over a WebSocket to the edges, which do with them what they do
 * with those that come over HTTP. A request; whichever edge is free answers. Nothing of it is stored here.
 */
import * as v from "valibot";
import { EntityId } from "../ids.ts";

/** Subject of the requests; outside every stream. */
export const SEND_COMMAND = "svc.command.send";

/** Header of the answer: what became of the command, one of {@link COMMAND_ANSWERS}. */
export const COMMAND_ANSWER = "Todo-Answer";

/**
 * `committed`, `replayed`, `accepted`: the body is what HTTP would answer; `refused`: it is a problem, as
 * `{problem, retry_after?}`.
 */
export const COMMAND_ANSWERS = ["committed", "replayed", "accepted", "refused"] as const;
export type CommandAnswer = typeof COMMAND_ANSWERS[number];

/** The body of a request. */
export const CommandRequest = v.strictObject({
  /** Who sends it, as the streamer has verified. */
  user_id: EntityId,
  command: v.record(v.string(), v.unknown()),
});
export type CommandRequest = v.InferOutput<typeof CommandRequest>;
