/** What the tabs of a browser tell each other about their stream. Everybody hears everything. */
import type { Connection } from "./connection.ts";
import type { Need } from "./plan.ts";
import type { SseFrame } from "./sse_parser.ts";

/** Said by any tab, to the one that leads. */
export type Request =
  | {
    readonly kind: "need";
    readonly tab: string;
    /** What the tab shows; absent when it shows no group any more. */
    readonly need?: Need;
    /** How far it has got in its group. */
    readonly cursor: string;
    /** Whether it has to be served from there, not only from now on. */
    readonly resume: boolean;
  }
  /** Asks whether the leader is awake. */
  | { readonly kind: "ping"; readonly tab: string };

/** Said by the tab that leads, to all. */
export type Announcement =
  & { readonly from: string }
  & (
    /** It leads from now on: every tab is to say what it needs. */
    | { readonly kind: "lead" }
    /** How the stream is, and for which groups it was opened; also the answer to a ping. */
    | {
      readonly kind: "connection";
      readonly connection: Connection;
      readonly groupIds: readonly string[];
    }
    /** Frames of one group, or of all; their ids are cursors of that group. */
    | { readonly kind: "frames"; readonly groupId?: string; readonly frames: readonly SseFrame[] }
    /** The server will not let this user read the group. */
    | { readonly kind: "refused"; readonly groupId: string }
  );

export type TabMessage = Request | Announcement;
