/**
 * A projector in the simulation: the real planning and writer over tables in memory, whose transactions
 * can fail, end in an error after they were committed, or never come about because the process crashed.
 */
import { createMetrics, logger } from "../../actors/platform/mod.ts";
import {
  type Gap,
  type Plan,
  ProjectionError,
  projectionMetrics,
  type Store,
} from "../../actors/projection/mod.ts";
import {
  applyPlan,
  emptyTables,
  itemOf,
  referenceTables,
  type Tables,
  Writer,
} from "../../actors/projection/testing/mod.ts";
import { type Environment, EPOCH_MS } from "./environment.ts";
import type { EventLog, StoredCommit } from "./event_log.ts";
import { Process } from "./process.ts";
import type { Sabotage } from "./sabotage.ts";

const IDENTITY = { stream: "EV-0", shard: 0, epoch: "e1" };
const TIMEOUT_MS = 3_000;
const RESTART_MS = 500;
const POLL_MS = 40;
const METRICS = projectionMetrics(createMetrics("simulation"));

/** The tables and the offset, which only whole transactions change. */
export class ProjectionTables {
  readonly tables: Tables = emptyTables();
  position = 0;
  /** Of the last projected message, by group. */
  readonly #hashes = new Map<string, string>();
  readonly #environment: Environment;
  readonly #log: EventLog;

  constructor(environment: Environment, log: EventLog) {
    this.#environment = environment;
    this.#log = log;
  }

  /** One transaction. @throws {ProjectionError} `offset-moved` */
  apply(plan: Plan, { after, upTo }: { readonly after: number; readonly upTo: number }): Gap[] {
    if (after !== this.position) {
      throw new ProjectionError("offset-moved", `It is projected up to ${this.position}`);
    }
    if (upTo < this.position) {
      this.#environment.violate("projection goes forward", `from ${this.position} to ${upTo}`);
    }
    const gaps = plan.offsets.flatMap((offset): Gap[] => {
      const { group_id, first_version: found, previous_hash, message_hash } = offset;
      const after = this.tables.offsets.get(group_id) ?? 0;
      const hash = this.#hashes.get(group_id) ?? "";
      this.#hashes.set(group_id, message_hash);
      if (found > after + 1) return [{ kind: "version", group_id, after, found }];
      const follows = found <= after || previous_hash === hash;
      return follows ? [] : [{ kind: "prevhash", group_id, after, found }];
    });
    for (const { kind, group_id, after, found } of [...plan.gaps, ...gaps]) {
      const what = `version ${found} of ${group_id} follows ${after} (${kind})`;
      this.#environment.violate("projection without gaps", what);
    }
    applyPlan(this.tables, plan);
    this.position = upTo;
    this.#environment.note("tables", `projected up to ${upTo}`);
    return gaps;
  }

  /** Compares the tables with what the log up to the position must become. */
  check(): void {
    const messages = this.#log.messages.slice(0, this.position).map(toMessage);
    const [has, owed] = [text(this.tables), text(referenceTables(messages))];
    if (has !== owed) {
      this.#environment.violate("projection equals log", `at ${this.position}: ${has} != ${owed}`);
    }
  }
}

export interface ProjectorWorld {
  readonly environment: Environment;
  readonly log: EventLog;
  readonly tables: ProjectionTables;
  readonly sabotage: Sabotage;
}

export class SimulatedProjector {
  readonly process: Process;
  readonly #world: ProjectorWorld;
  readonly #store: Store;

  constructor(name: string, world: ProjectorWorld, onCrash: () => void) {
    const { environment, tables, sabotage } = world;
    this.#world = world;
    this.process = new Process(name, environment, () => {
      tables.check();
      onCrash();
    });
    const plain = this.#plainStore();
    this.#store = sabotage.store?.(plain) ?? plain;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { environment } = this.#world;
    while (this.process.isAlive) {
      try {
        await this.#project();
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        environment.note(this.process.name, `starts again: ${what}`);
        await this.process.sleep(RESTART_MS);
      }
    }
  }

  async #project(): Promise<void> {
    const { environment, log } = this.#world;
    const { random } = environment;
    const writer = new Writer(await this.#store.position(IDENTITY), {
      store: this.#store,
      identity: IDENTITY,
      metrics: METRICS,
      log: logger("simulation"),
      setAside: ({ sequence, reason }) => {
        environment.violate("no poison", `message ${sequence} cannot be projected: ${reason}`);
        return Promise.resolve();
      },
      announce: (groupId, version) => {
        if ((this.#world.tables.tables.offsets.get(groupId) ?? 0) < version) {
          environment.violate("announced is projected", `version ${version} of ${groupId}`);
        }
      },
      signal: new AbortController().signal,
      pause: (ms) => this.process.sleep(ms),
    });
    for (;;) {
      const from = writer.position;
      const batch = log.messages.slice(from, from + 1 + random.int(20));
      if (batch.length === 0) await this.process.sleep(POLL_MS);
      else await writer.write(batch.map((commit) => itemOf(toMessage(commit))));
    }
  }

  #plainStore(): Store {
    const { environment: { faults, random }, tables } = this.#world;
    const ask = async <T>(name: string, look: () => T): Promise<T> => {
      const answer = await this.process.call<() => T>({
        name,
        timeoutMs: TIMEOUT_MS,
        perform: (reply) => {
          const fails = random.chance(faults.rates.refusal);
          if (fails && random.chance(0.5)) return reply(fail);
          const result = attempt(look);
          reply(fails ? fail : result);
        },
        lost: () => fail,
      });
      return answer();
    };
    return {
      position: () => ask("position", () => tables.position),
      apply: (plan, options) => ask("transaction", () => tables.apply(plan, options)),
      writtenIn: () => Promise.resolve([]),
    };
  }
}

/** The result of `look`, to be had later; an error of its own too. */
function attempt<T>(look: () => T): () => T {
  try {
    const value = look();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function fail(): never {
  throw new Error("The connection to the tables broke");
}

function toMessage({ subject, sequence, storedAtMs, data, previousHash = "" }: StoredCommit) {
  return { subject, sequence, storedAtMs: EPOCH_MS + storedAtMs, data, previousHash };
}

/** Tables as text that is equal for equal rows, whatever the order in which they came about. */
function text(tables: Tables): string {
  return JSON.stringify(
    Object.values(tables).map((rows: Map<string, unknown>) =>
      [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
    ),
    (_, value: unknown) =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}
