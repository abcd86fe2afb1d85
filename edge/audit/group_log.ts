/** A group's log as it is stored in NATS, page by page: for who checks it or takes it along. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { pause, readLast, readPage, type StoredMessage } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";

/** Small enough that working through a page delays nobody else for long. */
const PAGE = { maxMessages: 256, maxBytes: 256 * 1024 };
/** Of each of the few questions that a request asks: together they stay below five seconds. */
const TIMEOUT_MS = 1_000;
const LAG_RETRY_MS = 50;
const LAG_RETRIES = 20;

/** Reads the logs of groups. */
export interface GroupLog {
  /** Where the group's log lies, and its newest message as its leader knows it; none when it is empty. */
  open(groupId: string): Promise<OpenLog>;
}

/** The log of one group, up to what was its newest message when it was opened. */
export interface OpenLog {
  readonly stream: string;
  readonly last: StoredMessage | undefined;
  /**
   * The messages above stream sequence `after` in order, in pages that are never empty; one page is in memory.
   *
   * @throws {ProblemError} `unavailable` when the replicas lag behind the leader for a second
   */
  pages(after: number): AsyncGenerator<readonly StoredMessage[]>;
}

export function natsGroupLog(connection: NatsConnection): GroupLog {
  return {
    async open(groupId) {
      const subject = groupSubject("event", groupId);
      const options = { checkAPI: false, timeout: TIMEOUT_MS };
      const { streams } = await jetstreamManager(connection, options);
      const stream = await streams.find(subject);
      const last = await readLast(connection, stream, subject, TIMEOUT_MS);
      const upTo = last?.sequence ?? 0;
      return {
        stream,
        last,
        pages: (after) => readPages(connection, { stream, subject, after, upTo }),
      };
    },
  };
}

async function* readPages(
  connection: NatsConnection,
  range: {
    readonly stream: string;
    readonly subject: string;
    readonly after: number;
    readonly upTo: number;
  },
): AsyncGenerator<readonly StoredMessage[]> {
  const { stream, subject, upTo } = range;
  let after = range.after;
  for (let lags = 0; after < upTo;) {
    const page = await readPage(connection, {
      stream,
      subject,
      from: after + 1,
      ...PAGE,
      timeoutMs: TIMEOUT_MS,
    });
    const messages = page.messages.filter(({ sequence }) => sequence <= upTo);
    const last = messages.at(-1);
    if (last) {
      after = last.sequence;
      yield messages;
    } else if (++lags > LAG_RETRIES) {
      throw new ProblemError({
        code: "unavailable",
        detail:
          `The log is known up to ${upTo}, but can be read up to ${after} only at this moment`,
      });
    } else await pause(LAG_RETRY_MS);
  }
}
