/**
 * Every JetStream stream of the platform, declared in one place and applied idempotently by its owner,
 * the group host, at start.
 * A server that is too old, or a stream that differs where it matters, is refused with a clear error.
 */
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { DEAD_LETTER_PREFIX, DEAD_LETTER_STREAM } from "./dead_letters.ts";
import { ACCOUNT_STREAM } from "./_account_stream.ts";
import { findStream } from "./_find_stream.ts";
import { limitBytes } from "./_limit_bytes.ts";
import { limitPerSubject } from "./_limit_per_subject.ts";
import { findLog, requireWholeBlocks, shardSubjects, streamName } from "./_shards.ts";
import { pause } from "./pause.ts";

export { streamName } from "./_shards.ts";

/** Oldest server with everything the platform relies on. */
export const MIN_SERVER_VERSION = "2.14.0";
const LOOK_AGAIN_MS = 250;
const NANOSECONDS = 1_000_000_000;
/** Tickets that nobody has used, for about a hundred thousand clients that connect at once. */
const TICKETS_MAX_BYTES = 64 * 1024 ** 2;

/** Where tickets are kept, each under the hash of its text, and for how long. */
export const TICKET_STREAM = "TICKETS";
export const TICKET_PREFIX = "app.ticket.";
export const TICKET_SECONDS = 30;

/** Where it is kept which command an Idempotency-Key stands for, each under a hash, and for how long. */
export const KEY_STREAM = "KEYS";
export const KEY_PREFIX = "app.key.";
const KEY_SECONDS = 24 * 3600;

/** Where it is kept why commands were rejected whose senders had been answered before, and for how long. */
export const REFUSAL_STREAM = "REFUSALS";
export const REFUSAL_PREFIX = "app.refusal.";
const REFUSAL_SECONDS = 24 * 3600;
/** Some two hundred thousand; then the oldest make room. */
const REFUSALS_MAX_BYTES = 128 * 1024 ** 2;

/** Where it is kept what long-lived actors were. Not cut into shards: each writes there once in 10,000 versions. */
export const MILESTONE_STREAM = "MILESTONES";

export interface StreamSettings {
  /** Copies of each message: 1 on a single server, 3 in a cluster. */
  readonly replicas: number;
  /** How many streams the mailbox, and how many the log, is cut into; divides 64. */
  readonly shards: number;
  /** Bytes one mailbox stream may hold before it refuses commands. */
  readonly mailboxMaxBytes: number;
  /** Commands one actor's mailbox may hold before it refuses more. */
  readonly mailboxMaxPerGroup: number;
  /** Bytes of idempotency keys that are kept before commands with further ones are refused; 182 each. */
  readonly keysMaxBytes?: number;
  /** Bytes of dead letters that are kept; the oldest make room for new ones. */
  readonly deadLettersMaxBytes?: number;
}

export const DEFAULT_STREAM_SETTINGS: Required<StreamSettings> = {
  replicas: 1,
  shards: 1,
  mailboxMaxBytes: 1024 ** 3,
  // Decided commands count until they are purged, which takes up to five seconds: cursors are saved once a
  // second, ticks and purges come every two. A dead owner's takeover takes three more. At 1,000 commands a
  // second to one actor that makes 8,000; the rest is for its successor's catching up.
  mailboxMaxPerGroup: 20_000,
  // Some three million keys.
  keysMaxBytes: 512 * 1024 ** 2,
  deadLettersMaxBytes: 1024 ** 3,
};

/**
 * What is due in a timer stream is copied by the server into the actor's mailbox, under a header that the
 * server takes from nobody else; while a mailbox is full it waits.
 */
const DUE_TO_MAILBOX = {
  src: "app.due.*.*.*",
  dest: "app.command.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}",
};

/** How long what is due waits for a mailbox that takes nothing; in the mailbox it stays like any command. */
export const DUE_KEPT = "24h";

/** What may differ on an existing stream and is then changed. */
const CHANGEABLE = [
  "max_age",
  "max_bytes",
  "max_msgs_per_subject",
  "discard_new_per_subject",
  "num_replicas",
  "allow_direct",
  "discard",
  "sources",
] as const;

type Declared = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/** The streams of an installation with these `settings`. */
export function declareStreams(settings: StreamSettings): Declared[] {
  const common = { storage: StorageType.File, num_replicas: settings.replicas };
  const streams: Declared[] = [{
    ...common,
    name: DEAD_LETTER_STREAM,
    description: "Messages that could not be processed",
    subjects: [`${DEAD_LETTER_PREFIX}>`],
    retention: RetentionPolicy.Limits,
    // Refusing new ones instead would hold up whoever sets a message aside, and everything behind it.
    discard: DiscardPolicy.Old,
    max_bytes: settings.deadLettersMaxBytes ?? DEFAULT_STREAM_SETTINGS.deadLettersMaxBytes,
    allow_direct: true,
  }];
  streams.push({ ...common, ...ACCOUNT_STREAM });
  streams.push({
    ...common,
    name: TICKET_STREAM,
    description: "Tickets for one use, and marks of their use; whoever loses one asks for another",
    subjects: [`${TICKET_PREFIX}*`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.Memory,
    discard: DiscardPolicy.Old,
    max_bytes: TICKETS_MAX_BYTES,
    max_msgs_per_subject: 1,
    max_age: TICKET_SECONDS * NANOSECONDS,
    duplicate_window: TICKET_SECONDS * NANOSECONDS,
  });
  streams.push({
    ...common,
    name: KEY_STREAM,
    description: "Which command an Idempotency-Key stands for",
    subjects: [`${KEY_PREFIX}*`],
    retention: RetentionPolicy.Limits,
    // A key that made room for others would let a retry take effect again.
    discard: DiscardPolicy.New,
    max_bytes: settings.keysMaxBytes ?? DEFAULT_STREAM_SETTINGS.keysMaxBytes,
    max_msgs_per_subject: 1,
    max_age: KEY_SECONDS * NANOSECONDS,
  });
  streams.push({
    ...common,
    name: REFUSAL_STREAM,
    description: "Why commands were rejected whose senders had been answered before",
    subjects: [`${REFUSAL_PREFIX}*`],
    retention: RetentionPolicy.Limits,
    // Losing one costs a sender the reason, not the fact; refusing new ones would cost all of them.
    discard: DiscardPolicy.Old,
    max_bytes: REFUSALS_MAX_BYTES,
    max_msgs_per_subject: 1,
    max_age: REFUSAL_SECONDS * NANOSECONDS,
  });
  streams.push({
    ...common,
    name: MILESTONE_STREAM,
    description:
      "Snapshots of actors, one for each 10,000 versions; without them looking back takes longer",
    subjects: ["app.milestone.*.*.*.*"],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_msgs_per_subject: 1,
    allow_direct: true,
  });
  const { shards } = settings;
  for (let shard = 0; shard < shards; shard++) {
    streams.push({
      ...common,
      name: streamName("TIMER", shard),
      description: "Timers: commands that are put into their actor's mailbox when they are due",
      subjects: [
        ...shardSubjects("timer", { shard, shards, below: ".*.*.*" }),
        ...shardSubjects("due", { shard, shards }),
      ],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      allow_msg_schedules: true,
      allow_msg_ttl: true,
      allow_direct: true,
    }, {
      ...common,
      name: streamName("CMD", shard),
      description: "Mailboxes: commands in the order in which they are decided",
      subjects: shardSubjects("command", { shard, shards }),
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      max_bytes: settings.mailboxMaxBytes,
      // Refused before anything is stored. A stream that refuses cannot schedule messages as well.
      max_msgs_per_subject: settings.mailboxMaxPerGroup,
      discard_new_per_subject: true,
      allow_direct: true,
      sources: [{ name: streamName("TIMER", shard), subject_transforms: [DUE_TO_MAILBOX] }],
    }, {
      ...common,
      name: streamName("EV", shard),
      description: "The log: one message per commit, kept for ever",
      subjects: shardSubjects("event", { shard, shards }),
      retention: RetentionPolicy.Limits,
      allow_direct: true,
      deny_delete: true,
      deny_purge: true,
      republish: { src: "app.event.>", dest: "app.feed.>" },
    }, {
      ...common,
      name: streamName("SNAP", shard),
      description: "Newest snapshot of each actor; can be lost, the log makes it anew",
      subjects: shardSubjects("snapshot", { shard, shards }),
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      allow_direct: true,
    });
  }
  return streams;
}

/**
 * Makes the streams exist as declared; safe to call at every start.
 *
 * @throws {ConfigError} when the streams that exist are cut into another number, or the number is none
 * @throws {Error} when the server is too old, or an existing stream differs where it matters
 */
export async function applyStreams(
  connection: NatsConnection,
  settings: StreamSettings = DEFAULT_STREAM_SETTINGS,
): Promise<void> {
  requireVersion(connection);
  requireWholeBlocks(settings.shards);
  const manager = await jetstreamManager(connection);
  // Before anything is changed.
  await findLog(manager, settings.shards);
  for (const declared of declareStreams(settings)) await applyStream(manager, declared);
}

/**
 * Waits until the log's streams exist: the group host, which owns their settings, makes them.
 *
 * @throws {ConfigError} when they are cut into another number than `shards`, or that is none
 * @throws {Error} when the server is too old
 */
export async function untilLogExists(connection: NatsConnection, shards: number): Promise<void> {
  requireVersion(connection);
  requireWholeBlocks(shards);
  const manager = await jetstreamManager(connection);
  while (!await findLog(manager, shards)) await pause(LOOK_AGAIN_MS);
  for (let shard = 1; shard < shards; shard++) {
    while (!await findStream(manager, streamName("EV", shard))) await pause(LOOK_AGAIN_MS);
  }
}

/**
 * Makes sure that the log, where there is one, is cut into `shards` streams.
 *
 * @throws {ConfigError} when it is cut into another number, or that is none
 */
export async function requireShards(connection: NatsConnection, shards: number): Promise<void> {
  requireWholeBlocks(shards);
  await findLog(await jetstreamManager(connection, { checkAPI: false }), shards);
}

function requireVersion(connection: NatsConnection): void {
  const version = connection.info?.version ?? "unknown";
  if (!isAtLeast(version, MIN_SERVER_VERSION)) {
    throw new Error(
      `Cannot use the NATS server: it is ${version}, needed is ${MIN_SERVER_VERSION}`,
    );
  }
}

async function applyStream(manager: JetStreamManager, declared: Declared): Promise<void> {
  const existing = await findStream(manager, declared.name);
  if (!existing) {
    // Adding is idempotent: a twin that adds the same configuration at the same time gets no error.
    await manager.streams.add(declared);
    return;
  }
  for (const key of ["retention", "storage", "subjects", "republish", "deny_delete"] as const) {
    if (declared[key] !== undefined && !same(existing[key], declared[key])) {
      throw new Error(
        `Cannot use stream ${declared.name}: its ${key} is ${JSON.stringify(existing[key])}, ` +
          `needed is ${JSON.stringify(declared[key])}`,
      );
    }
  }
  const changed = CHANGEABLE
    .some((key) => declared[key] !== undefined && !same(existing[key], declared[key]));
  if (!changed) return;
  const limits = {
    ...await limitPerSubject(manager, existing, declared),
    ...await limitBytes(manager, existing, declared),
  };
  await manager.streams.update(declared.name, { ...existing, ...declared, ...limits });
}

function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** JSON with sorted keys and without keys that are unset or false, which servers may leave out. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([, item]) =>
      item !== false && item !== undefined
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Whether dotted version `version` is `minimum` or newer; pre-release tags are ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
  const parts = (text: string) => text.split("-", 1)[0]?.split(".").map(Number) ?? [];
  const have = parts(version);
  for (const [index, need] of parts(minimum).entries()) {
    const part = have[index] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== need) return part > need;
  }
  return true;
}

/** When stream `name` was created: changes when it is deleted and made again. */
export async function streamCreated(connection: NatsConnection, name: string): Promise<string> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return (await manager.streams.info(name)).created;
}
