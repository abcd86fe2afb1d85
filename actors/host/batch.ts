/**
 * Decides waiting commands of one group, in mailbox order, into one commit. Pure: events of earlier
 * commits that an answer needs are looked up through a callback.
 */
import {
  decide,
  type GroupState,
  ledgerEntry,
  movesTimers,
  originalOf,
  type TimerChange,
  timersAfter,
} from "../group/mod.ts";
import {
  COMMIT_MAX_BYTES,
  encodeEvent,
  type GroupEvent,
  type MailboxCommand,
  type Problem,
} from "../protocol/mod.ts";

/** A command taken from the mailbox. */
export interface Waiting {
  readonly command: MailboxCommand;
  /** Its sequence in the mailbox stream. */
  readonly sequence: number;
  /** When the mailbox took it in, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Fingerprint of its body. */
  readonly hash: string;
  readonly replyTo?: string;
  readonly traceparent?: string;
  /** Called once its outcome is durable and answered. */
  readonly finish: () => void;
}

/** What is to be answered to one command once the commit is durable. */
export type Answer =
  | {
    readonly kind: "committed" | "replayed";
    /** JSON text of the command's events. */
    readonly events: readonly string[];
    readonly version: number;
  }
  | { readonly kind: "rejected"; readonly problem: Problem; readonly version: number }
  /** A timer's command that has no effect (any more): nobody waits for an answer. */
  | { readonly kind: "ignored" }
  /** The log covered it before and knows no outcome to tell: its sender was answered, or gave up. */
  | { readonly kind: "silent" };

export interface Decided {
  readonly waiting: Waiting;
  readonly answer: Answer;
}

export interface Batch {
  readonly decided: readonly Decided[];
  /** JSON text of all events, in order; empty when nothing was accepted. */
  readonly events: readonly string[];
  /** The group after them. */
  readonly state: GroupState;
  /** The timers of the todos whose timers the commands set or cancelled, as of `state`. */
  readonly timers: readonly TimerChange[];
  /** Version after the first event. */
  readonly firstVersion: number;
  /** Mailbox sequence of the last command decided. */
  readonly mailboxSequence: number;
}

/** What a batch is decided on. */
export interface Base {
  readonly state: GroupState;
  /** Mailbox sequence of the last command the log covers. */
  readonly mailboxSequence: number;
}

/** The log cannot be read at the moment; reading again may work. */
export class LogUnreadableError extends Error {
  override readonly name = "LogUnreadableError";
}

/**
 * Finds the events of the versions of one accepted command, which the log holds.
 *
 * @throws {LogUnreadableError} when the log cannot be read; any other error means that it lacks them
 */
export type FindEvents = (
  versions: { readonly firstVersion: number; readonly version: number },
) => Promise<readonly GroupEvent[]>;

/** Told of a command whose decision threw: it is answered with an error and passed over. */
export type ReportPoison = (waiting: Waiting, error: unknown) => Promise<void>;

const MAX_COMMANDS = 256;

/** Takes commands off the front of `queue` and decides them on `base`; at least one is taken. */
export async function decideBatch(
  base: Base,
  queue: Waiting[],
  findEvents: FindEvents,
  reportPoison: ReportPoison,
): Promise<Batch> {
  const decided: Decided[] = [];
  const events: string[] = [];
  const moving: GroupEvent[] = [];
  const moved: GroupEvent[] = [];
  let state = base.state;
  let sizeBytes = 0;
  let mailboxSequence = base.mailboxSequence;

  while (decided.length < MAX_COMMANDS) {
    const waiting = queue[0];
    if (!waiting) break;
    const verdict = await passingPoison(
      waiting,
      { state, reportPoison },
      async () =>
        waiting.sequence <= base.mailboxSequence
          ? await recall(base.state, waiting, findEvents)
          : events.length > 0 && looksBack(base.state, state, waiting.command)
          ? undefined
          : await decideOne(state, waiting, findEvents),
    );
    // What it needs is in this batch: once that is in the log, the next batch can decide it.
    if (!verdict) break;
    const encoded = verdict.kind === "accepted" ? verdict.events.map(encodeEvent) : [];
    // A UTF-16 code unit is at most three bytes of UTF-8; one command alone fits: `decide` saw to it.
    const addedBytes = encoded.reduce((sum, text) => sum + 3 * text.length + 1, 0);
    if (events.length > 0 && sizeBytes + addedBytes > COMMIT_MAX_BYTES) break;
    queue.shift();
    mailboxSequence = Math.max(mailboxSequence, waiting.sequence);
    if (verdict.kind === "recalled") {
      moved.push(...verdict.events.filter(movesTimers));
      decided.push({ waiting, answer: verdict.answer });
      continue;
    }
    if (verdict.kind !== "accepted") {
      decided.push({ waiting, answer: verdict });
      continue;
    }
    state = verdict.state;
    events.push(...encoded);
    moving.push(...verdict.events.filter(movesTimers));
    sizeBytes += addedBytes;
    decided.push({
      waiting,
      answer: { kind: "committed", events: encoded, version: state.version },
    });
  }
  const timers = [
    // Whoever decided these may have set their timers, or not any more.
    ...timersAfter(state, moved, { again: true }),
    ...timersAfter(state, moving),
  ];
  const firstVersion = base.state.version + 1;
  return { decided, events, state, timers, firstVersion, mailboxSequence };
}

/**
 * Runs `work` on one command. An exception of its own making is the command's fault: it is reported and
 * answered, so that it blocks nobody. Failures to read the log go on to whoever tries again.
 */
async function passingPoison<T>(
  waiting: Waiting,
  { state, reportPoison }: { readonly state: GroupState; readonly reportPoison: ReportPoison },
  work: () => Promise<T>,
): Promise<T | Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LogUnreadableError) throw error;
    await reportPoison(waiting, error);
    const detail = "The command could not be decided and was set aside";
    return { kind: "rejected", problem: { code: "internal", detail }, version: state.version };
  }
}

/** Whether deciding `command` needs events that are in this batch, hence not yet in the log. */
function looksBack(base: GroupState, state: GroupState, command: MailboxCommand): boolean {
  const own = ledgerEntry(state.ledger, command.command_id);
  const original = originalOf(state, command);
  return (own !== undefined && own.version > base.version) ||
    (original !== undefined && original.version > base.version);
}

type Verdict =
  | {
    readonly kind: "accepted";
    readonly events: readonly GroupEvent[];
    readonly state: GroupState;
  }
  /** The log covers it: what is to be answered, and the events it led to. */
  | { readonly kind: "recalled"; readonly answer: Answer; readonly events: readonly GroupEvent[] }
  | Answer;

async function decideOne(
  state: GroupState,
  waiting: Waiting,
  findEvents: FindEvents,
): Promise<Verdict> {
  const { command, nowMs, hash, traceparent } = waiting;
  const versions = originalOf(state, command);
  const original = versions && await findEvents(versions);
  const decision = decide(state, command, {
    nowMs,
    hash,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(original ? { original } : {}),
  });
  switch (decision.kind) {
    case "accepted":
      return decision;
    case "ignored":
      return decision;
    case "rejected":
      return { kind: "rejected", problem: decision.problem, version: state.version };
    case "replayed":
      return {
        kind: "replayed",
        events: (await findEvents(decision)).map(encodeEvent),
        version: decision.version,
      };
  }
}

/** The answer to a command that the log covers: its outcome if it was accepted. */
async function recall(
  state: GroupState,
  waiting: Waiting,
  findEvents: FindEvents,
): Promise<Verdict> {
  const entry = ledgerEntry(state.ledger, waiting.command.command_id);
  if (!entry || entry.caller !== waiting.command.actor || entry.hash !== waiting.hash) {
    return { kind: "silent" };
  }
  const events = await findEvents({ firstVersion: entry.first_version, version: entry.version });
  const answer: Answer = {
    kind: "committed",
    events: events.map(encodeEvent),
    version: entry.version,
  };
  return { kind: "recalled", answer, events };
}
