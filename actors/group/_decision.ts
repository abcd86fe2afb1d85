/** What `decide` is given besides state and command, and what it answers. */
import type { GroupEvent, Problem } from "../protocol/mod.ts";
import type { GroupState } from "./fold/mod.ts";

export interface DecideContext {
  /** When the mailbox took the command in, milliseconds since the Unix epoch: the command's "now". */
  readonly nowMs: number;
  /** Fingerprint of the command's body as its sender wrote it. */
  readonly hash: string;
  /** W3C trace context of the request, put on the events. */
  readonly traceparent?: string;
  /** For `undo` and `redo`: the events of the versions that `originalOf` named, in order. */
  readonly original?: readonly GroupEvent[];
}

export type Decision =
  | {
    readonly kind: "accepted";
    /** At least one event, versions dense from the state's. */
    readonly events: readonly GroupEvent[];
    /** The state after the events. */
    readonly state: GroupState;
  }
  /** A timer's command that nothing needs any more: neither an event nor an error. */
  | { readonly kind: "ignored" }
  | { readonly kind: "replayed"; readonly firstVersion: number; readonly version: number }
  | { readonly kind: "rejected"; readonly problem: Problem };
