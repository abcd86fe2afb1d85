/**
 * What a group was at a moment of its history, folded from its log from the nearest snapshot on. Bounded in time, in
 * size and in how many do it at once: without a snapshot it costs as much as the group has changed until then.
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { emptyGroup, evolveReading, type GroupState } from "../../actors/group/fold/mod.ts";
import {
  logger,
  pause,
  readLast,
  readPage,
  type StoredMessage,
} from "../../actors/platform/mod.ts";
import {
  decodeCommit,
  type GroupEvent,
  ProblemError,
  versionOf,
} from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { Gate } from "../http/mod.ts";
import type { Moment } from "./moment.ts";
import { type PastStart, pastStart } from "./past_start.ts";

const PAGE = { maxMessages: 512, maxBytes: 1024 * 1024 };
/** How many are folded at once, and how many may wait for that. */
const AT_ONCE = { concurrency: 2, queue: 16 };
/** How long one may take, in its turn: less than the ten seconds that a gateway gives a request. */
const DEADLINE_MS = 8_000;
const MAX_EVENTS = 250_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** How long a replica of the log is given to catch up before it is asked again. */
const LAG_MS = 50;

/** A group as it was. */
export interface Past {
  readonly state: GroupState;
  /** Time of the last event in it, in milliseconds since the Unix epoch; 0 before the first. */
  readonly timeMs: number;
  /** Whether the log goes on behind the moment, so that nothing can happen before it any more. */
  readonly isFinal: boolean;
}

/** Looks into the past of groups. */
export interface PastReader {
  /**
   * The group at `moment`. Of an instant: after the last event before the first one that is later, by the time
   * at which the mailbox took the command in.
   *
   * @throws {ProblemError} `version-conflict` when the group has not been there yet; `too-large` when too many
   *   changes lie between the nearest snapshot and the moment; `unavailable` when it takes too long, or too many ask
   */
  read(groupId: string, moment: Moment): Promise<Past>;
}

/** Reads from the log on `connection`. */
export function pastReader(
  connection: NatsConnection,
  limits: { readonly maxEvents?: number; readonly deadlineMs?: number } = {},
): PastReader {
  const gate = new Gate({
    ...AT_ONCE,
    detail: "Too many people look into the past at this moment",
  });
  const { maxEvents = MAX_EVENTS, deadlineMs = DEADLINE_MS } = limits;

  const read = async (groupId: string, moment: Moment): Promise<Past> => {
    const giveUpAt = performance.now() + deadlineMs;
    const subject = groupSubject("event", groupId);
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const [stream, snapshots] = await Promise.all([
      manager.streams.find(subject),
      manager.streams.find(groupSubject("snapshot", groupId)),
    ]);
    const start = await pastStart(connection, { groupId, log: stream, snapshots }, moment);
    const fold = new Fold(groupId, moment, { maxEvents, start });
    const pageFrom = (from: number) => readPage(connection, { ...PAGE, stream, subject, from });
    let from = (start?.sequence ?? 0) + 1;
    let asked = pageFrom(from);
    try {
      for (;;) {
        const { messages, complete } = await asked;
        from = (messages.at(-1)?.sequence ?? from - 1) + 1;
        // On its way while this one is folded.
        if (!complete) asked = pageFrom(from);
        for (const message of messages) {
          if (fold.take(message)) return fold.past(true);
        }
        if (performance.now() > giveUpAt) throw tooSlow(fold.state.version);
        if (!complete) continue;
        // The replica that answered may be behind the leader.
        const newest = await readLast(connection, stream, subject);
        if ((newest?.sequence ?? 0) < from) return endOf(fold, moment);
        await pause(LAG_MS);
        asked = pageFrom(from);
      }
    } finally {
      // What is not needed any more counts until it is there, whether it comes or not.
      await Promise.allSettled([asked]);
    }
  };
  return { read: (groupId, moment) => gate.run(() => read(groupId, moment)) };
}

/** The end of the log came before the moment. */
function endOf(fold: Fold, moment: Moment): Past {
  const { version } = fold.state;
  if (!("version" in moment) || moment.version <= version) return fold.past("version" in moment);
  throw ahead(version, moment.version);
}

/** A version that is still to come. */
export function ahead(version: number, wanted: number): ProblemError {
  return new ProblemError({
    code: "version-conflict",
    detail: `The group is at version ${version}, version ${wanted} is still to come`,
    version,
  });
}

function tooSlow(version: number): ProblemError {
  return new ProblemError({
    code: "unavailable",
    detail: `The past cannot be read back in time: the log was read up to version ${version}`,
  });
}

/** The state so far. */
class Fold {
  readonly #groupId: string;
  readonly #moment: Moment;
  readonly #maxVersion: number;
  #state: GroupState;
  #timeMs: number;
  #bytes = 0;

  constructor(
    groupId: string,
    moment: Moment,
    { maxEvents, start }: { readonly maxEvents: number; readonly start: PastStart | undefined },
  ) {
    this.#groupId = groupId;
    this.#moment = moment;
    this.#state = start?.state ?? emptyGroup(groupId);
    this.#timeMs = start?.timeMs ?? 0;
    this.#maxVersion = this.#state.version + maxEvents;
  }

  get state(): GroupState {
    return this.#state;
  }

  past(isFinal: boolean): Past {
    return { state: this.#state, timeMs: this.#timeMs, isFinal };
  }

  /** Takes in the events of `message` up to the moment; whether that has come. */
  take(message: StoredMessage): boolean {
    const { version } = this.#state;
    this.#bytes += message.data.length;
    if (version > this.#maxVersion || this.#bytes > MAX_BYTES) {
      throw new ProblemError({
        code: "too-large",
        detail:
          `The group had changed more than ${version} times by then, of which too much is in ` +
          "no snapshot to be read back",
      });
    }
    const before = { state: this.#state, timeMs: this.#timeMs };
    try {
      for (const event of decodeCommit(message.data)) {
        if (!this.#follows(event)) return this.#passOver(message, before);
        const timeMs = Date.parse(event.time);
        if (isBeyond(this.#moment, versionOf(event), timeMs)) return true;
        this.#state = evolveReading(this.#state, event);
        this.#timeMs = timeMs;
      }
    } catch (error) {
      // Bytes that are no commit, or data that no version of the code wrote: every reader passes them over.
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      return this.#passOver(message, before);
    }
    return "version" in this.#moment && this.#state.version >= this.#moment.version;
  }

  #follows(event: GroupEvent): boolean {
    return versionOf(event) > this.#state.version && event.partitionkey === this.#groupId;
  }

  /** Leaves everything as it was `before` the message. */
  #passOver({ sequence }: StoredMessage, before: Pick<Past, "state" | "timeMs">): false {
    this.#state = before.state;
    this.#timeMs = before.timeMs;
    logger("edge.reads").warning("Message {sequence} of the log is no commit: passed over", {
      sequence,
      group_id: this.#groupId,
    });
    return false;
  }
}

function isBeyond(moment: Moment, version: number, timeMs: number): boolean {
  return "version" in moment ? version > moment.version : timeMs > moment.instantMs;
}
