/**
 * What an operator sees of the runtime at one moment: hosts, who owns which block, how far each is, and
 * how large the streams are. Pure: made of the hosts' reports and the streams' states.
 */
import { type BlockReport, BLOCKS, type HostReport, PARTITIONS } from "../protocol/routing/mod.ts";

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
  /**
   * Messages of its mailbox stream, of whatever block, among which its commands without an outcome are: those
   * above its cursor while commands are pending, else those that its owner is not known to have read, and all
   * that are stored while it has no owner. More than wait are counted where the stream serves other blocks
   * and as long as a report is old; fewer only in the moment in which a reader starts again for blocks that
   * come.
   */
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
  const streamOf = new Map(streams.map((stream) => [stream.name, stream]));
  const size = PARTITIONS / BLOCKS;
  const present = heard.filter(({ atMs }) => nowMs - atMs <= SILENT_MS);
  const claimed = Map.groupBy(
    present.flatMap(({ report }) => claimsOf(report, mailboxOf)),
    ({ block }) => block,
  );
  return Array.from({ length: BLOCKS }, (_, block) => {
    const claims = claimed.get(block) ?? [];
    const pending = claims.reduce((total, claim) => total + claim.pending, 0);
    const cursor = claims.length > 0 ? Math.max(...claims.map((claim) => claim.cursor)) : undefined;
    const passed = pending > 0 ? cursor : Math.max(0, ...claims.map(({ read }) => read));
    return {
      block,
      partitions: [block * size, (block + 1) * size - 1],
      owners: claims.map(({ host }) => host),
      ...(cursor === undefined ? {} : { cursor }),
      cursor_lag: behind(streamOf.get(mailboxOf(block)), passed ?? 0),
      pending,
    };
  });
}

/** What a host says of a block that it owns. */
interface Claim extends BlockReport {
  readonly host: string;
  /** Mailbox sequence up to which it has read what is for the block, at least. */
  readonly read: number;
}

function claimsOf(report: HostReport, mailboxOf: Seen["mailboxOf"]): Claim[] {
  const byStream = Map.groupBy(report.blocks, ({ block }) => mailboxOf(block));
  return [...byStream.values()].flatMap((blocks) => {
    const read = readAtLeast(blocks);
    return blocks.map((each) => ({
      ...each,
      host: report.host_id,
      read: Math.max(each.cursor, read),
    }));
  });
}

/**
 * How far the owner of all these `blocks` of one stream has read it, at least. It reads in order, so that
 * everything pending above a cursor lies between that and where it reads. While nothing is pending, it has
 * read as far as the highest cursor says; else that says little, because a reader that starts again for
 * blocks that come is behind the cursors of others.
 */
function readAtLeast(blocks: readonly BlockReport[]): number {
  const busy = blocks.filter(({ pending }) => pending > 0).sort((a, b) => b.cursor - a.cursor);
  if (busy.length === 0) return Math.max(0, ...blocks.map(({ cursor }) => cursor));
  let above = 0;
  return Math.max(...busy.map(({ cursor, pending }) => cursor + (above += pending)));
}

/** Messages that `stream` holds above the sequence `passed`, at most. */
function behind(stream: StreamInfo | undefined, passed: number): number {
  if (!stream) return 0;
  return Math.min(stream.messages, Math.max(0, stream.last_sequence - passed));
}

function mailboxInfos({ streams, mailboxOf }: Seen, blocks: readonly BlockInfo[]): MailboxInfo[] {
  const stored = Map.groupBy(blocks, ({ block }) => mailboxOf(block));
  return streams.flatMap((stream) => {
    const { name } = stream;
    const its = stored.get(name);
    if (!its) return [];
    // Without an owner there is no cursor; nothing is known to be done then.
    const lowest = Math.min(...its.map(({ cursor = 0 }) => cursor));
    return [{
      stream: name,
      pending: its.reduce((total, { pending }) => total + pending, 0),
      cursor_lag: behind(stream, lowest),
    }];
  });
}
