/** Why a stream ends, and what its reader should do then. The reader sees it in the `bye` event. */

/** What the reader does next: reconnect now, later, with a new token, or not at all. */
export type RetryClass = "now" | "back-off" | "reauthenticate" | "stop";

const RETRY_CLASSES = {
  /** The stream has run its time; a new one spreads readers over the streamers. */
  "rotated": "now",
  /** This streamer is going away. */
  "draining": "now",
  /** The token under which the stream was opened has expired. */
  "token-expired": "reauthenticate",
  /** The reader takes less than it is sent. */
  "slow-reader": "back-off",
  /** The user, or the end of the user's session, asked for it. */
  "disconnected": "stop",
  /** No group is left that the reader may follow. */
  "revoked": "stop",
} as const satisfies Record<string, RetryClass>;

export type CloseReason = keyof typeof RETRY_CLASSES;

/** What a reader whose stream ended for `reason` should do. */
export function retryClass(reason: CloseReason): RetryClass {
  return RETRY_CLASSES[reason];
}
