/**
 * Listens to what the hosts report and asks JetStream for its streams: the adapter behind
 * {@link clusterInfo}. Streams are asked for at most once a second, and only while somebody looks;
 * scrapes ask less often and wait for nobody.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, pause, streamName } from "../platform/mod.ts";
import {
  HOST_REPORTS,
  HOST_ROLL_CALL,
  type HostReport,
  parseHostReport,
  shardOfBlock,
} from "../protocol/routing/mod.ts";
import { type ClusterInfo, clusterInfo, type Heard, type StreamInfo } from "./cluster_info.ts";

/** How old the streams' figures may be. */
const STREAMS_MAX_AGE_MS = 1_000;
/** A host that is silent for so long is not shown any more. */
const FORGET_MS = 60_000;
const ROLL_CALL_MS = 150;
/** Rates are taken over at least so long. */
const RATE_WINDOW_MS = 900;
const MAILBOX = /^CMD-\d+$/;

interface Known extends Heard {
  /** Where the rate is counted from. */
  readonly since: { readonly commands: number; readonly atMs: number };
}

export class ClusterWatch implements Disposable {
  readonly #connection: NatsConnection;
  readonly #now: () => number;
  readonly #hosts = new Map<string, Known>();
  readonly #subscription;
  readonly #end = new AbortController();
  readonly #called: Promise<void>;
  #manager: Promise<JetStreamManager> | undefined;
  #streams: { readonly atMs: number; readonly infos: Promise<readonly StreamInfo[]> } | undefined;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(connection: NatsConnection, now: () => number = () => performance.now()) {
    this.#connection = connection;
    this.#now = now;
    this.#subscription = connection.subscribe(`${HOST_REPORTS}.*`, {
      callback: (error, message) => {
        if (error) {
          logger("cluster").error("Hosts' reports cannot be received: {error}", { error });
          return;
        }
        const report = parseHostReport(message.data);
        if (report) this.#note(report);
        else {
          const { subject } = message;
          logger("cluster").warning("A report on {subject} cannot be read", { subject });
        }
      },
    });
    connection.publish(HOST_ROLL_CALL);
    this.#called = pause(ROLL_CALL_MS, this.#end.signal);
  }

  /**
   * What is known now; a first call waits until hosts had time to answer.
   *
   * @throws {Error} when JetStream does not answer
   */
  async look(): Promise<ClusterInfo> {
    await this.#called;
    return this.#info(await this.#streamInfos(STREAMS_MAX_AGE_MS));
  }

  /**
   * What is known now, for who looks again and again: the hosts as they are, the streams as they were at
   * most `maxAgeMs` ago. Without streams when JetStream does not answer within `waitMs`.
   */
  async glance(
    { maxAgeMs, waitMs }: { readonly maxAgeMs: number; readonly waitMs: number },
  ): Promise<ClusterInfo> {
    await this.#called;
    const patience = new AbortController();
    const streams = this.#streamInfos(maxAgeMs).catch((error: unknown) => {
      logger("cluster").warning("The streams cannot be asked for: {error}", { error });
      return [];
    });
    const infos = await Promise.race([streams, pause(waitMs, patience.signal)]);
    patience.abort();
    return this.#info(infos ?? []);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
    this.#subscription.unsubscribe();
  }

  #info(streams: readonly StreamInfo[]): ClusterInfo {
    const shards = Math.max(1, streams.filter(({ name }) => MAILBOX.test(name)).length);
    const nowMs = this.#now();
    for (const [id, { atMs }] of this.#hosts) {
      if (nowMs - atMs > FORGET_MS) this.#hosts.delete(id);
    }
    return clusterInfo({
      heard: [...this.#hosts.values()],
      streams,
      nowMs,
      at: new Date(),
      mailboxOf: (block) => streamName("CMD", shardOfBlock(block, shards)),
    });
  }

  #note(report: HostReport): void {
    const atMs = this.#now();
    const before = this.#hosts.get(report.host_id);
    const since = before?.since ?? { commands: report.commands, atMs };
    const elapsedMs = atMs - since.atMs;
    const isDue = elapsedMs >= RATE_WINDOW_MS;
    this.#hosts.set(report.host_id, {
      report,
      atMs,
      commandsPerSecond: isDue
        ? (report.commands - since.commands) * 1_000 / elapsedMs
        : before?.commandsPerSecond ?? 0,
      since: isDue ? { commands: report.commands, atMs } : since,
    });
  }

  #streamInfos(maxAgeMs: number): Promise<readonly StreamInfo[]> {
    const atMs = this.#now();
    if (!this.#streams || atMs - this.#streams.atMs > maxAgeMs) {
      const infos = this.#readStreams();
      this.#streams = { atMs, infos };
      // A failure is not kept: the next look asks again.
      infos.catch(() => this.#streams = undefined);
    }
    return this.#streams.infos;
  }

  async #readStreams(): Promise<readonly StreamInfo[]> {
    this.#manager ??= jetstreamManager(this.#connection, { checkAPI: false });
    const manager = await this.#manager;
    const infos: StreamInfo[] = [];
    for await (const { config, state, cluster } of manager.streams.list()) {
      infos.push({
        name: config.name,
        messages: state.messages,
        bytes: state.bytes,
        ...(config.max_bytes > 0 ? { max_bytes: config.max_bytes } : {}),
        first_sequence: state.first_seq,
        last_sequence: state.last_seq,
        ...(cluster?.leader ? { leader: cluster.leader } : {}),
      });
    }
    return infos.sort((a, b) => a.name.localeCompare(b.name));
  }
}
