/**
 * What an actor needs of the log, as small interfaces: the NATS adapter implements them for
 * real, a simulator with a virtual clock. Knows nothing of NATS.
 */

/** One message of an actor's log. */
export interface LogMessage {
  /** Its sequence in the stream; orders the actor's messages, not dense. */
  readonly sequence: number;
  readonly data: Uint8Array;
  /** Id of the commit, by which its writer knows it again. */
  readonly commitId: string;
  /** Mailbox sequence of the last command it covers. */
  readonly mailboxSequence: number;
  /** SHA-256 (hex) of the actor's message before it; absent on the first. */
  readonly previousHash?: string;
}

/** A message about to be appended. */
export interface Append {
  readonly actorId: string;
  readonly data: Uint8Array;
  readonly commitId: string;
  readonly mailboxSequence: number;
  /** SHA-256 (hex) of the actor's previous message; absent on the first. */
  readonly previousHash?: string;
  /** Sequence of the actor's last message as the writer knows it, 0 for none: the fence. */
  readonly expectedSequence: number;
}

/** How an append ended. `unknown` means just that: the message may be stored now, later, or never. */
export type AppendResult =
  | { readonly kind: "stored"; readonly sequence: number }
  | { readonly kind: "conflict" }
  | { readonly kind: "unknown"; readonly reason: string };

/** The log of the actors of one kind. */
export interface ActorLog {
  /** Appends if the actor's last message is still `expectedSequence`. */
  append(append: Append): Promise<AppendResult>;
  /** The actor's newest message as its leader knows it: never stale. Throws when it cannot be read. */
  last(id: string): Promise<LogMessage | undefined>;
  /** The actor's messages from stream sequence `from` on, as far as some replica has them. */
  read(id: string, from: number): AsyncIterable<LogMessage>;
  /** Names the incarnation of the stream that stores the actor's log: another one after it was made anew. */
  incarnation(id: string): Promise<string>;
}

/** Sends an outcome to whoever waits for it; delivery is not guaranteed, the ledger answers again. */
export type SendReply = (
  replyTo: string,
  reply: {
    readonly outcome: "committed" | "replayed" | "rejected";
    readonly version: number;
    readonly body: string;
  },
) => void;
