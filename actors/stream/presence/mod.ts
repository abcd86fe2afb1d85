/** Presence: who looks at a group or edits it at this moment. Ephemeral, and never in the log. */
export type { PresenceFeed, Seat, SeatOptions } from "./group.ts";
export { ANSWER_MS, natsPresence } from "./nats_bus.ts";
export { Presence, type PresenceBus, type SeatGiver } from "./presence.ts";
export { type Doing, LISTED_MAX, PresenceState } from "./state.ts";
