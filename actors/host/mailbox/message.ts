/** Messages of a mailbox stream, as far as the runtime looks into them, and how they are read again. */
import type { JsMsg } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/nats-core";

/** A mailbox message that is no command. */
export interface Unreadable {
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  readonly error: unknown;
}

/** What a mailbox needs of a message of its stream. */
export type MailboxMessage = Pick<
  JsMsg,
  "subject" | "seq" | "data" | "headers" | "timestampNanos" | "json"
>;

/**
 * Reads messages again that were read before: those on `subject` from sequence `from` on, in order.
 *
 * @throws {Error} when they cannot be read at the moment
 */
export type FetchMessages = (
  request: { readonly subject: string; readonly from: number; readonly maxMessages: number },
) => Promise<readonly MailboxMessage[]>;
