/** What somebody who is present in a group does, and how streamers tell each other. Pure. */
import * as v from "valibot";
import { EntityId } from "../../protocol/mod.ts";

/** Somebody looks at the group, or edits a todo of it. */
export const PresenceState = v.picklist(["viewing", "editing"]);
export type PresenceState = v.InferOutput<typeof PresenceState>;

/** What somebody does. */
export interface Doing {
  readonly state: PresenceState;
  /** The todo it is about. */
  readonly todo_id?: string;
}

/** Somebody who is present. */
export interface Present extends Doing {
  readonly user_id: string;
}

/** Most people of a group who are listed; of more there is the number. */
export const LISTED_MAX = 200;

const PresentShape = v.object({
  user_id: EntityId,
  state: PresenceState,
  todo_id: v.exactOptional(EntityId),
});

/** Who is present in a group at one streamer. */
export const LocalPresence = v.object({
  /** New for each start of a streamer. */
  from: v.string(),
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  users: v.pipe(v.array(PresentShape), v.maxLength(LISTED_MAX)),
});
export type LocalPresence = v.InferOutput<typeof LocalPresence>;

/** What a user says to do in a group, wherever the user's streams are. */
export const Told = v.object({
  user_id: EntityId,
  state: PresenceState,
  todo_id: v.exactOptional(EntityId),
});
export type Told = v.InferOutput<typeof Told>;

/** Who says to be alive. */
export const Alive = v.object({ from: v.string() });

/** Of what a user does in several places, what counts: editing before viewing. */
export function stronger<D extends Doing>(one: D, other: D): D {
  return one.state === "viewing" && other.state === "editing" ? other : one;
}

/** Orders people for a list: who edits comes first, then by id, so that the list keeps its order. */
export function byRank(one: Present, other: Present): number {
  if (one.state !== other.state) return one.state === "editing" ? -1 : 1;
  return one.user_id < other.user_id ? -1 : one.user_id > other.user_id ? 1 : 0;
}
