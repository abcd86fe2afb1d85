/**
 * Sessions, their pages, streamers and the log in virtual time. What a streamer does with a stream that is
 * opened, resumed, refused or ended is decided by its own code; what the page does then, by the page's.
 */
import { ProblemError } from "../../actors/protocol/mod.ts";
import type { CloseReason } from "../../actors/stream/mod.ts";
import { lifetimeOf, problemAnswer, retryClass } from "../../actors/stream/testing/mod.ts";
import { Balancer } from "./balancer.ts";
import { Calendar } from "./calendar.ts";
import { Clients } from "./clients.ts";
import { Figures } from "./figures.ts";
import { Follower } from "./follower.ts";
import { FIRST_VERSION, Groups } from "./groups.ts";
import { type Closed, Handle } from "./handle.ts";
import { LogServer } from "./log_server.ts";
import { Pod } from "./pod.ts";
import { populate } from "./population.ts";
import { Recoveries } from "./recoveries.ts";
import { serve } from "./serve.ts";
import { VirtualTime } from "./virtual_time.ts";
import type { WorldOptions } from "./world_options.ts";

/** From a browser to a streamer and back. */
const LATENCY_MS = 40;
/** Round trips until a request has arrived, those of TCP and TLS with it. */
const HANDSHAKES = 3;
/** The streamer looks this often which streams have run their time. */
const WHEEL_TICK_MS = 250;
const PAGE_BYTES = 256 * 1024;
/** Whoever is without a stream for so long at the end of a run is stuck. */
const PATIENCE_MS = 30_000;
/** From this many watchers at one streamer on a delivery costs what it costs in a broadcast. */
const BROADCAST_WATCHERS = 100;

const [AWAY, WAITING, ASKING, OPENING, LIVE] = [0, 1, 2, 3, 4];

export class World {
  readonly options: WorldOptions;
  readonly time = new VirtualTime();
  readonly figures: Figures;
  readonly groups: Groups;
  readonly recoveries: Recoveries;
  readonly balancer: Balancer;
  /** What must never happen and did. */
  readonly violations: string[] = [];
  readonly pods: Pod[] = [];
  readonly #latencyMs: number;
  readonly #clients: Clients;
  readonly #calendar: Calendar;
  readonly #log: LogServer;
  readonly #follower: Follower;
  readonly #groupOf: Uint32Array;
  /** The first session of every group; they are neighbours. */
  readonly #firstOf: Uint32Array;
  readonly #states: Uint8Array;
  readonly #slotOf: Int16Array;
  readonly #endsRotated: Uint8Array;
  /** Since when each session has no stream. */
  readonly #withoutSinceMs: Float64Array;
  readonly #handles: Handle[];
  readonly #bySlot: (Pod | undefined)[] = [];
  /** Sessions that wait until their streamer follows their group, by streamer and group. */
  readonly #opening = new Map<number, number[]>();
  /** Version from which on a streamer has commits of a group in its ring, by streamer and group. */
  readonly #ringsSince = new Map<number, number>();
  #commandsDue = 0;
  #hotCommandsDue = 0;
  #opensThisSecond = new Uint32Array(0);

  constructor(options: WorldOptions) {
    const { sessions, random, config, costs, assumed } = options;
    this.options = options;
    this.#latencyMs = options.latencyMs ?? LATENCY_MS;
    this.figures = new Figures(options.durationMs);
    this.recoveries = new Recoveries(sessions);
    this.balancer = new Balancer({ byGroup: options.byGroup ?? false, random });
    const { groupOf, firstOf, groups, users } = populate({ ...options, ...assumed }, random);
    this.#groupOf = groupOf;
    this.#firstOf = firstOf;
    this.groups = new Groups(groups, {
      ring: { maxCommits: config.ringCommits, maxBytes: config.ringBytes },
      frameBytes: costs["stream.frame_bytes"] * assumed.eventBytesFactor,
      snapshotEvery: assumed.snapshotEvery,
      residentShare: assumed.actorsPerWatchedGroup,
      random,
    });
    this.#clients = new Clients(sessions, { tokenMs: config.accessTokenMs, random });
    this.#calendar = new Calendar(sessions, options.durationMs);
    this.#log = new LogServer(options.logCores, costs);
    const { time, figures } = this;
    const { historyEvents } = assumed;
    this.#follower = new Follower({
      time,
      figures,
      log: this.#log,
      costs,
      groups: this.groups,
      historyEvents,
    });
    this.#states = new Uint8Array(sessions);
    this.#slotOf = new Int16Array(sessions).fill(-1);
    this.#endsRotated = new Uint8Array(sessions);
    this.#withoutSinceMs = new Float64Array(sessions).fill(NaN);
    this.#opensThisSecond = new Uint32Array(options.slots);
    const closed: Closed = (session, reason) => this.#closed(session, reason);
    this.#handles = Array.from({ length: sessions }, (_, session) => {
      const user = session % users;
      const id = `u${user}`;
      const address = `a${Math.floor(user / assumed.usersPerAddress)}`;
      return new Handle(session, { userId: id, sessionId: id, address }, closed);
    });
    for (let slot = 0; slot < options.pods; slot++) this.balancer.route(this.addPod(), true);
    for (let session = 0; session < sessions; session++) {
      if (random.chance(options.online)) this.#startLive(session);
    }
  }

  /** A streamer more, in the first free column. */
  addPod(): Pod {
    const taken = new Set(this.pods.map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot++;
    if (slot >= this.options.slots) {
      throw new RangeError(`There are only ${slot} columns for streamers`);
    }
    const pod = new Pod(slot, this.options.config, this.options.costs);
    this.pods.push(pod);
    this.#bySlot[slot] = pod;
    return pod;
  }

  /** Lets time pass until the end of the run. */
  async run(): Promise<void> {
    const { time, options: { durationMs, endsEarlyMs = Infinity } } = this;
    for (; time.nowMs <= durationMs; time.nowMs++) {
      await time.act();
      for (let session; (session = this.#calendar.take(time.nowMs)) !== undefined;) {
        this.#happen(session);
      }
      this.#command();
      if (time.nowMs % 1_000 !== 999) continue;
      this.#everySecond();
      if (time.nowMs > endsEarlyMs && this.recoveries.areAllBack) break;
    }
    this.figures.balance = this.#sizes();
    this.#checkNobodyIsStuck(PATIENCE_MS);
  }

  /** Sessions that have a stream. */
  get live(): number {
    return this.#states.reduce((sum, state) => sum + (state === LIVE ? 1 : 0), 0);
  }

  /** Sends a session that is away to its group at `atMs`. */
  arrive(session: number, atMs: number): void {
    if (this.#states[session] !== AWAY) return;
    this.#states[session] = WAITING;
    this.#withoutSinceMs[session] = atMs;
    this.#calendar.plan(session, atMs);
  }

  /** Cuts every stream of `pod`, or of all, without a word; a page whose request waits loses that. */
  cut(pod?: Pod): void {
    for (let session = 0; session < this.options.sessions; session++) {
      const state = this.#states[session] ?? AWAY;
      if (state <= WAITING || (pod && this.#slotOf[session] !== pod.slot)) continue;
      if (state === LIVE) this.recoveries.lose(session, this.time.nowMs);
      this.#leave(session);
      this.#lost(session, this.time.nowMs, 0);
    }
  }

  /** The process of `pod` is gone at once; the balancer goes on sending streams to it until it is told. */
  kill(pod: Pod): void {
    this.cut(pod);
    pod.gone = true;
    this.#forgetOpening(pod);
  }

  /** Takes `pod`, which has no streams any more, out for good. */
  remove(pod: Pod): void {
    if (pod.streams.size > 0) this.cut(pod);
    pod.gone = true;
    this.#forgetOpening(pod);
    this.pods.splice(this.pods.indexOf(pod), 1);
    this.#bySlot[pod.slot] = undefined;
  }

  /** Checks that nobody has been without a stream for longer than `patienceMs` at the end. */
  #checkNobodyIsStuck(patienceMs: number): void {
    const { nowMs } = this.time;
    for (let session = 0; session < this.options.sessions; session++) {
      const state = this.#states[session];
      if (state === LIVE || state === AWAY) continue;
      const withoutMs = nowMs - (this.#withoutSinceMs[session] ?? NaN);
      if (withoutMs <= patienceMs) continue;
      this.violations.push(`session ${session} is without a stream for ${withoutMs} ms`);
    }
  }

  #startLive(session: number): void {
    const { random } = this.options;
    const group = this.#groupOf[session] ?? 0;
    const pod = this.balancer.pick(group);
    if (!pod) return;
    if (pod.follows.acquire(group) === "not") pod.follows.opened(group);
    this.#position(session, group);
    this.#join(session, pod);
    // Streams were opened at any time, not all just now.
    const { accessTokenMs } = this.options.config;
    this.#calendar.plan(session, this.#onTick(random.next() * accessTokenMs * 0.9));
  }

  #happen(session: number): void {
    switch (this.#states[session]) {
      case WAITING:
        return this.#attempt(session);
      case ASKING:
        return this.#decide(session);
      case LIVE:
        return this.#handles[session]?.close(
          this.#endsRotated[session] ? "rotated" : "token-expired",
        );
    }
  }

  #attempt(session: number): void {
    const { time: { nowMs }, figures } = this;
    const { costs } = this.options;
    this.#clients.attemptedAtMs[session] = nowMs;
    const pod = this.balancer.pick(this.#groupOf[session] ?? 0);
    if (!pod || pod.gone) {
      figures.add("failed", nowMs);
      return this.#lost(session, nowMs + HANDSHAKES * this.#latencyMs, 0);
    }
    this.#states[session] = ASKING;
    this.#slotOf[session] = pod.slot;
    const doneAtMs = pod.work(nowMs + HANDSHAKES * this.#latencyMs, costs["stream.open_us"]);
    figures.peakBehindMs = Math.max(figures.peakBehindMs, pod.behindMs(nowMs));
    this.#calendar.plan(session, doneAtMs);
  }

  /** The streamer has read the request: refuses it, or begins. */
  #decide(session: number): void {
    const pod = this.#podOf(session);
    const handle = this.#handles[session];
    const group = this.#groupOf[session] ?? 0;
    if (!pod || !handle) return;
    try {
      if (pod.draining) throw new ProblemError({ code: "unavailable", detail: "draining" });
      pod.streams.checkRoom(handle.owner);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.figures.add("refused", this.time.nowMs);
      const seconds = Number(problemAnswer(error.problem).headers["retry-after"] ?? 0);
      this.#slotOf[session] = -1;
      return this.#lost(session, this.time.nowMs + this.#latencyMs, seconds * 1_000);
    }
    const following = pod.follows.acquire(group);
    if (following === "open") return this.#begin(session, pod);
    this.#states[session] = OPENING;
    const key = group * this.options.slots + pod.slot;
    const waiting = this.#opening.get(key);
    if (waiting) waiting.push(session);
    else this.#opening.set(key, [session]);
    if (following === "not") {
      this.#follower.follow(pod, group, (saved) => this.#followed(pod, group, saved));
    }
  }

  #followed(pod: Pod, group: number, saved: number): void {
    const key = group * this.options.slots + pod.slot;
    if (!pod.follows.opened(group)) return;
    // Most snapshots are older than all that is in a ring.
    if (saved > FIRST_VERSION) this.#ringsSince.set(key, saved);
    else this.#ringsSince.delete(key);
    const waiting = this.#opening.get(key) ?? [];
    this.#opening.delete(key);
    for (const session of waiting) {
      if (this.#states[session] === OPENING && this.#slotOf[session] === pod.slot) {
        this.#begin(session, pod);
      }
    }
  }

  /** Serves the session from where it stands, by the streamer's rules, and lets it listen. */
  #begin(session: number, pod: Pod): void {
    const { time: { nowMs }, figures } = this;
    const { config, costs, random } = this.options;
    const group = this.#groupOf[session] ?? 0;
    const deliveries = this.#serve(session, group, pod);
    const doneAtMs = pod.work(nowMs, deliveries * costs["stream.delivery_us"]);
    this.#position(session, group);
    this.#join(session, pod);
    figures.add("opens", nowMs);
    this.#opensThisSecond[pod.slot] = (this.#opensThisSecond[pod.slot] ?? 0) + 1;
    figures.peakStreams = Math.max(figures.peakStreams, pod.streams.size);
    this.recoveries.back(session, doneAtMs + this.#latencyMs);
    const tokenLeftMs = this.#tokenLeftMs(session);
    const { lastsMs, endReason } = lifetimeOf(
      { rotateMs: config.rotateMs, tokenLeftMs },
      random.next(),
    );
    this.#endsRotated[session] = endReason === "rotated" ? 1 : 0;
    this.#calendar.plan(session, this.#onTick(nowMs + lastsMs));
  }

  /** What the streamer sends to a session that comes with its cursor; how many frames that is. */
  #serve(session: number, group: number, pod: Pod): number {
    const { figures, groups, time: { nowMs } } = this;
    const version = this.#clients.versions[session] ?? 0;
    const sequence = this.#clients.sequences[session] ?? 0;
    const { maxReplayVersions } = this.options.config;
    const limits = { pageBytes: PAGE_BYTES, maxReplayVersions };
    const since = this.#ringsSince.get(group * this.options.slots + pod.slot);
    const known = { groups, limits, since };
    const { from, frames, violation } = serve({ version, sequence }, group, known);
    figures.add(from, nowMs);
    if (violation !== undefined) this.violations.push(`session ${session} ${violation}`);
    if (from === "fromLog") {
      figures.add("logReads", nowMs);
      this.#log.page(nowMs, frames);
    }
    return frames;
  }

  /** Everything of the group up to now has been sent to the session. */
  #position(session: number, group: number): void {
    const { version, sequence } = this.groups.head(group);
    this.#clients.versions[session] = version;
    this.#clients.sequences[session] = sequence;
  }

  #join(session: number, pod: Pod): void {
    const handle = this.#handles[session];
    if (!handle) return;
    this.#states[session] = LIVE;
    this.#withoutSinceMs[session] = NaN;
    this.#slotOf[session] = pod.slot;
    pod.streams.add(handle);
  }

  /** The streamer has ended the stream and said so. */
  #closed(session: number, reason: CloseReason): void {
    this.#leave(session);
    if (retryClass(reason) === "stop") this.#states[session] = AWAY;
    else this.#lost(session, this.time.nowMs + this.#latencyMs, 0);
    if (reason === "draining") this.recoveries.lose(session, this.time.nowMs);
  }

  #leave(session: number): void {
    const pod = this.#podOf(session);
    const group = this.#groupOf[session] ?? 0;
    const state = this.#states[session] ?? AWAY;
    this.#calendar.cancel(session);
    if (!pod || state < OPENING) return;
    const handle = this.#handles[session];
    if (state === LIVE && handle) {
      pod.streams.remove(handle);
      this.#position(session, group);
    }
    pod.follows.release(group, this.time.nowMs);
    this.#slotOf[session] = -1;
  }

  /** The page notices at `atMs` that it has no stream, and tries again when its rules say so. */
  #lost(session: number, atMs: number, floorMs: number): void {
    this.#states[session] = WAITING;
    if (Number.isNaN(this.#withoutSinceMs[session])) this.#withoutSinceMs[session] = atMs;
    this.#calendar.plan(session, atMs + this.#clients.waitMs(session, atMs, floorMs));
  }

  #tokenLeftMs(session: number): number {
    return this.#clients.tokenLeftMs(
      session,
      this.time.nowMs,
      (atMs) => this.figures.add("refreshes", Math.max(0, atMs)),
    );
  }

  /** What happens in the usual groups, and in the hot one, whose people mostly read. */
  #command(): void {
    const { commandsPerSecond, hotCommandsPerSecond, hotGroup, sessions, random } = this.options;
    for (
      this.#commandsDue += commandsPerSecond / 1_000;
      this.#commandsDue >= 1;
      this.#commandsDue--
    ) {
      this.#commit(this.#groupOf[hotGroup + random.int(sessions - hotGroup)] ?? 0);
    }
    this.#hotCommandsDue += hotCommandsPerSecond / 1_000;
    for (; this.#hotCommandsDue >= 1; this.#hotCommandsDue--) this.#commit(0);
  }

  /** Everybody who listens gets the commit, which is work for every streamer that has one of them. */
  #commit(group: number): void {
    const { costs } = this.options;
    const { nowMs } = this.time;
    this.groups.commit(group, nowMs);
    const [first = 0, end = 0] = [this.#firstOf[group], this.#firstOf[group + 1]];
    if (end - first < this.pods.length) {
      // A small group: its few sessions are looked at, not all the streamers.
      for (let session = first; session < end; session++) {
        const pod = this.#states[session] === LIVE ? this.#podOf(session) : undefined;
        if (pod) this.#deliver(pod, costs["stream.delivery_us"]);
      }
      return;
    }
    for (const pod of this.pods) {
      const watchers = pod.follows.watchers(group);
      if (watchers === 0 || pod.gone) continue;
      const each = watchers >= BROADCAST_WATCHERS
        ? costs["stream.broadcast_us"]
        : costs["stream.delivery_us"];
      this.#deliver(pod, watchers * each);
    }
  }

  #deliver(pod: Pod, costUs: number): void {
    const { figures, time: { nowMs } } = this;
    figures.peakBehindMs = Math.max(figures.peakBehindMs, pod.work(nowMs, costUs) - nowMs);
  }

  #everySecond(): void {
    const { figures, time: { nowMs } } = this;
    for (const pod of this.pods) pod.follows.expire(nowMs);
    for (const opens of this.#opensThisSecond) {
      figures.peakOpensOfOne = Math.max(figures.peakOpensOfOne, opens);
    }
    this.#opensThisSecond.fill(0);
  }

  #sizes(): { readonly least: number; readonly mean: number; readonly most: number } {
    const sizes = this.pods.filter(({ gone }) => !gone).map(({ streams }) => streams.size);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    return { least: Math.min(...sizes), mean, most: Math.max(...sizes) };
  }

  #onTick(atMs: number): number {
    return Math.ceil(atMs / WHEEL_TICK_MS) * WHEEL_TICK_MS;
  }

  #podOf(session: number): Pod | undefined {
    return this.#bySlot[this.#slotOf[session] ?? -1];
  }

  #forgetOpening(pod: Pod): void {
    for (const key of this.#opening.keys()) {
      if (key % this.options.slots === pod.slot) this.#opening.delete(key);
    }
  }
}
