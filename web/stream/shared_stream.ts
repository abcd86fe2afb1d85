/**
 * A tab's part of the stream that the tabs of a browser share: says what the tab needs, takes the frames that
 * the leader hands on, leads when it is this tab's turn, and takes over from a leader that does not answer.
 * Knows nothing of browsers: the other tabs, streams and timers are given.
 */
import { type Connection, sameConnection, type Verdict } from "./connection.ts";
import { type Later, Leader, type StreamSource } from "./leader.ts";
import type { Announcement, Request, TabMessage } from "./messages.ts";
import type { Need } from "./plan.ts";
import type { SseFrame } from "./sse_parser.ts";

/** How often a tab that is looked at asks whether the leader is awake, and how often in vain at most. */
const PING_MS = 2_000;
const UNANSWERED_MAX = 2;
/** After so long what a tab has asked for is asked for again. */
const ASK_AGAIN_MS = 5_000;

/** The other tabs of this browser with the same user. */
export interface Companions {
  /** Names this tab. */
  readonly id: string;
  post(message: TabMessage): void;
  /** Takes the lead from whoever has it. */
  takeOver(): void;
  /** Calls `gone` when the tab `tab` is no more; the result calls that off. */
  whenGone(tab: string, gone: () => void): () => void;
  /** Gives up the lead and hears nothing any more. */
  leave(): void;
}

export interface CompanionsListener {
  heard(message: TabMessage): void;
  /** This tab leads from now on. */
  elected(): void;
  /** Another tab has taken the lead. */
  ousted(): void;
}

export interface FollowHandlers {
  /** The place to resume after; empty to start with a snapshot. */
  readonly cursor: () => string;
  /** Takes frames of the group, in order. */
  readonly onFrames: (frames: readonly SseFrame[]) => Verdict;
  readonly onConnection: (connection: Connection) => void;
  /** The server will not let this user read the group. */
  readonly onRefused: () => void;
}

/** How the tab is used just now. */
export interface Attention {
  readonly visible: boolean;
  /** Id of the todo whose editor is open. */
  readonly editing?: string;
}

export interface SharedStreamOptions {
  readonly join: (listener: CompanionsListener) => Companions;
  readonly source: StreamSource;
  readonly later: Later;
  readonly nowMs: () => number;
}

interface Following {
  readonly groupId: string;
  readonly handlers: FollowHandlers;
  /** When events were missing and asked for again. */
  askedAtMs: number;
  shown: Connection;
}

export class SharedStream implements Disposable {
  readonly #options: SharedStreamOptions;
  #companions: Companions | undefined;
  #leader: Leader | undefined;
  /** The tab whose frames count. */
  #leadingTab: string | undefined;
  #hasCompany = false;
  #following: Following | undefined;
  #attention: Attention = { visible: false };
  /** How the leader's stream is. */
  #stream: { readonly connection: Connection; readonly groupIds: readonly string[] } = {
    connection: { state: "connecting" },
    groupIds: [],
  };
  #unanswered = 0;
  #cancelPing: (() => void) | undefined;

  constructor(options: SharedStreamOptions) {
    this.#options = options;
    this.wake();
  }

  /** Follows `groupId`, and no other group any more. */
  follow(groupId: string, handlers: FollowHandlers): void {
    const shown: Connection = { state: "connecting" };
    this.#following = { groupId, handlers, askedAtMs: -Infinity, shown };
    handlers.onConnection(shown);
    this.#declare(true);
  }

  /** Follows nothing any more. */
  unfollow(): void {
    if (!this.#following) return;
    this.#following = undefined;
    this.#declare(false);
  }

  /** Says how the tab is used. */
  attend(attention: Attention): void {
    const before = this.#attention;
    this.#attention = attention;
    if (attention.visible === before.visible && attention.editing === before.editing) return;
    if (this.#following) this.#declare(false);
    if (attention.visible !== before.visible) this.#watchLeader();
  }

  /** Leaves the other tabs, for as long as this one does nothing. */
  sleep(): void {
    this.#cancelPing?.();
    this.#leader?.[Symbol.dispose]();
    this.#leader = undefined;
    this.#companions?.leave();
    this.#companions = undefined;
    this.#leadingTab = undefined;
  }

  /** Comes back from {@link sleep}, and resumes where it was. */
  wake(): void {
    if (this.#companions) return;
    this.#hasCompany = false;
    this.#companions = this.#options.join({
      heard: (message) => {
        this.#hasCompany = true;
        this.#heard(message);
      },
      elected: () => this.#lead(),
      ousted: () => this.#follower(),
    });
    if (this.#following) this.#declare(true);
    this.#watchLeader();
  }

  [Symbol.dispose](): void {
    this.#following = undefined;
    this.sleep();
  }

  #lead(): void {
    const companions = this.#companions;
    if (!companions) return;
    this.#cancelPing?.();
    this.#leader?.[Symbol.dispose]();
    this.#leader = new Leader({
      id: companions.id,
      source: this.#options.source,
      later: this.#options.later,
      hasCompany: this.#hasCompany,
      announce: (message) => {
        // This tab first: what it has to say to that is said by a leader who knows. Its faults are its own.
        try {
          this.#announced(message);
        } catch (error) {
          reportError(error);
        }
        companions.post(message);
      },
      whenGone: (tab, gone) => companions.whenGone(tab, gone),
    });
    this.#leader.start();
  }

  /** Somebody else leads from now on, who answers what is declared. */
  #follower(): void {
    this.#leader?.[Symbol.dispose]();
    this.#leader = undefined;
    this.#leadingTab = undefined;
    if (this.#following) this.#declare(true);
    this.#watchLeader();
  }

  #heard(message: TabMessage): void {
    if (message.kind === "need" || message.kind === "ping") this.#leader?.heard(message);
    else this.#announced(message);
  }

  #announced(message: Announcement): void {
    // Who has been replaced by this tab may not know it yet, and what it said may come late.
    if (this.#leader && message.from !== this.#companions?.id) return;
    if (message.from !== this.#leadingTab && !this.#turnTo(message)) return;
    this.#unanswered = 0;
    switch (message.kind) {
      case "lead":
        return this.#following && this.#declare(true);
      case "connection":
        this.#stream = message;
        return this.#showConnection();
      case "frames":
        return this.#take(message.frames, message.groupId);
      case "refused":
        if (this.#following?.groupId !== message.groupId) return;
        return this.#end().onRefused();
    }
  }

  /**
   * Turns to the tab that says to lead, or answers as a leader; whether `message` counts then. Were it not the
   * one that leads, that one would answer what is declared.
   */
  #turnTo(message: Announcement): boolean {
    if (message.kind !== "lead" && message.kind !== "connection") return false;
    const isAnother = this.#leadingTab !== undefined;
    this.#leadingTab = message.from;
    if (message.kind === "connection" && isAnother && this.#following) this.#declare(true);
    return true;
  }

  #take(frames: readonly SseFrame[], groupId: string | undefined): void {
    const following = this.#following;
    if (!following || (groupId !== undefined && groupId !== following.groupId)) return;
    const { handlers } = following;
    const before = handlers.cursor();
    const verdict = handlers.onFrames(frames);
    // The handlers may have gone over to another group.
    if (this.#following !== following) return;
    if (handlers.cursor() !== before) following.askedAtMs = -Infinity;
    if (verdict === "stop") this.unfollow();
    else if (verdict === "reconnect") this.#ask(following, frames);
    this.#showConnection();
  }

  /**
   * Events are missing. What comes until they are here is missing its past, too: that is asked for once. But a
   * snapshot says that a stream has begun, for another tab's sake, that does not bring them.
   */
  #ask(following: Following, frames: readonly SseFrame[]): void {
    const nowMs = this.#options.nowMs();
    const isBegun = frames.some(({ event }) => event === "snapshot");
    if (!isBegun && nowMs < following.askedAtMs + ASK_AGAIN_MS) return;
    following.askedAtMs = nowMs;
    this.#declare(true);
  }

  #end(): FollowHandlers {
    const following = this.#following;
    if (!following) throw new Error("Nothing is followed");
    this.unfollow();
    return following.handlers;
  }

  #declare(resume: boolean): void {
    const following = this.#following;
    const need: Need | undefined = following &&
      { groupId: following.groupId, ...this.#attention };
    const cursor = following?.handlers.cursor() ?? "";
    const tab = this.#companions?.id;
    if (tab === undefined) return;
    this.#request({ kind: "need", tab, cursor, resume, ...(need ? { need } : {}) });
  }

  #request(request: Request): void {
    if (this.#leader) this.#leader.heard(request);
    else this.#companions?.post(request);
  }

  /** A tab is live when the stream is open for its group and it has what happened before. */
  #showConnection(): void {
    const following = this.#following;
    if (!following) return;
    const { connection, groupIds } = this.#stream;
    const isLive = groupIds.includes(following.groupId) && following.handlers.cursor() !== "";
    const isOpen = connection.state === "live" || connection.state === "idle";
    const shown: Connection = isOpen ? { state: isLive ? "live" : "connecting" } : connection;
    if (sameConnection(shown, following.shown)) return;
    following.shown = shown;
    following.handlers.onConnection(shown);
  }

  /** While the tab is looked at a leader that has fallen asleep is noticed, and replaced. */
  #watchLeader(): void {
    this.#cancelPing?.();
    this.#unanswered = 0;
    if (this.#attention.visible && !this.#leader && this.#companions) this.#ping();
  }

  #ping(): void {
    const companions = this.#companions;
    if (!companions || this.#leader) return;
    if (this.#unanswered >= UNANSWERED_MAX && this.#leadingTab !== undefined) {
      this.#unanswered = 0;
      companions.takeOver();
    }
    this.#unanswered++;
    companions.post({ kind: "ping", tab: companions.id });
    this.#cancelPing = this.#options.later(PING_MS, () => this.#ping());
  }
}
