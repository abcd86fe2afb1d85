/**
 * Who is there: one host's view of the others, made of their reports and of time alone. A host is dead
 * after {@link DEAD_AFTER_MS} of silence; silence means something only to a host that hears itself, so
 * one that was paused or cut off forgets the others and joins anew. Pure: time is an argument, of a clock
 * that never goes back.
 */

/** How often a host reports, whether or not something changed. */
export const REPORT_EVERY_MS = 300;
/** A host that is silent for so long gets no blocks any more, but keeps those it has. */
export const SUSPECT_AFTER_MS = 750;
/** A host that is silent for so long is taken for dead. */
export const DEAD_AFTER_MS = 1_500;
/** A host that has not looked at the time for so long may have been declared dead by the others. */
const PAUSED_AFTER_MS = DEAD_AFTER_MS - REPORT_EVERY_MS;
/** How recently a host must have heard itself to draw conclusions from the silence of others. */
const HEARS_ITSELF_MS = 2 * REPORT_EVERY_MS;
const FORGET_DEAD_MS = 60_000;
/** After a break the others are heard again, or not, only when all of them had time to report. */
const REJOIN_MS = 450;

/** What counts of a report. */
export interface Presence {
  readonly hostId: string;
  readonly draining: boolean;
  /** Numbers of the blocks it owns. */
  readonly blocks: ReadonlySet<number>;
}

/** Another host. */
export interface Member extends Presence {
  readonly state: "live" | "suspect" | "dead";
  readonly heardAtMs: number;
  /** Since when it has been heard without a silence that would have made it dead. */
  readonly sinceMs: number;
}

/** What one host knows of the others at one moment. */
export interface View {
  readonly atMs: number;
  /** Since when this host has heard itself without a break; `undefined` while it does not. */
  readonly joinedAtMs: number | undefined;
  /** When a host last came, went, or began to drain; in the future for a while after a break. */
  readonly stableSinceMs: number;
  /** Every other host; dead ones for a while, with the blocks they died with. */
  readonly members: readonly Member[];
  /** When a living host, this one too, stopped reporting a block; until somebody reports it again. */
  readonly releasedAtMs: ReadonlyMap<number, number>;
}

interface Known extends Presence {
  readonly heardAtMs: number;
  readonly sinceMs: number;
}

export class Membership {
  readonly #hostId: string;
  #others = new Map<string, Known>();
  /** What this host itself has last been heard to own. */
  #ownBlocks: ReadonlySet<number> = new Set();
  #released = new Map<number, number>();
  #heardSelfAtMs: number | undefined;
  #joinedAtMs: number | undefined;
  #stableSinceMs: number;
  /** Whether it has joined before. */
  #isBack = false;
  /** Which others are present and willing, as one text: it changes when one comes, goes or drains. */
  #composition = "";
  #lookedAtMs: number;

  /** The view of host `hostId`, which was started at `nowMs`. */
  constructor(hostId: string, nowMs: number) {
    this.#hostId = hostId;
    this.#stableSinceMs = nowMs;
    this.#lookedAtMs = nowMs;
  }

  /** Takes in a report, of this host itself too. */
  hear(presence: Presence, nowMs: number): void {
    this.#look(nowMs);
    if (presence.hostId === this.#hostId) {
      this.#heardSelfAtMs = nowMs;
      this.#noteBlocks(this.#ownBlocks, presence.blocks, nowMs);
      this.#ownBlocks = presence.blocks;
      if (this.#joinedAtMs !== undefined) return;
      this.#joinedAtMs = nowMs;
      this.#stableSinceMs = this.#isBack ? nowMs + REJOIN_MS : nowMs;
      return;
    }
    const known = this.#others.get(presence.hostId);
    const wasAlive = known !== undefined && nowMs - known.heardAtMs <= DEAD_AFTER_MS;
    this.#noteBlocks(known?.blocks, presence.blocks, nowMs);
    this.#others.set(presence.hostId, {
      ...presence,
      heardAtMs: nowMs,
      sinceMs: wasAlive ? known.sinceMs : nowMs,
    });
    this.#noteChanges(nowMs);
  }

  #noteBlocks(
    before: ReadonlySet<number> | undefined,
    after: ReadonlySet<number>,
    nowMs: number,
  ): void {
    for (const block of before ?? []) if (!after.has(block)) this.#released.set(block, nowMs);
    for (const block of after) this.#released.delete(block);
  }

  /** What is known at `nowMs`. */
  view(nowMs: number): View {
    this.#look(nowMs);
    const hearsItself = this.#heardSelfAtMs !== undefined &&
      nowMs - this.#heardSelfAtMs <= HEARS_ITSELF_MS;
    return {
      atMs: nowMs,
      joinedAtMs: hearsItself ? this.#joinedAtMs : undefined,
      stableSinceMs: this.#stableSinceMs,
      members: [...this.#others.values()].map((known) => ({
        ...known,
        state: stateAfter(nowMs - known.heardAtMs),
      })),
      releasedAtMs: this.#released,
    };
  }

  #look(nowMs: number): void {
    const wasPaused = nowMs - this.#lookedAtMs > PAUSED_AFTER_MS;
    const isCut = nowMs - (this.#heardSelfAtMs ?? nowMs) > DEAD_AFTER_MS;
    this.#lookedAtMs = nowMs;
    if (wasPaused || isCut) this.#startOver(nowMs);
    for (const [hostId, { heardAtMs }] of this.#others) {
      if (nowMs - heardAtMs > FORGET_DEAD_MS) this.#others.delete(hostId);
    }
    this.#noteChanges(nowMs);
  }

  #startOver(nowMs: number): void {
    this.#others = new Map();
    this.#released = new Map();
    this.#heardSelfAtMs = undefined;
    this.#isBack ||= this.#joinedAtMs !== undefined;
    this.#joinedAtMs = undefined;
    this.#stableSinceMs = nowMs;
  }

  #noteChanges(nowMs: number): void {
    const composition = [...this.#others.values()]
      .filter(({ heardAtMs }) => nowMs - heardAtMs <= DEAD_AFTER_MS)
      .map(({ hostId, draining }) => (draining ? `-${hostId}` : hostId))
      .sort().join();
    if (composition === this.#composition) return;
    this.#composition = composition;
    this.#stableSinceMs = Math.max(this.#stableSinceMs, nowMs);
  }
}

function stateAfter(silentMs: number): Member["state"] {
  if (silentMs > DEAD_AFTER_MS) return "dead";
  return silentMs > SUSPECT_AFTER_MS ? "suspect" : "live";
}
