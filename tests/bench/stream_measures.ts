/**
 * Measures one streamer, a process of its own, from the outside: streams are opened, left idle, sent
 * events in groups of ten and all at once, cut and resumed, ended by a removal, opened and closed again
 * and again. NATS and the readers share the machine.
 */
import { pause } from "../../actors/platform/mod.ts";
import { type StreamerSlot, StreamSite } from "../chaos/stream_site.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { at, mib, percentiles, settled } from "./stream_figures.ts";
import type { Figure } from "./stream_goals.ts";
import { StreamReader } from "./stream_reader.ts";

const GROUP_SIZE = 10;
const SETTLE_MS = 2_000;
const WARM_SHARE = 0.2;
const RESUMES = 100;
const MISSED = 50;
const REMOVALS = 50;

export interface Load {
  readonly streams: number;
  readonly idleSeconds: number;
  /** Commits a second, one rate after the other, and how long each. */
  readonly commitsPerSecond: readonly number[];
  readonly fanOutSeconds: number;
  readonly broadcasts: number;
  /** How often a stream is opened and closed in the end. */
  readonly cycles: number;
}

/** Runs all measurements; tells each figure as soon as it is known. */
export async function measureStreams(load: Load, tell: (figure: Figure) => void): Promise<void> {
  const { streams } = load;
  const count = Math.ceil(streams / GROUP_SIZE);
  // The last group is everybody's.
  await using site = await StreamSite.start({ streamers: 1, groups: count + 1 });
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
    tell(await measuring.fanOut(readers, ownGroups, rate));
  }
  tell(await measuring.broadcast(readers.filter(({ groupIds }) => groupIds.length > 1), everybody));
  for (const reader of readers) reader.close();
  tell(await measuring.resume(ownGroups[0] ?? everybody));
  tell(await measuring.removals(ownGroups[0] ?? everybody));
  tell(await measuring.cycles(ownGroups));
}

type Group = StreamSite["groups"][number];

class Measuring {
  readonly #site: StreamSite;
  readonly #streamer: StreamerSlot;
  readonly #load: Load;

  constructor(site: StreamSite, streamer: StreamerSlot, load: Load) {
    this.#site = site;
    this.#streamer = streamer;
    this.#load = load;
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
      readers.push(await StreamReader.open(this.#streamer.port, tokens[index] ?? "", ids));
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    tell({
      id: "G9",
      value: (this.#cpuMs() - cpu) * 1_000 / groupIds.length,
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
    tell({ id: "G1", value: (bytes - warm.bytes) / (streams - warm.streams) / 1_024, beside });
    tell({ id: "G3", value: used * 1_000 / idleSeconds / streams, beside: [] });
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

  async fanOut(
    readers: readonly StreamReader[],
    groups: readonly Group[],
    rate: number,
  ): Promise<Figure> {
    for (const reader of readers) reader.latenciesMs.length = 0;
    const [startedAt, cpu] = [performance.now(), this.#cpuMs()];
    const expected = await this.pour(groups, rate) * GROUP_SIZE;
    await settled(readers, expected);
    const seconds = (performance.now() - startedAt) / 1_000;
    const used = this.#cpuMs() - cpu;
    const latencies = readers.flatMap(({ latenciesMs }) => latenciesMs);
    return {
      id: "G4",
      value: used * 1_000 / latencies.length,
      beside: [
        `${Math.round(latencies.length / seconds)} deliveries/s offered at ${
          rate * GROUP_SIZE
        }/s, ` +
        `${latencies.length} of ${expected}, ${(used / seconds / 10).toFixed(0)} % of a core`,
        `from the log's publisher to its readers ${percentiles(latencies)}`,
      ],
    };
  }

  /** One commit to many streams at once: when the last one has it. */
  async broadcast(listeners: readonly StreamReader[], everybody: Group): Promise<Figure> {
    const lastServed: number[] = [];
    for (let round = 0; round < this.#load.broadcasts; round++) {
      for (const reader of listeners) reader.latenciesMs.length = 0;
      this.#publish(everybody);
      await settled(listeners, listeners.length);
      lastServed.push(Math.max(...listeners.flatMap(({ latenciesMs }) => latenciesMs)));
      await pause(100);
    }
    const scale = 10_000 / listeners.length;
    return {
      id: "G5",
      value: at(lastServed, 0.5) * scale,
      beside: [`${listeners.length} streams: ${percentiles(lastServed)}`],
    };
  }

  /** Streams that come back after commits they have missed. */
  async resume(group: Group): Promise<Figure> {
    const tookMs: number[] = [];
    const token = await this.#site.newToken();
    let cursor: string | undefined;
    for (let count = 0; count < RESUMES; count++) {
      const reader = await StreamReader.open(this.#streamer.port, token, [group.groupId]);
      cursor = reader.cursor;
      reader.close();
      for (let i = 0; i < MISSED; i++) this.#publish(group);
      await pause(20);
      const startedAt = performance.now();
      const again = await StreamReader.open(this.#streamer.port, token, [group.groupId], cursor);
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
      const reader = await untilLetIn(() =>
        StreamReader.open(this.#streamer.port, token, [group.groupId])
      );
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
        (await StreamReader.open(this.#streamer.port, token, [groupId])).close();
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

  #publish(group: Group): void {
    const title = `${StreamReader.stamp}${performance.now().toFixed(3)};`;
    this.#site.publish(group, group.addTodos(1, title));
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
      if (attempt === 100 || !String(error).includes(" 404")) throw error;
    }
    await pause(10);
  }
}
