/** Reads why a stream did not store a message: its error codes in the platform's own terms. */
import type { Problem } from "../../actors/protocol/mod.ts";

/** JetStream's answer to a publish. */
export interface StreamAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: StreamError;
}

interface StreamError {
  readonly code: number;
  readonly err_code?: number;
  readonly description: string;
}

const STORE_FAILED = 10077;
const MESSAGE_TOO_LARGE = 10054;
const TOO_MANY_REQUESTS: ReadonlySet<number> = new Set([10167, 10210]);
const NO_SPACE: ReadonlySet<number> = new Set([10023, 10028, 10047]);

/** What of a stream is full: as much as it `may` hold is in it, or there is no `space` left on the server. */
export function fullnessOf(
  { err_code = 0, description }: Omit<StreamError, "code">,
): "may" | "space" | undefined {
  if (err_code === STORE_FAILED && /^maximum (bytes|messages)/.test(description)) return "may";
  const isOut = NO_SPACE.has(err_code) ||
    /no space left|insufficient (storage|resources)/i.test(description);
  return isOut ? "space" : undefined;
}

/** Why the stream refused, or `undefined` when it stored the message. */
export function problemOfRefusal(ack: StreamAck): Problem | undefined {
  if (!ack.error) return undefined;
  const { err_code = 0 } = ack.error;
  const full = fullnessOf(ack.error);
  if (full === "may" || TOO_MANY_REQUESTS.has(err_code)) {
    return { code: "mailbox-full", detail: "The mailbox is full; nothing was stored" };
  }
  if (full === "space") {
    return { code: "storage-full", detail: "The mailbox has no storage left; nothing was stored" };
  }
  if (err_code === MESSAGE_TOO_LARGE) {
    return { code: "too-large", detail: "The command is larger than the mailbox takes" };
  }
  return { code: "unavailable", detail: "The mailbox did not take the command" };
}
