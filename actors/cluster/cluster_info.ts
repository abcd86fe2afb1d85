/**
 * What an operator sees of the runtime at one moment: hosts, who owns which block, how far each is, and
 * how large the streams are. Pure: made of the hosts' reports and the streams' states.
 */
import { BLOCKS, type HostReport, PARTITIONS } from "../protocol/routing/mod.ts";

/** A report and when it arrived, in milliseconds of a clock that never goes back. */
export interface Heard {
  readonly report: HostReport;
  readonly atMs: number;
  /** Commands per second since the report before; 0 for a first one. */
  readonly commandsPerSecond: number;
}

/** One JetStream stream. */
export interface StreamInfo {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** Bytes it may hold; absent when nothing limits it. */
  readonly max_bytes?: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
  /** Who stores it first; absent on a single server. */
  readonly leader?: string;
}

export interface HostInfo {
  readonly host_id: string;
  readonly name: string;
  readonly started_at: string;
  readonly code_version: string;
  /** `silent`: not heard of for longer than a living host keeps quiet. */
  readonly state: "live" | "draining" | "silent";
  readonly silent_ms: number;
  readonly blocks: number;
  readonly resident_actors: number;
  readonly actor_bytes: number;
  readonly commands: number;
  readonly commands_per_second: number;
  readonly takeovers: HostReport["takeovers"];
}

export interface BlockInfo {
  readonly block: number;
  /** First and last of its partitions. */
  readonly partitions: readonly [first: number, last: number];
  /** Ids of the live hosts that say they own it: one, but for moments of change. */
  readonly owners: readonly string[];
  readonly cursor?: number;
  /** Mailbox messages between its cursor and the end of its stream; 0 when nothing is pending. */
  readonly cursor_lag: number;
  readonly pending: number;
}

/** One mailbox stream and the blocks it stores. */
export interface MailboxInfo {
  readonly stream: string;
  /** Commands taken and not finished. */
  readonly pending: number;
  /**
   * Messages above the lowest cursor of its blocks, decided ones among them; all it holds while one of
   * them has no owner.
   */
  readonly cursor_lag: number;
}

export interface ClusterInfo {
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly hosts: readonly HostInfo[];
  readonly blocks: readonly BlockInfo[];
  readonly mailboxes: readonly MailboxInfo[];
  readonly streams: readonly StreamInfo[];
  readonly totals: {
    readonly commands_per_second: number;
    readonly resident_actors: number;
    /** Commands taken and not finished. */
    readonly pending: number;
    /** Messages the mailboxes hold, decided ones that are not purged yet included. */
    readonly mailbox_messages: number;
    readonly log_messages: number;
    readonly dead_letters: number;
    readonly unowned_blocks: number;
    /** Blocks that more than one host says it owns: none, but for moments of change. */
    readonly contested_blocks: number;
  };
}

/** A host that is silent for so long is taken for dead by the others. */
export const SILENT_MS = 1_500;

export interface Seen {
  readonly heard: readonly Heard[];
  readonly streams: readonly StreamInfo[];
  /** The clock of {@link Heard.atMs}. */
  readonly nowMs: number;
  /** The wall clock. */
  readonly at: Date;
  /** Name of the mailbox stream that stores a block. */
  readonly mailboxOf: (block: number) => string;
}

/** Puts together what was seen. */
export function clusterInfo(seen: Seen): ClusterInfo {
  const hosts = seen.heard.map((heard) => hostInfo(heard, seen.nowMs))
    .sort((a, b) => a.name.localeCompare(b.name) || a.started_at.localeCompare(b.started_at));
  const blocks = blockInfos(seen);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const messagesOf = (prefix: string) =>
    sum(seen.streams.filter(({ name }) => name.startsWith(prefix)).map(({ messages }) => messages));
  const present = hosts.filter(({ state }) => state !== "silent");
  return {
    at: seen.at.toISOString(),
    hosts,
    blocks,
    mailboxes: mailboxInfos(seen, blocks),
    streams: seen.streams,
    totals: {
      commands_per_second: sum(present.map((host) => host.commands_per_second)),
      resident_actors: sum(present.map((host) => host.resident_actors)),
      pending: sum(blocks.map(({ pending }) => pending)),
      mailbox_messages: messagesOf("CMD-"),
      log_messages: messagesOf("EV-"),
      dead_letters: messagesOf("DLQ"),
      unowned_blocks: blocks.filter(({ owners }) => owners.length === 0).length,
      contested_blocks: blocks.filter(({ owners }) => owners.length > 1).length,
    },
  };
}

function hostInfo({ report, atMs, commandsPerSecond }: Heard, nowMs: number): HostInfo {
  const silentMs = Math.max(0, Math.round(nowMs - atMs));
  const { host_id, name, started_at, code_version } = report;
  return {
    host_id,
    name,
    started_at,
    code_version,
    state: silentMs > SILENT_MS ? "silent" : report.draining ? "draining" : "live",
    silent_ms: silentMs,
    blocks: report.blocks.length,
    resident_actors: report.resident_actors,
    actor_bytes: report.actor_bytes,
    commands: report.commands,
    commands_per_second: Math.round(commandsPerSecond * 10) / 10,
    takeovers: report.takeovers,
  };
}

function blockInfos({ heard, streams, nowMs, mailboxOf }: Seen): BlockInfo[] {
  const lastOf = new Map(streams.map(({ name, last_sequence }) => [name, last_sequence]));
  const size = PARTITIONS / BLOCKS;
  const present = heard.filter(({ atMs }) => nowMs - atMs <= SILENT_MS);
  return Array.from({ length: BLOCKS }, (_, block) => {
    const claims = present.flatMap(({ report }) =>
      report.blocks.filter((each) => each.block === block)
        .map(({ cursor, pending }) => ({ host: report.host_id, cursor, pending }))
    );
    const pending = claims.reduce((total, claim) => total + claim.pending, 0);
    const cursor = claims.length > 0 ? Math.max(...claims.map((claim) => claim.cursor)) : undefined;
    const last = lastOf.get(mailboxOf(block)) ?? 0;
    return {
      block,
      partitions: [block * size, (block + 1) * size - 1],
      owners: claims.map(({ host }) => host),
      ...(cursor === undefined ? {} : { cursor }),
      cursor_lag: pending === 0 ? 0 : Math.max(0, last - (cursor ?? 0)),
      pending,
    };
  });
}

function mailboxInfos({ streams, mailboxOf }: Seen, blocks: readonly BlockInfo[]): MailboxInfo[] {
  const stored = Map.groupBy(blocks, ({ block }) => mailboxOf(block));
  return streams.flatMap(({ name, messages, last_sequence }) => {
    const its = stored.get(name);
    if (!its) return [];
    // Without an owner there is no cursor; nothing is known to be done then.
    const lowest = Math.min(...its.map(({ cursor = 0 }) => cursor));
    return [{
      stream: name,
      pending: its.reduce((total, { pending }) => total + pending, 0),
      cursor_lag: Math.min(messages, Math.max(0, last_sequence - lowest)),
    }];
  });
}
