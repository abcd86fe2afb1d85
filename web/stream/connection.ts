/** The words that a stream and its readers have in common: how fresh a page is, and what follows some frames. */

/** What the connection badge shows. */
export type Connection =
  | { readonly state: "idle" | "connecting" | "live" | "offline" | "signed-out" }
  | { readonly state: "reconnecting"; readonly attempt: number };

/** What is to be done after some frames: read on, read again from the cursor, or end. */
export type Verdict = "go-on" | "reconnect" | "stop";

/** Whether a badge that shows `one` shows `other` as well. */
export function sameConnection(one: Connection, other: Connection): boolean {
  return one.state === other.state &&
    (one.state !== "reconnecting" || other.state !== "reconnecting" ||
      one.attempt === other.attempt);
}
