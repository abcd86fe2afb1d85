/**
 * A browser for the tests of the shared stream: tabs whose tasks run in any order that a browser allows, locks,
 * a channel, and a server with the logs of some groups. Time and chance are given. A frozen tab runs no task.
 */
import { formatCursor, parseCursor, type Position } from "../../actors/protocol/plain/mod.ts";
import type { Connection, Verdict } from "./connection.ts";
import { covers, judgeSnapshot } from "./cursors.ts";
import type { EventStream, StreamHandlers, StreamRequest } from "./event_stream.ts";
import type { TabMessage } from "./messages.ts";
import type { Doing } from "./plan.ts";
import { type CompanionsListener, SharedStream } from "./shared_stream.ts";
import type { SseFrame } from "./sse_parser.ts";

const EPOCH = "e1";

interface Timer {
  readonly tab: FakeTab;
  readonly atMs: number;
  readonly action: () => void;
}

export class FakeBrowser {
  nowMs = 0;
  readonly tabs: FakeTab[] = [];
  /** Versions of the groups. */
  readonly heads = new Map<string, number>();
  readonly refused = new Set<string>();
  readonly streams = new Set<FakeStream>();
  /** Requests for streams, in order. */
  readonly opened: StreamRequest[] = [];
  readonly said: (readonly [groupId: string, doing: Doing])[] = [];
  readonly #random: () => number;
  #timers: Timer[] = [];
  #leader: FakeTab | undefined;
  #queue: FakeTab[] = [];
  #names = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  openTab(groupId: string, visible = true): FakeTab {
    const tab = new FakeTab(this);
    this.tabs.push(tab);
    tab.attend(visible);
    tab.show(groupId);
    return tab;
  }

  /** Ends a tab without a word, or with whatever it has to say. */
  close(tab: FakeTab): void {
    tab.isClosed = true;
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    this.#timers = this.#timers.filter((timer) => timer.tab !== tab);
    for (const stream of this.streams) if (stream.tab === tab) this.streams.delete(stream);
    this.left(tab);
  }

  commit(groupId: string): void {
    this.heads.set(groupId, (this.heads.get(groupId) ?? 1) + 1);
    for (const stream of this.streams) stream.pump();
  }

  cut(): void {
    for (const stream of this.streams) stream.lose();
  }

  /** Runs tasks that may run now, in any order; how many did. */
  run(most = Infinity): number {
    for (let done = 0; done < most; done++) {
      const ready = this.tabs.flatMap((tab) => tab.isFrozen ? [] : tab.readyTasks());
      const chosen = ready[Math.floor(this.#random() * ready.length)];
      if (!chosen) return done;
      chosen();
    }
    return most;
  }

  /** Lets `ms` pass, in steps, with all tasks run in each. */
  pass(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += 10;
      const due = this.#timers.filter(({ atMs, tab }) => atMs <= this.nowMs && !tab.isFrozen);
      this.#timers = this.#timers.filter((timer) => !due.includes(timer));
      for (const { tab, action } of due) tab.task("timers", action);
      this.run();
    }
  }

  later(tab: FakeTab, ms: number, action: () => void): () => void {
    const timer = { tab, atMs: this.nowMs + ms, action };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((each) => each !== timer);
  }

  newName(): string {
    return `tab-${++this.#names}`;
  }

  post(from: FakeTab, message: TabMessage): void {
    const copy = structuredClone(message);
    for (const tab of this.tabs) if (tab !== from) tab.receive(from, copy);
  }

  queueForLead(tab: FakeTab): void {
    if (!this.#queue.includes(tab)) this.#queue.push(tab);
    this.#elect();
  }

  takeOver(tab: FakeTab): void {
    const before = this.#leader;
    this.#leader = tab;
    before?.task("locks", () => before.listener?.ousted());
    if (before) this.#queue.push(before);
    tab.task("locks", () => tab.listener?.elected());
  }

  /** A tab's locks are free again. */
  left(tab: FakeTab): void {
    const name = tab.name;
    tab.name = undefined;
    this.#queue = this.#queue.filter((each) => each !== tab);
    if (this.#leader === tab) this.#leader = undefined;
    for (const each of this.tabs) {
      const gone = name === undefined ? undefined : each.watched.get(name);
      if (gone) each.task("locks", gone);
    }
    this.#elect();
  }

  #elect(): void {
    if (this.#leader) return;
    const next = this.#leader = this.#queue.shift();
    next?.task("locks", () => this.#leader === next && next.listener?.elected());
  }
}

/** A tab, and what its page would show. */
export class FakeTab {
  readonly browser: FakeBrowser;
  readonly stream: SharedStream;
  readonly watched = new Map<string, () => void>();
  listener: CompanionsListener | undefined;
  name: string | undefined;
  isFrozen = false;
  isClosed = false;
  groupId = "";
  cursor = "";
  /** Versions that it was told, in order, from the snapshot's on. */
  versions: number[] = [];
  snapshots = 0;
  connection: Connection = { state: "idle" };
  isRefused = false;
  visible = false;
  readonly #tasks = new Map<string, (() => void)[]>();

  constructor(browser: FakeBrowser) {
    this.browser = browser;
    this.stream = new SharedStream({
      join: (listener) => this.#join(listener),
      source: {
        open: (handlers) => new FakeStream(this, handlers),
        isRefused: (groupId) => Promise.resolve(browser.refused.has(groupId)),
        say: (groupId, doing) => browser.said.push([groupId, doing]),
      },
      later: (ms, action) => browser.later(this, ms, action),
      nowMs: () => browser.nowMs,
    });
  }

  show(groupId: string): void {
    Object.assign(this, { groupId, cursor: "", versions: [], snapshots: 0, isRefused: false });
    this.stream.follow(groupId, {
      cursor: () => this.cursor,
      onFrames: (frames) => this.#take(frames),
      onConnection: (connection) => this.connection = connection,
      onRefused: () => this.isRefused = true,
    });
  }

  attend(visible: boolean, editing?: string): void {
    this.visible = visible;
    this.stream.attend({ visible, ...(editing === undefined ? {} : { editing }) });
  }

  task(source: string, action: () => void): void {
    const its = this.#tasks.get(source);
    if (its) its.push(action);
    else this.#tasks.set(source, [action]);
  }

  /** The next task of each source: what comes from one comes in order. */
  readyTasks(): (() => void)[] {
    return [...this.#tasks.values()].filter(({ length }) => length > 0)
      .map((its) => () => its.shift()?.());
  }

  receive(from: FakeTab, message: TabMessage): void {
    const { name } = this;
    if (name === undefined) return;
    const source = `from ${from.name}`;
    this.task(source, () => this.name === name && this.listener?.heard(message));
  }

  #join(listener: CompanionsListener) {
    const name = this.browser.newName();
    this.name = name;
    this.listener = listener;
    this.task("locks", () => this.name === name && this.browser.queueForLead(this));
    return {
      id: name,
      post: (message: TabMessage) => this.browser.post(this, message),
      takeOver: () => this.browser.takeOver(this),
      whenGone: (tab: string, gone: () => void) => {
        this.watched.set(tab, gone);
        if (!this.browser.tabs.some((each) => each.name === tab)) this.task("locks", gone);
        return () => this.watched.delete(tab);
      },
      leave: () => {
        this.listener = undefined;
        this.watched.clear();
        this.browser.left(this);
      },
    };
  }

  /** What a page does with frames, but for what they mean. */
  #take(frames: readonly SseFrame[]): Verdict {
    for (const { event, id, data } of frames) {
      const version = parseCursor(id)?.positions.get(this.groupId)?.version ?? 0;
      if (event === "snapshot") {
        const judged = judgeSnapshot(this.cursor, id);
        if (judged === "gap") return "reconnect";
        if (judged === "pass") continue;
        this.snapshots++;
        this.versions = [version];
      } else if (event === "todo-event") {
        if (covers(this.cursor, id)) continue;
        if (this.cursor === "" || version !== (this.versions.at(-1) ?? 0) + 1) return "reconnect";
        this.versions.push(version);
      } else throw new Error(`Unknown frame "${event}": ${data}`);
      this.cursor = id;
    }
    return "go-on";
  }
}

/** A stream of the server, as the loop of `event_stream.ts` keeps it open. */
class FakeStream implements EventStream {
  readonly tab: FakeTab;
  readonly #handlers: StreamHandlers;
  #positions = new Map<string, number>();
  #sent = new Map<string, Position>();
  #groupIds: readonly string[] = [];
  /** Counts connections: what one that has ended sent comes no more. */
  #connection = 0;

  constructor(tab: FakeTab, handlers: StreamHandlers) {
    this.tab = tab;
    this.#handlers = handlers;
    this.#connect();
  }

  renew(): void {
    this.#connect();
  }

  close(): void {
    this.#connection++;
    this.#groupIds = [];
    this.tab.browser.streams.delete(this);
  }

  lose(): void {
    this.close();
    this.tab.task("stream", () => {
      this.#handlers.onConnection({ state: "reconnecting", attempt: 1 });
      this.tab.browser.later(this.tab, 500, () => this.#connect());
    });
  }

  get groupIds(): readonly string[] {
    return this.#groupIds;
  }

  #connect(): void {
    this.close();
    const connection = this.#connection;
    this.tab.task("stream", () => connection === this.#connection && this.#open());
  }

  #open(): void {
    const { browser } = this.tab;
    const request = this.#handlers.request();
    if (!request) return this.#handlers.onConnection({ state: "idle" });
    browser.opened.push(request);
    if (request.groupIds.some((id) => browser.refused.has(id))) {
      const connection = this.#connection;
      void this.#handlers.onRefused(request.groupIds).then(() =>
        connection === this.#connection && this.#connect()
      );
      return;
    }
    browser.streams.add(this);
    this.#groupIds = request.groupIds;
    const resumed = parseCursor(request.cursor)?.positions ?? new Map<string, Position>();
    this.#sent = new Map([...resumed].filter(([id]) => request.groupIds.includes(id)));
    this.#positions = new Map([...this.#sent].map(([id, { version }]) => [id, version]));
    this.#handlers.onConnection({ state: "live" });
    this.pump();
  }

  /** Sends what the reader lacks. */
  pump(): void {
    const { heads } = this.tab.browser;
    for (const groupId of this.#groupIds) {
      const head = heads.get(groupId) ?? 1;
      const at = this.#positions.get(groupId);
      if (at === undefined) this.#send("snapshot", groupId, head);
      else {for (let version = at + 1; version <= head; version++) {
          this.#send("todo-event", groupId, version);
        }}
      this.#positions.set(groupId, head);
    }
  }

  #send(event: "snapshot" | "todo-event", groupId: string, version: number): void {
    this.#sent.set(groupId, { version, sequence: version * 10 });
    const id = formatCursor({ epoch: EPOCH, positions: this.#sent });
    const data = event === "snapshot" ? { id: groupId } : [{ source: `/groups/${groupId}` }];
    const frame = { event, id, data: JSON.stringify(data) };
    const connection = this.#connection;
    this.tab.task("stream", () => {
      if (connection !== this.#connection) return;
      if (this.#handlers.onFrames([frame]) === "reconnect") this.#connect();
    });
  }
}
