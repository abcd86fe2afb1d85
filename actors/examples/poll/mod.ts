/** A worked example of another kind of actor: `actors/README.md` walks through it. */
export { pollKind } from "./kind.ts";
export { type PollCommand, type PollEvent, type PollState } from "./poll.ts";
