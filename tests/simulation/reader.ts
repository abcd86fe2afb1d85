/**
 * Somebody who watches groups: opens a stream, reads slowly or not at all, is cut off and resumes where
 * it was. Every frame is checked: each version once, in order, byte for byte what the log holds, and
 * nothing that its user may not see.
 */
import { memberRole, publicSnapshot } from "../../actors/group/mod.ts";
import { type GroupEvent, versionOf } from "../../actors/protocol/mod.ts";
import { type Frame, ReaderModel } from "../../actors/stream/testing/mod.ts";
import type { CommandChecks } from "./command_checks.ts";
import type { Environment } from "./environment.ts";
import { ReaderStream } from "./reader_stream.ts";
import type { SimulatedStreamer } from "./simulated_streamer.ts";

const LOOK_EVERY_MS = 300;
const PATIENCE_MS = 4_000;

export interface ReaderWorld {
  readonly environment: Environment;
  readonly checks: CommandChecks;
  /** The streamer that a new stream is opened at. */
  readonly streamer: () => SimulatedStreamer | undefined;
}

export class Reader {
  readonly #name: string;
  readonly #userId: string;
  readonly #groupIds: readonly string[];
  readonly #world: ReaderWorld;
  #model = new ReaderModel();
  #stream: ReaderStream | undefined;
  /** The stream that is being opened. */
  #opening: ReaderStream | undefined;

  constructor(
    name: string,
    follows: { readonly userId: string; readonly groupIds: readonly string[] },
    world: ReaderWorld,
  ) {
    this.#name = name;
    this.#userId = follows.userId;
    this.#groupIds = follows.groupIds;
    this.#world = world;
    this.#look();
  }

  /** Says what it lacks once everything is quiet; `undefined` when it has seen everything. */
  debt(): string | undefined {
    for (const groupId of this.#groupIds) {
      if (!this.#mayRead(groupId)) continue;
      const has = this.#model.versions.get(groupId) ?? 0;
      const owed = this.#world.checks.versionOf(groupId);
      if (has !== owed && this.#groupIds.every((each) => this.#mayRead(each))) {
        return `${this.#name} has seen ${groupId} up to ${has}, the log has ${owed}`;
      }
    }
    return undefined;
  }

  #mayRead(groupId: string): boolean {
    const { checks } = this.#world;
    const state = checks.reference.group(groupId).stateAt(checks.versionOf(groupId));
    return state.deleted_at === undefined && memberRole(state, this.#userId) !== undefined;
  }

  /** Looks at the stream now and then: opens it, stops reading, reads on, goes away. */
  #look(): void {
    const { clock, faults, random } = this.#world.environment;
    clock.after(LOOK_EVERY_MS * (0.5 + random.next()), () => this.#look());
    const stream = this.#stream;
    if (!stream) return this.#open();
    if (!stream.streamer.process.isAlive || stream.isOver) return this.#end(stream);
    if (random.chance(faults.rates.cut)) {
      stream.cut();
      return this.#end(stream);
    }
    if (stream.isStalled && (faults.isHealed || random.chance(0.3))) stream.resume();
    else if (random.chance(faults.rates.stall)) stream.stall();
  }

  #end(stream: ReaderStream): void {
    this.#world.environment.note(this.#name, "has lost its stream");
    // What was revoked may be granted again: the next stream begins from nothing then.
    if (stream.model.revoked.size > 0) this.#model = new ReaderModel();
    this.#stream = undefined;
  }

  #open(): void {
    const streamer = this.#world.streamer();
    if (this.#opening || !streamer) return;
    const stream: ReaderStream = new ReaderStream(
      streamer,
      this.#model,
      (frame) => this.#take(stream, frame),
    );
    this.#opening = stream;
    // The answer of a streamer that crashes or is too slow is not waited for.
    this.#world.environment.clock.after(PATIENCE_MS, () => {
      if (this.#opening !== stream) return;
      this.#opening = undefined;
      stream.cut();
    });
    streamer.process.enter(() => void this.#openAt(stream));
  }

  async #openAt(stream: ReaderStream): Promise<void> {
    const { environment } = this.#world;
    try {
      const { cursor } = this.#model;
      environment.note(this.#name, `asks for a stream after ${cursor ?? "nothing"}`);
      const connection = await stream.streamer.open({
        userId: this.#userId,
        groupIds: this.#groupIds,
        cursor,
        outlet: stream.outlet,
      });
      stream.connection = connection;
      if (stream.isOver) stream.cut();
      else if (connection) this.#stream = stream;
    } catch (error) {
      environment.note(this.#name, `is refused: ${error instanceof Error ? error.message : error}`);
    } finally {
      if (this.#opening === stream) this.#opening = undefined;
    }
  }

  #take(stream: ReaderStream, frame: Frame): void {
    const { environment } = this.#world;
    if (stream !== this.#stream && stream !== this.#opening) return;
    this.#check(frame);
    try {
      stream.model.take(frame);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      environment.violate("each version once, in order", `${this.#name}: ${what}`);
    }
  }

  #check(frame: Frame): void {
    const { environment } = this.#world;
    const data: unknown = JSON.parse(frame.data);
    environment.note(this.#name, `gets ${frame.event} ${frame.id ?? ""}`);
    if (frame.event === "snapshot") {
      this.#checkSnapshot(frame, data as { id: string; version: number });
    }
    if (frame.event === "todo-event") this.#checkCommit(frame, data as readonly GroupEvent[]);
  }

  #checkSnapshot(frame: Frame, { id, version }: { id: string; version: number }): void {
    const { checks, environment } = this.#world;
    const state = checks.reference.group(id).stateAt(version);
    if (version > checks.versionOf(id) || frame.data !== JSON.stringify(publicSnapshot(state))) {
      environment.violate("snapshot equals log", `${this.#name} gets ${id} at ${version}`);
    }
    this.#checkAccess(id, version);
  }

  #checkCommit(frame: Frame, events: readonly GroupEvent[]): void {
    const { checks, environment } = this.#world;
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) {
      return environment.violate("stream equals log", `${this.#name}: no events`);
    }
    const commit = checks.commitAt(first.partitionkey, versionOf(first));
    if (!commit || new TextDecoder().decode(commit.data) !== frame.data) {
      const what = `version ${versionOf(first)} of ${first.partitionkey}`;
      environment.violate("stream equals log", `${this.#name} gets another ${what}`);
    }
    this.#checkAccess(first.partitionkey, versionOf(last));
  }

  #checkAccess(groupId: string, version: number): void {
    const { checks, environment } = this.#world;
    const state = checks.reference.group(groupId).stateAt(version);
    if (state.deleted_at !== undefined || memberRole(state, this.#userId) === undefined) {
      const what = `${this.#userId} gets version ${version} of ${groupId}`;
      environment.violate("members only", `${what} without being a member`);
    }
  }
}
