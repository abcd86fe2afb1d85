/**
 * Hosts that take and give blocks by the real rules of membership and ownership, each by its own view, with
 * a virtual clock and reports that may be lost. No actors, no mailbox: only who owns what, and when.
 */
import { decideMoves, Membership, placeAll, REPORT_EVERY_MS } from "../ownership/mod.ts";
import { BLOCKS } from "../../protocol/routing/mod.ts";

const TICK_MS = 50;
/** How long taking and giving take unless told otherwise. */
const MOVE_MS = 20;
const STEP_MS = 10;
/** How soon after the last trouble ownership has to be settled. */
const SETTLES_WITHIN_MS = 4_000;

export interface VirtualHost {
  readonly id: string;
  readonly membership: Membership;
  readonly owned: Set<number>;
  readonly moving: Map<number, { readonly untilMs: number; readonly kind: "take" | "give" }>;
  draining: boolean;
  /** Neither runs nor hears. */
  paused: boolean;
  dead: boolean;
}

type Hears = (from: string, to: string, nowMs: number) => boolean;

export class VirtualCluster {
  nowMs = 0;
  readonly #moveMs: number;
  readonly hosts: VirtualHost[] = [];
  hears: Hears = () => true;

  /** No host yet; taking or giving blocks takes `moveMs`. */
  constructor(options: { readonly moveMs?: number } = {}) {
    this.#moveMs = options.moveMs ?? MOVE_MS;
  }

  /** Starts a host. */
  add(id: string): VirtualHost {
    const host: VirtualHost = {
      id,
      membership: new Membership(id, this.nowMs),
      owned: new Set(),
      moving: new Map(),
      draining: false,
      paused: false,
      dead: false,
    };
    this.hosts.push(host);
    return host;
  }

  /** Lets `ms` pass, a multiple of ten. */
  run(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; this.nowMs += STEP_MS) {
      for (const host of this.#running()) this.#step(host);
    }
  }

  /** Owners of every block among the hosts that are not dead. */
  owners(): string[][] {
    return Array.from(
      { length: BLOCKS },
      (_, block) => this.#alive().filter(({ owned }) => owned.has(block)).map(({ id }) => id),
    );
  }

  /** Time until every block has one owner, the one it is placed on. */
  untilSettled(): number {
    const startedAtMs = this.nowMs;
    const settled = () => {
      const ids = this.#alive().filter(({ draining }) => !draining).map(({ id }) => id);
      const placed = placeAll(ids);
      return this.owners().every((own, block) => own.length === 1 && own[0] === placed[block]);
    };
    while (!settled()) {
      if (this.nowMs - startedAtMs > SETTLES_WITHIN_MS) {
        throw new Error(`Not settled after ${SETTLES_WITHIN_MS} ms: ${this.owners().join(" ")}`);
      }
      this.run(TICK_MS);
    }
    return this.nowMs - startedAtMs;
  }

  #alive(): VirtualHost[] {
    return this.hosts.filter(({ dead }) => !dead);
  }

  #running(): VirtualHost[] {
    return this.#alive().filter(({ paused }) => !paused);
  }

  #step(host: VirtualHost): void {
    const { nowMs } = this;
    for (const [block, { untilMs, kind }] of host.moving) {
      if (untilMs > nowMs) continue;
      host.moving.delete(block);
      if (kind === "take") host.owned.add(block);
      else host.owned.delete(block);
      this.#report(host);
    }
    if (nowMs % REPORT_EVERY_MS === 0) this.#report(host);
    if (nowMs % TICK_MS !== 0) return;
    const { take, give } = decideMoves(host.membership.view(nowMs), {
      hostId: host.id,
      draining: host.draining,
      forceAll: false,
      owned: host.owned,
      moving: new Set(host.moving.keys()),
    });
    const untilMs = nowMs + this.#moveMs;
    for (const { block } of take) host.moving.set(block, { untilMs, kind: "take" });
    for (const block of give) host.moving.set(block, { untilMs, kind: "give" });
  }

  #report({ id, draining, owned }: VirtualHost): void {
    const presence = { hostId: id, draining, blocks: new Set(owned) };
    for (const { id: to, membership } of this.#running()) {
      if (this.hears(id, to, this.nowMs)) membership.hear(presence, this.nowMs);
    }
  }
}
