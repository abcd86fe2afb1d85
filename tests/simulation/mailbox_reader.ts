/** Reads the simulated mailbox stream in order for one process, as the platform's reader does on NATS. */
import type { FetchMessages, MailboxMessage, ReadMailbox } from "../../actors/host/testing/mod.ts";
import { parseGroupSubject } from "../../actors/protocol/routing/mod.ts";
import type { Environment } from "./environment.ts";
import { type MailboxStream, TICK_SUBJECT } from "./mailbox_stream.ts";
import type { Process } from "./process.ts";

/** A reader that misses a message notices at its next heartbeat. */
const REDELIVERY_MS = 700;
const FETCH_TIMEOUT_MS = 2_000;

/** What starts a reader of `mailbox` in `process`. */
export function mailboxReader(
  process: Process,
  environment: Environment,
  mailbox: MailboxStream,
): ReadMailbox {
  return ({ startSequence, filterSubjects, handle }) => {
    const wants = filterOf(filterSubjects);
    const stopping = Promise.withResolvers<void>();
    let position = startSequence - 1;
    let isStopped = false;
    const read = async () => {
      while (!isStopped) {
        const message = mailbox.next(position, wants);
        if (!message) {
          await Promise.race([mailbox.arrival(), stopping.promise]);
          continue;
        }
        const ms = process.isCut ? undefined : environment.travelMs();
        await Promise.race([process.sleep(ms ?? REDELIVERY_MS), stopping.promise]);
        if (process.isCut || isStopped) continue;
        await process.at("take");
        await handle(message);
        position = message.seq;
      }
    };
    const done = read();
    return {
      get position() {
        return position;
      },
      stop: () => {
        isStopped = true;
        stopping.resolve();
        return done;
      },
    };
  };
}

/** What reads messages of `mailbox` again for `process`; replicas lag, and requests get lost. */
export function mailboxFetcher(
  process: Process,
  { faults, random }: Environment,
  mailbox: MailboxStream,
): FetchMessages {
  return async ({ subject, from, maxMessages }) => {
    const messages = await process.call<MailboxMessage[] | undefined>({
      name: "fetch",
      timeoutMs: FETCH_TIMEOUT_MS,
      perform: (reply) => {
        const stored = mailbox.range(subject, from, maxMessages);
        const isBehind = !faults.isHealed && random.chance(0.2);
        reply(isBehind ? stored.slice(0, random.int(stored.length + 1)) : stored);
      },
      lost: () => undefined,
    });
    if (!messages) throw new Error("The mailbox does not answer");
    return messages;
  };
}

/** Whether a subject is among `subjects`, of which those of partitions end in a wildcard. */
function filterOf(subjects: readonly string[] | undefined): (subject: string) => boolean {
  if (!subjects) return () => true;
  const partitions = new Set(subjects.map((subject) => Number(subject.split(".")[2])));
  return (subject) =>
    subject === TICK_SUBJECT || partitions.has(parseGroupSubject(subject)?.partition ?? -1);
}
