/**
 * Acts on what the ownership rules say: tells the others what this host owns, listens to them, and takes
 * and gives blocks. Decides nothing itself.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { logger } from "../../platform/mod.ts";
import { BLOCKS, type HostReport } from "../../protocol/routing/mod.ts";
import { ClusterLink } from "./cluster_link.ts";
import { type CursorStore, ForeignCursorError, type Shard } from "../mailbox/mod.ts";
import type { HostMetrics } from "../host_metrics.ts";
import { Membership, REPORT_EVERY_MS, type View } from "./membership.ts";
import { decideMoves, STABLE_MS, type Take } from "./ownership.ts";

const TICK_MS = 50;
/** Blocks that are free at the same time are reported together. */
const REPORT_SOON_MS = 3;
/** How long a host that just failed to take blocks waits before it tries again. */
const TRY_AGAIN_MS = 250;
/** A host that starts into a restless cluster is ready after so long all the same. */
const READY_WITHIN_MS = 2_000;

export interface OwnerOptions {
  /** The parts of a report that never change. */
  readonly identity: Pick<HostReport, "host_id" | "name" | "started_at" | "code_version">;
  /** It owns every block whatever others say: for chaos tests. */
  readonly forceAll: boolean;
  readonly shards: readonly Shard[];
  readonly cursors: CursorStore;
  readonly metrics: Pick<HostMetrics, "takeovers" | "takeoverSeconds">;
  /** The parts of a report that others know. */
  readonly figures: () => Pick<HostReport, "resident_actors" | "actor_bytes">;
  /** Told of what must not be passed over: the host has to end. */
  readonly onFatal: (error: Error) => void;
}

export class Owner implements Disposable {
  readonly #options: OwnerOptions;
  readonly #log = logger("host");
  readonly #membership: Membership;
  readonly #link: ClusterLink;
  readonly #owned = new Set<number>();
  readonly #moving = new Set<number>();
  readonly #takeovers = { dead: 0, handed: 0 };
  readonly #ready = Promise.withResolvers<void>();
  readonly #drained = Promise.withResolvers<void>();
  readonly #timers: ReturnType<typeof setInterval>[];
  #draining = false;
  #reportSoon: ReturnType<typeof setTimeout> | undefined;
  #takeAgainAtMs = 0;
  #joined = false;

  constructor(connection: NatsConnection, options: OwnerOptions) {
    this.#options = options;
    this.#membership = new Membership(options.identity.host_id, performance.now());
    this.#link = new ClusterLink(connection, {
      heard: (report) => this.#heard(report),
      called: () => this.#report(),
    });
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#report(), REPORT_EVERY_MS),
    ];
    this.#report();
    this.#link.callRoll();
  }

  /** Resolves when it has joined the others and has taken what it could. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** How many blocks it owns. */
  get owned(): number {
    return this.#owned.size;
  }

  /** How many hosts are there as far as it knows, itself included. */
  get liveHosts(): number {
    const { members } = this.#membership.view(performance.now());
    return 1 + members.filter(({ state }) => state !== "dead").length;
  }

  /** Gives everything away; resolves when it owns nothing and has told so. */
  drain(): Promise<void> {
    this.#draining = true;
    this.#report();
    this.#tick();
    return this.#drained.promise;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#reportSoon);
    this.#link[Symbol.dispose]();
  }

  #heard(report: HostReport): void {
    this.#membership.hear({
      hostId: report.host_id,
      draining: report.draining,
      blocks: new Set(report.blocks.map(({ block }) => block)),
    }, performance.now());
    this.#tick();
  }

  #tick(): void {
    const view = this.#membership.view(performance.now());
    this.#noteJoining(view);
    const { take, give } = decideMoves(view, {
      hostId: this.#options.identity.host_id,
      draining: this.#draining,
      forceAll: this.#options.forceAll,
      owned: this.#owned,
      moving: this.#moving,
    });
    if (give.length > 0) void this.#give(give);
    if (take.length > 0 && view.atMs >= this.#takeAgainAtMs) void this.#take(take);
    if (take.length === 0 && this.#moving.size === 0) this.#settled(view);
  }

  /** A host that was paused or cut off asks at once who is there. */
  #noteJoining({ joinedAtMs }: View): void {
    const joined = joinedAtMs !== undefined;
    if (this.#joined && !joined) {
      this.#log.warning("This host has not heard itself for a while; it joins the others again");
      this.#link.callRoll();
    }
    this.#joined = joined;
  }

  /** There is nothing to do at the moment. */
  #settled({ atMs, joinedAtMs, stableSinceMs }: View): void {
    if (this.#draining && this.#owned.size === 0) this.#drained.resolve();
    if (joinedAtMs === undefined && this.#owned.size < BLOCKS) return;
    const isStable = atMs - stableSinceMs >= STABLE_MS;
    const isLate = atMs - (joinedAtMs ?? atMs) >= READY_WITHIN_MS;
    if (isStable || isLate) this.#ready.resolve();
  }

  async #take(takes: readonly Take[]): Promise<void> {
    const startedAtMs = performance.now();
    const numbers = takes.map(({ block }) => block);
    for (const number of numbers) this.#moving.add(number);
    try {
      const { cursors, shards } = this.#options;
      const saved = await cursors.readAll(createdOf(shards));
      const taken = new Set(
        (await Promise.all(
          this.#byShard(numbers).map(([shard, own]) => shard.take(own, saved)),
        )).flat(),
      );
      for (const number of taken) this.#owned.add(number);
      this.#count(takes.filter(({ block }) => taken.has(block)), startedAtMs);
      if (taken.size < numbers.length) this.#takeAgainAtMs = performance.now() + TRY_AGAIN_MS;
    } catch (error) {
      if (error instanceof ForeignCursorError) this.#options.onFatal(error);
      this.#takeAgainAtMs = performance.now() + TRY_AGAIN_MS;
      this.#log.warning("Cannot take over blocks; trying again: {error}", { error });
    } finally {
      for (const number of numbers) this.#moving.delete(number);
    }
    this.#report();
    this.#tick();
  }

  async #give(numbers: readonly number[]): Promise<void> {
    const startedAtMs = performance.now();
    for (const number of numbers) this.#moving.add(number);
    const onGiven = (number: number) => {
      this.#owned.delete(number);
      this.#moving.delete(number);
      this.#options.metrics.takeoverSeconds.observe(
        { reason: "given" },
        (performance.now() - startedAtMs) / 1000,
      );
      this.#reportSoon ??= setTimeout(() => this.#report(), REPORT_SOON_MS);
    };
    await Promise.all(this.#byShard(numbers).map(([shard, own]) => shard.give(own, onGiven)));
    this.#report();
    this.#log.info("Gave {count} blocks away in {ms} ms", {
      count: numbers.length,
      ms: Math.round(performance.now() - startedAtMs),
    });
    this.#tick();
  }

  #byShard(numbers: readonly number[]): [Shard, number[]][] {
    return this.#options.shards.flatMap((shard): [Shard, number[]][] => {
      const own = numbers.filter((number) => shard.numbers.includes(number));
      return own.length > 0 ? [[shard, own]] : [];
    });
  }

  #count(takes: readonly Take[], startedAtMs: number): void {
    const { takeovers, takeoverSeconds } = this.#options.metrics;
    const nowMs = performance.now();
    for (const [reason, own] of Map.groupBy(takes, (take) => take.reason)) {
      takeovers.inc({ reason }, own.length);
      for (const { sinceMs } of own) takeoverSeconds.observe({ reason }, (nowMs - sinceMs) / 1000);
      if (reason !== "unclaimed") this.#takeovers[reason] += own.length;
      this.#log.info("Took over {count} blocks ({reason}) in {ms} ms, unowned for {unowned} ms", {
        count: own.length,
        reason,
        ms: Math.round(nowMs - startedAtMs),
        unowned: Math.round(nowMs - Math.min(...own.map(({ sinceMs }) => sinceMs))),
      });
    }
  }

  #report(): void {
    clearTimeout(this.#reportSoon);
    this.#reportSoon = undefined;
    const { identity, shards, figures } = this.#options;
    this.#link.report({
      ...identity,
      draining: this.#draining,
      blocks: shards.flatMap(({ blocks }) => blocks),
      ...figures(),
      commands: shards.reduce((sum, { finished }) => sum + finished, 0),
      takeovers: { ...this.#takeovers },
    });
  }
}

/** When the stream that stores a block was created. */
export function createdOf(shards: readonly Shard[]): (block: number) => string {
  return (block) => shards.find(({ numbers }) => numbers.includes(block))?.created ?? "";
}
