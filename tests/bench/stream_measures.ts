/**
 * Measures one streamer, a process of its own, from the outside: streams are opened, left idle, sent
 * events in groups of ten and all at once, cut and resumed, ended by a removal, opened and closed again
 * and again. NATS and the readers share the machine.
 */
import { pause } from "../../actors/platform/mod.ts";
import { type StreamerSlot, StreamSite } from "../chaos/stream_site.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { kernelBytes } from "../support/resident.ts";
import { cpuTimes } from "./_cpu_time.ts";
import type { CostName } from "./costs.ts";
import { type Histogram, parseHistogram, quantileOf, since } from "./histogram.ts";
import { at, mib, percentiles, settled } from "./stream_figures.ts";
import type { Figure } from "./stream_goals.ts";
import { LOOPBACKS, type ReaderOptions, StreamReader } from "./stream_reader.ts";
import type { TransportName } from "./stream_transport.ts";

const GROUP_SIZE = 10;
const SETTLE_MS = 2_000;
const WARM_SHARE = 0.2;
const RESUMES = 100;
const MISSED = 50;
const REMOVALS = 50;
/** As few as a streamer keeps in memory: others are read from the log each time, which is another measure. */
const CYCLED_GROUPS = 200;

/** All streams are one user's, on a WebSocket they begin with a message, and they come to several addresses. */
const ENVIRONMENT = { RATE_LIMIT_MESSAGES: "1000000000", HOST: "0.0.0.0" };

export interface Load {
  readonly streams: number;
  readonly idleSeconds: number;
  /** Commits a second, one rate after the other, and how long each. */
  readonly commitsPerSecond: readonly number[];
  readonly fanOutSeconds: number;
  readonly broadcasts: number;
  /** How often a stream is opened and closed in the end. */
  readonly cycles: number;
  /** What the streams speak; server-sent events unless it is said. */
  readonly transport?: TransportName;
}

type Costs = Partial<Record<CostName, number>>;

/** Runs all measurements; tells each figure as soon as it is known, and answers what things cost. */
export async function measureStreams(load: Load, tell: (figure: Figure) => void): Promise<Costs> {
  const { streams } = load;
  const count = Math.ceil(streams / GROUP_SIZE);
  // The last group is everybody's.
  await using site = await StreamSite.start({ streamers: 1, groups: count + 1, env: ENVIRONMENT });
  const [streamer] = site.streamers;
  const everybody = site.groups[count];
  if (!streamer || !everybody) throw new Error("There is no streamer");
  const measuring = new Measuring(site, streamer, load);
  const ownGroups = site.groups.slice(0, count);
  const groupIds = Array.from({ length: streams }, (_, index) => {
    const own = ownGroups[Math.floor(index / GROUP_SIZE)]?.groupId ?? "";
    return index % 2 ? [own] : [own, everybody.groupId];
  });
  // The first ones make the process warm: what a further one costs is asked.
  const first = Math.ceil(streams * WARM_SHARE);
  const readers = await measuring.open(groupIds.slice(0, first), () => {});
  await pause(SETTLE_MS);
  const warm = { bytes: streamer.residentBytes(), streams: first };
  readers.push(...await measuring.open(groupIds.slice(first), tell));
  await measuring.idle(warm, tell);
  for (const rate of load.commitsPerSecond) {
    await measuring.pour(ownGroups, rate);
    await pause(SETTLE_MS);
    await measuring.fanOut({ readers, groups: ownGroups, rate }, tell);
  }
  tell(await measuring.broadcast(readers.filter(({ groupIds }) => groupIds.length > 1), everybody));
  for (const reader of readers) reader.close();
  await measuring.comeBack(readers.filter(({ groupIds }) => groupIds.length === 1));
  tell(await measuring.resume(ownGroups[0] ?? everybody));
  tell(await measuring.removals(ownGroups[0] ?? everybody));
  tell(await measuring.cycles(ownGroups.slice(0, CYCLED_GROUPS)));
  return measuring.costs;
}

type Group = StreamSite["groups"][number];

class Measuring {
  readonly costs: Costs = {};
  readonly #site: StreamSite;
  readonly #streamer: StreamerSlot;
  readonly #load: Load;
  readonly #emptyKernelBytes: number;
  #opened = 0;

  constructor(site: StreamSite, streamer: StreamerSlot, load: Load) {
    this.#site = site;
    this.#streamer = streamer;
    this.#load = load;
    this.costs["stream.base_mib"] = streamer.residentBytes() / 2 ** 20;
    this.#emptyKernelBytes = kernelBytes();
  }

  /** Opens a stream of each of `groupIds`, all with tokens that nobody has seen before. */
  async open(
    groupIds: readonly (readonly string[])[],
    tell: (figure: Figure) => void,
  ): Promise<StreamReader[]> {
    const tokens = await Promise.all(groupIds.map(() => this.#site.newToken()));
    const readers: StreamReader[] = [];
    const [startedAt, cpu] = [performance.now(), this.#cpuMs()];
    await eachAtOnce(groupIds, async (ids, index) => {
      // One of each group is prompt, of the last, which are written to last, who follows everybody's group, too.
      const prompt = index % GROUP_SIZE === GROUP_SIZE - 2;
      const token = tokens[index] ?? "";
      readers.push(await this.#openOne(token, ids, { prompt }));
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const openUs = (this.#cpuMs() - cpu) * 1_000 / groupIds.length;
    this.costs["stream.open_us"] = openUs;
    this.costs["stream.snapshot_bytes"] =
      readers.reduce((sum, { openBytes }) => sum + openBytes, 0) / readers.length;
    tell({
      id: "G9",
      value: openUs,
      beside: [`${groupIds.length} streams, ${Math.round(groupIds.length / seconds)} a second`],
    });
    return readers;
  }

  async idle(
    warm: { readonly bytes: number; readonly streams: number },
    tell: (figure: Figure) => void,
  ): Promise<void> {
    const { streams, idleSeconds } = this.#load;
    await pause(SETTLE_MS);
    const cpu = this.#cpuMs();
    await pause(idleSeconds * 1_000);
    const used = this.#cpuMs() - cpu;
    const bytes = this.#streamer.residentBytes();
    const beside = [`${mib(bytes)} in all, ${mib(warm.bytes)} with ${warm.streams} streams`];
    const kib = (bytes - warm.bytes) / (streams - warm.streams) / 1_024;
    const idleUs = used * 1_000 / idleSeconds / streams;
    this.costs["stream.kib"] = kib;
    this.costs["stream.idle_us"] = idleUs;
    // Both ends of every stream are on this machine.
    this.costs["stream.kernel_bytes"] = (kernelBytes() - this.#emptyKernelBytes) / streams / 2;
    tell({ id: "G1", value: kib, beside });
    tell({ id: "G3", value: idleUs, beside: [] });
  }

  /** Commits to all `groups` in turn, at an even pace; says how many. */
  async pour(groups: readonly Group[], rate: number): Promise<number> {
    const startedAt = performance.now();
    const total = rate * this.#load.fanOutSeconds;
    for (let published = 0; published < total; await pause(1)) {
      const due = Math.min(total, (performance.now() - startedAt) / 1_000 * rate);
      for (; published < due; published++) {
        const group = groups[published % groups.length];
        if (group) this.#publish(group);
      }
    }
    return total;
  }

  /** Commits to all groups; what a delivery costs, and how long it takes within the streamer. */
  async fanOut(
    { readers, groups, rate }: {
      readonly readers: readonly StreamReader[];
      readonly groups: readonly Group[];
      readonly rate: number;
    },
    tell: (figure: Figure) => void,
  ): Promise<void> {
    const bytes = () => readers.reduce((total, reader) => total + reader.bytes, 0);
    for (const reader of readers) reader.reset();
    const [bytesBefore, delaysBefore] = [bytes(), await this.#delays()];
    const [startedAt, cpu] = [performance.now(), this.#cpuMs()];
    const expected = await this.pour(groups, rate) * GROUP_SIZE;
    const [pouredMs, used] = [performance.now() - startedAt, this.#cpuMs() - cpu];
    await settled(readers, expected);
    const deliveries = readers.reduce((total, { arrivals }) => total + arrivals, 0);
    const deliveryUs = used * 1_000 / deliveries;
    const delays = since(delaysBefore, await this.#delays());
    const delayMs = (share: number) => quantileOf(delays, share) * 1_000;
    const offered = `${(rate * GROUP_SIZE).toLocaleString("en")} deliveries/s offered`;
    this.costs["stream.delivery_us"] ??= deliveryUs;
    this.costs["stream.frame_bytes"] = (bytes() - bytesBefore) / deliveries;
    tell({
      id: "G4",
      value: deliveryUs,
      beside: [
        `${offered}, ${deliveries} of ${expected} came; ${(used / pouredMs * 100).toFixed(0)} % ` +
        `of a core, ${Math.round(1e6 / deliveryUs).toLocaleString("en")}/s of a whole one`,
      ],
    });
    tell({
      id: "G4 delay",
      value: delayMs(0.99),
      beside: [
        `${offered}: p50 ${delayMs(0.5).toFixed(1)} ms, p90 ${delayMs(0.9).toFixed(1)} ms`,
        `at the readers, in the process that publishes, too: ${
          percentiles(readers.flatMap(({ latenciesMs }) => latenciesMs))
        }`,
      ],
    });
  }

  /** One commit to many streams at once: when the last one has it. */
  async broadcast(listeners: readonly StreamReader[], everybody: Group): Promise<Figure> {
    const lastServed: number[] = [];
    const prompt = listeners.filter(({ isPrompt }) => isPrompt);
    const cpu = this.#cpuMs();
    for (let round = 0; round < this.#load.broadcasts; round++) {
      for (const reader of listeners) reader.reset();
      this.#publish(everybody);
      await settled(listeners, listeners.length);
      const servedMs = prompt.map(({ latenciesMs: [first = Infinity] }) => first);
      lastServed.push(Math.max(...servedMs));
      await pause(100);
    }
    const used = (this.#cpuMs() - cpu) * 1_000;
    this.costs["stream.broadcast_us"] = used / this.#load.broadcasts / listeners.length;
    const scale = 10_000 / listeners.length;
    return {
      id: "G5",
      value: at(lastServed, 0.5) * scale,
      beside: [`${listeners.length} streams: ${percentiles(lastServed)}`],
    };
  }

  /** Streams that come back and have missed nothing, with tokens and groups that are known. */
  async comeBack(readers: readonly StreamReader[]): Promise<void> {
    const reopen = async (from: readonly StreamReader[], resume: boolean) => {
      const opened: StreamReader[] = [];
      await eachAtOnce(from, async ({ token, groupIds, cursor }) => {
        const options = resume ? { cursor } : {};
        opened.push(await this.#openOne(token, groupIds, options));
      });
      for (const reader of opened) reader.close();
      return opened;
    };
    const fresh = await reopen(readers, false);
    await pause(SETTLE_MS);
    const cpu = this.#cpuMs();
    await reopen(fresh, true);
    this.costs["stream.resume_us"] = (this.#cpuMs() - cpu) * 1_000 / fresh.length;
  }

  /** Streams that come back after commits they have missed. */
  async resume(group: Group): Promise<Figure> {
    const tookMs: number[] = [];
    const token = await this.#site.newToken();
    let cursor: string | undefined;
    for (let count = 0; count < RESUMES; count++) {
      const reader = await this.#openOne(token, [group.groupId]);
      cursor = reader.cursor;
      reader.close();
      for (let i = 0; i < MISSED; i++) this.#publish(group);
      await pause(20);
      const startedAt = performance.now();
      const again = await this.#openOne(token, [group.groupId], {
        cursor,
      });
      await settled([again], MISSED);
      tookMs.push(performance.now() - startedAt);
      again.close();
    }
    return { id: "G8", value: at(tookMs, 0.99), beside: [percentiles(tookMs)] };
  }

  /** Members who are removed while their stream is open. */
  async removals(group: Group): Promise<Figure> {
    const tookMs: number[] = [];
    for (let count = 0; count < REMOVALS; count++) {
      const userId = `guest-${count}`;
      this.#site.publish(group, group.addMember(userId));
      const token = await this.#site.newToken(userId);
      const reader = await untilLetIn(() => this.#openOne(token, [group.groupId]));
      const startedAt = performance.now();
      this.#site.publish(group, group.removeMember(userId));
      await reader.ended;
      tookMs.push(performance.now() - startedAt);
      reader.close();
    }
    return { id: "G13", value: at(tookMs, 1), beside: [percentiles(tookMs)] };
  }

  /** Opens and closes streams; the first quarter of them makes the warm baseline. */
  async cycles(groups: readonly Group[]): Promise<Figure> {
    const token = await this.#site.newToken();
    const cycle = (count: number) =>
      eachAtOnce(Array.from({ length: count }), async (_, index) => {
        const groupId = groups[index % groups.length]?.groupId ?? "";
        (await this.#openOne(token, [groupId])).close();
      });
    const { cycles } = this.#load;
    await cycle(Math.ceil(cycles / 4));
    await pause(SETTLE_MS);
    const warm = this.#streamer.residentBytes();
    await cycle(cycles);
    await pause(SETTLE_MS);
    const after = this.#streamer.residentBytes();
    const open = /^tf_stream_connections\{.*\} (\d+)/m.exec(await this.#streamer.metrics())?.[1];
    return {
      id: "G14",
      value: Math.max(0, after / warm - 1) * 100,
      beside: [`${cycles} times, ${mib(warm)} before, ${mib(after)} after, ${open} streams open`],
    };
  }

  #openOne(
    token: string,
    groupIds: readonly string[],
    options: ReaderOptions = {},
  ): Promise<StreamReader> {
    const { transport } = this.#load;
    const hostname = LOOPBACKS[this.#opened++ % LOOPBACKS.length];
    const { port } = this.#streamer;
    return StreamReader.open(port, token, groupIds, { ...options, transport, hostname });
  }

  #publish(group: Group): void {
    const title = `${StreamReader.stamp}${performance.now().toFixed(3)};`;
    this.#site.publish(group, group.addTodos(1, title));
  }

  /** How long commits took to be written to the readers, so far. */
  async #delays(): Promise<Histogram> {
    return parseHistogram(await this.#streamer.metrics(), "tf_stream_delivery_seconds");
  }

  #cpuMs(): number {
    return cpuTimes([{ name: "streamer", pid: this.#streamer.pid }]).get("streamer") ?? 0;
  }
}

/** A member who was added a moment ago may not be known yet. */
async function untilLetIn(open: () => Promise<StreamReader>): Promise<StreamReader> {
  for (let attempt = 1;; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt === 100 || !/[ :]404\b/.test(String(error))) throw error;
    }
    await pause(10);
  }
}
