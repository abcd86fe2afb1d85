/** Snapshots of groups: what is read may be older than the newest, damaged, or not there at all. */
import { type ActorLog, Snapshots } from "../../actors/host/testing/mod.ts";
import { type StoredSnapshot, UnusableSnapshotError } from "../../actors/protocol/snapshot/mod.ts";
import type { Environment } from "./environment.ts";
import type { Process } from "./process.ts";
import { groupKind, type GroupState } from "../../actors/group/mod.ts";

const TIMEOUT_MS = 1_000;

export class SnapshotBucket {
  /** Every snapshot of a group, oldest first. */
  readonly #history = new Map<string, StoredSnapshot[]>();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  write(groupId: string, snapshot: StoredSnapshot): void {
    const history = this.#history.get(groupId) ?? [];
    this.#history.set(groupId, history);
    history.push(snapshot);
  }

  read(groupId: string): StoredSnapshot | "damaged" | undefined {
    const { faults, random } = this.#environment;
    const history = this.#history.get(groupId) ?? [];
    if (random.chance(faults.rates.refusal)) return "damaged";
    return history[history.length - 1 - (random.chance(0.8) ? 0 : random.int(3))];
  }
}

/** The snapshots as the host of `process` reads and writes them. */
export function hostSnapshots(
  process: Process,
  environment: Environment,
  bucket: SnapshotBucket,
  log: ActorLog,
): Snapshots<GroupState> {
  const ask = <T>(name: string, look: () => T) =>
    process.call<{ readonly value: T } | undefined>({
      name,
      timeoutMs: TIMEOUT_MS,
      perform: (reply) => reply({ value: look() }),
      lost: () => undefined,
    });
  return new Snapshots({
    log,
    kind: groupKind,
    giveWay: () => process.sleep(1),
    onRead: (result, { actorId }) => {
      if (result !== "none") environment.note(process.name, `snapshot of ${actorId} ${result}`);
    },
    onWrite: (result, { actorId }) =>
      environment.note(process.name, `snapshot of ${actorId} ${result}`),
    store: {
      async read(groupId) {
        const answer = await ask("snapshot-read", () => bucket.read(groupId));
        if (!answer) throw new Error("The snapshots cannot be read");
        if (answer.value === "damaged") throw new UnusableSnapshotError("corrupt", "Damaged");
        return answer.value;
      },
      async write(groupId, { head, body }) {
        const stored = { head, body: [...body].join("") };
        const answer = await ask("snapshot-write", () => bucket.write(groupId, stored));
        if (!answer) throw new Error("The snapshot cannot be stored");
        return "stored";
      },
    },
  });
}
