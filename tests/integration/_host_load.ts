/** Light load on the mailboxes with a history for the audit, and a watch on what hosts say they own. */
import assert from "node:assert/strict";
import type { NatsConnection } from "@nats-io/nats-core";
import { newId } from "../../actors/protocol/mod.ts";
import {
  BLOCKS,
  HOST_REPORTS,
  HOST_ROLL_CALL,
  type HostReport,
  parseHostReport,
} from "../../actors/protocol/routing/mod.ts";
import { type Answered, readLog } from "../support/history.ts";
import { findFaults } from "../support/log_faults.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { until } from "./_until.ts";

const OWNER = "owner";
/** Longer than any takeover: nothing is sent twice, so that times are those of one try. */
const PATIENCE_MS = 8_000;
const SILENT_MS = 1_500;

/** Writers that send to groups of all blocks until they are stopped. */
export class HostLoad implements AsyncDisposable {
  readonly history: Answered[] = [];
  readonly #connection: NatsConnection;
  readonly #client: MailboxClient;
  readonly #groupIds: string[];
  readonly #stopped = new AbortController();
  #writing: Promise<void>[] = [];

  constructor(connection: NatsConnection, options: { readonly groups: number }) {
    this.#connection = connection;
    this.#client = new MailboxClient(connection);
    this.#groupIds = Array.from({ length: options.groups }, () => newId());
  }

  /** Makes the groups and begins to write, one command of a group every `intervalMs` at most. */
  async start(intervalMs: number): Promise<void> {
    const create = { type: "group.create", payload: { name: "Home" } } as const;
    await Promise.all(this.#groupIds.map((groupId) => this.#send(groupId, create)));
    this.#writing = this.#groupIds.map((groupId) => this.#write(groupId, intervalMs));
  }

  /** How long the slowest of the commands took that were under way between two moments; after the audit. */
  slowestBetween(fromMs: number, toMs: number): number {
    const concerned = this.history
      .filter(({ sentAtMs, answeredAtMs }) => sentAtMs < toMs && answeredAtMs > fromMs);
    return Math.max(0, ...concerned.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs));
  }

  /** Ends the load and checks every command against the log. */
  async audit(): Promise<void> {
    await this[Symbol.asyncDispose]();
    assert.deepEqual(this.history.filter(({ outcome }) => outcome !== "committed"), []);
    const log = await readLog(this.#connection, this.#groupIds);
    assert.deepEqual(findFaults(this.history, log).slice(0, 10), []);
    const logged = log.flatMap(({ events }) => events.map(({ causationid }) => causationid));
    assert.equal(new Set(logged).size, this.history.length, "the log holds what was sent");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#writing);
    this.#client[Symbol.dispose]();
  }

  async #write(groupId: string, intervalMs: number): Promise<void> {
    for (let i = 0; !this.#stopped.signal.aborted; i++) {
      const next = new Promise((resolve) => setTimeout(resolve, intervalMs));
      await this.#send(groupId, { type: "todo.create", payload: { title: `Todo ${i}` } });
      await next;
    }
  }

  async #send(groupId: string, body: Parameters<MailboxClient["send"]>[2]): Promise<void> {
    const command_id = newId();
    const sentAtMs = performance.now();
    const outcome = await this.#client.send(groupId, OWNER, body, {
      id: command_id,
      timeoutMs: PATIENCE_MS,
    });
    this.history.push({
      command_id,
      group_id: groupId,
      sentAtMs,
      answeredAtMs: performance.now(),
      attempts: 1,
      outcome: outcome?.status ?? "unknown",
      ...(outcome?.status === "committed"
        ? { version: outcome.version, events: outcome.events }
        : {}),
    });
  }
}

/** What the hosts last reported. */
export class HostWatch implements Disposable {
  readonly #heard = new Map<string, { readonly report: HostReport; readonly atMs: number }>();
  readonly #subscription: { unsubscribe(): void };

  constructor(connection: NatsConnection) {
    this.#subscription = connection.subscribe(`${HOST_REPORTS}.*`, {
      callback: (error, message) => {
        if (error) throw error;
        const report = parseHostReport(message.data);
        if (report) this.#heard.set(report.host_id, { report, atMs: performance.now() });
      },
    });
    connection.publish(HOST_ROLL_CALL);
  }

  /** The hosts that are not silent. */
  get live(): HostReport[] {
    return [...this.#heard.values()]
      .filter(({ atMs }) => performance.now() - atMs <= SILENT_MS)
      .map(({ report }) => report);
  }

  /** The last report of the host named `name`. */
  named(name: string): HostReport | undefined {
    return this.live.find((report) => report.name === name);
  }

  /** Waits until the hosts named `names`, and no others, own every block once; the time it took in ms. */
  async untilShared(names: readonly string[], timeoutMs = 6_000): Promise<number> {
    const startedAt = performance.now();
    await until(
      () => {
        const owning = this.live.filter(({ blocks }) => blocks.length > 0);
        const all = owning.flatMap(({ blocks }) => blocks.map(({ block }) => block));
        return all.length === BLOCKS && new Set(all).size === BLOCKS &&
          owning.map(({ name }) => name).sort().join() === [...names].sort().join();
      },
      timeoutMs,
      () => this.live.map(({ name, blocks }) => `${name} owns ${blocks.length}`).join(", "),
    );
    return performance.now() - startedAt;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}
