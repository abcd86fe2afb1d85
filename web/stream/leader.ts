/**
 * The tab that leads: holds the one stream of the browser, opened for what all tabs need, and hands its frames
 * on. Keeps how far each group has been handed on, so that a stream that replaces another leaves no gap. Knows
 * nothing of browsers: the stream, the other tabs and timers are given.
 */
import type { Connection, Verdict } from "./connection.ts";
import { earlier, together } from "./cursors.ts";
import type { EventStream, StreamHandlers, StreamRequest } from "./event_stream.ts";
import { address, isFinal } from "./handing_on.ts";
import type { Announcement, Request } from "./messages.ts";
import { changeOf, type Doing, doingIn, type Need, NOTHING, type Plan, planOf } from "./plan.ts";
import type { SseFrame } from "./sse_parser.ts";

/** What several tabs want at the same time is asked for at once. */
const SOON_MS = 10;
/** How long a stream may have more than is wanted: a tab may be loaded again, or looked at again. */
const SPARE_MS = 5_000;
/** How long a new leader waits for what the other tabs need. */
const GATHER_MS = 100;

/** Where streams come from. */
export interface StreamSource {
  open(handlers: StreamHandlers): EventStream;
  /** Whether the server refuses this user the group. */
  isRefused(groupId: string): Promise<boolean>;
  /** Tells the server what the user does in the group, from now on; `isNew`: a stream that was opened just now. */
  say(groupId: string, doing: Doing, isNew: boolean): void;
}

/** Calls `action` after `ms`; the result calls that off. */
export type Later = (ms: number, action: () => void) => () => void;

export interface LeaderContext {
  /** Names the tab. */
  readonly id: string;
  readonly source: StreamSource;
  readonly later: Later;
  /** Whether other tabs have been heard of, which are to be asked first. */
  readonly hasCompany: boolean;
  /** Tells all tabs, this one too. */
  announce(message: Announcement): void;
  /** Calls `gone` when the tab `tab` is no more; the result calls that off. */
  whenGone(tab: string, gone: () => void): () => void;
}

interface Tab {
  readonly need: Need;
  readonly forget: () => void;
}

export class Leader implements Disposable {
  readonly #context: LeaderContext;
  readonly #tabs = new Map<string, Tab>();
  /** How far each group of the stream has been handed on; "" where a snapshot is due. */
  readonly #handed = new Map<string, string>();
  /** From where tabs have to be served besides, by the next stream. */
  readonly #asked = new Map<string, string>();
  #open: Plan = NOTHING;
  #stream: EventStream | undefined;
  #connection: Connection = { state: "connecting" };
  /** Some tab has to be served from before what was handed on. */
  #isBehind = false;
  #planned: { readonly when: "now" | "later"; readonly cancel: () => void } | undefined;

  constructor(context: LeaderContext) {
    this.#context = context;
  }

  /** Asks the tabs what they need, and opens the stream. */
  start(): void {
    this.#announce({ kind: "lead" });
    if (!this.#context.hasCompany) this.#begin();
    else this.#plan("now", GATHER_MS, () => this.#begin());
  }

  heard(request: Request): void {
    if (request.kind === "need") this.#note(request);
    if (request.kind === "ping" || request.resume) this.#tellConnection();
  }

  [Symbol.dispose](): void {
    this.#planned?.cancel();
    this.#stream?.close();
    for (const { forget } of this.#tabs.values()) forget();
    this.#tabs.clear();
  }

  get #needs(): Need[] {
    return [...this.#tabs.values()].map(({ need }) => need);
  }

  #begin(): void {
    this.#planned = undefined;
    this.#stream = this.#context.source.open({
      request: () => this.#request(),
      onFrames: (frames) => this.#handOn(frames),
      onConnection: (connection) => this.#connected(connection),
      onRefused: (groupIds) => this.#refused(groupIds),
    });
  }

  #note({ tab, need, cursor, resume }: Request & { kind: "need" }): void {
    const known = this.#tabs.get(tab);
    if (!need) {
      known?.forget();
      this.#tabs.delete(tab);
    } else {
      const forget = known?.forget ??
        this.#context.whenGone(tab, () => {
          this.#tabs.delete(tab);
          this.#adapt();
        });
      this.#tabs.set(tab, { need, forget });
      if (resume || known?.need.groupId !== need.groupId) this.#serve(need.groupId, cursor);
      const isLookedAt = need.visible && !known?.need.visible;
      if (isLookedAt && this.#connection.state === "reconnecting") this.#isBehind = true;
      // Who is present is told at the beginning of a stream and when it changes: a tab that comes back missed it.
      if (resume && !known && this.#open.presence.includes(need.groupId)) this.#isBehind = true;
    }
    this.#adapt();
  }

  /** Sees to it that the group is read from `cursor` on at the latest. */
  #serve(groupId: string, cursor: string): void {
    const handed = this.#handed.get(groupId);
    if (handed !== undefined && earlier(handed, cursor) === handed) return;
    const asked = this.#asked.get(groupId);
    this.#asked.set(groupId, asked === undefined ? cursor : earlier(asked, cursor));
    if (this.#open.groupIds.includes(groupId)) this.#isBehind = true;
  }

  /** Replaces the stream where it is not what the tabs need, and says what the user does. */
  #adapt(): void {
    if (!this.#stream) return;
    const wanted = planOf(this.#needs);
    const change = this.#isBehind ? "now" : changeOf(this.#open, wanted);
    if (change !== "never") {
      this.#plan(change, change === "now" ? SOON_MS : SPARE_MS, () => this.#renew());
    } else if (this.#planned) {
      this.#planned.cancel();
      this.#planned = undefined;
    }
    this.#sayDoing(false);
  }

  #plan(when: "now" | "later", ms: number, action: () => void): void {
    if (this.#planned?.when === when) return;
    this.#planned?.cancel();
    this.#planned = { when, cancel: this.#context.later(ms, action) };
  }

  #renew(): void {
    this.#planned = undefined;
    this.#stream?.renew();
  }

  #request(): StreamRequest | undefined {
    const plan = planOf(this.#needs);
    this.#isBehind = false;
    this.#open = plan;
    const from = plan.groupIds.map((groupId) => [groupId, this.#startOf(groupId)] as const);
    this.#handed.clear();
    this.#asked.clear();
    for (const [groupId, cursor] of from) this.#handed.set(groupId, cursor);
    if (plan.groupIds.length === 0) return undefined;
    return { ...plan, cursor: together(this.#handed.values()) };
  }

  /** Where the next stream begins in the group. */
  #startOf(groupId: string): string {
    const [handed, asked] = [this.#handed.get(groupId), this.#asked.get(groupId)];
    return handed === undefined || asked === undefined
      ? handed ?? asked ?? ""
      : earlier(handed, asked);
  }

  #handOn(frames: readonly SseFrame[]): Exclude<Verdict, "stop"> {
    const byGroup = new Map<string, SseFrame[]>();
    let farewell: SseFrame | undefined;
    for (const each of frames) {
      const { groupId, frame } = address(each);
      if (groupId !== undefined) {
        const its = byGroup.get(groupId);
        if (its) its.push(frame);
        else byGroup.set(groupId, [frame]);
        this.#follow(groupId, frame);
      } else if (each.event === "bye") {
        farewell = frame;
      }
    }
    for (const [groupId, its] of byGroup) {
      this.#announce({ kind: "frames", groupId, frames: its });
    }
    if (!farewell) return "go-on";
    if (isFinal(farewell)) this.#endAll(farewell);
    return "reconnect";
  }

  #follow(groupId: string, { event, id }: SseFrame): void {
    if (id !== "") this.#handed.set(groupId, id);
    else if (event === "reset") this.#handed.set(groupId, "");
    else if (event === "revoked") this.#drop(groupId);
  }

  /** The server wants nobody back: the tabs are told, and nothing is wanted until one of them says so. */
  #endAll(bye: SseFrame): void {
    for (const groupId of this.#open.groupIds) this.#drop(groupId);
    this.#announce({ kind: "frames", frames: [bye] });
  }

  /** Forgets who shows the group: they are told that it is over. */
  #drop(groupId: string): void {
    for (const [tab, { need, forget }] of this.#tabs) {
      if (need.groupId !== groupId) continue;
      forget();
      this.#tabs.delete(tab);
    }
    this.#handed.delete(groupId);
    this.#asked.delete(groupId);
    const without = (ids: readonly string[]) => ids.filter((id) => id !== groupId);
    this.#open = {
      groupIds: without(this.#open.groupIds),
      presence: without(this.#open.presence),
    };
  }

  async #refused(groupIds: readonly string[]): Promise<boolean> {
    const refused: string[] = [];
    for (const groupId of groupIds) {
      if (groupIds.length === 1 || await this.#context.source.isRefused(groupId)) {
        refused.push(groupId);
      }
    }
    for (const groupId of refused) {
      this.#drop(groupId);
      this.#announce({ kind: "refused", groupId });
    }
    return refused.length > 0;
  }

  #connected(connection: Connection): void {
    this.#connection = connection;
    this.#tellConnection();
    if (connection.state === "live") this.#sayDoing(true);
  }

  #sayDoing(isNew: boolean): void {
    if (this.#connection.state !== "live") return;
    for (const groupId of this.#open.presence) {
      this.#context.source.say(groupId, doingIn(groupId, this.#needs), isNew);
    }
  }

  #tellConnection(): void {
    const { groupIds } = this.#open;
    this.#announce({ kind: "connection", connection: this.#connection, groupIds });
  }

  #announce(message: DistributiveOmit<Announcement, "from">): void {
    this.#context.announce({ ...message, from: this.#context.id });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
