/**
 * A snapshot of an actor: what a host knew of it at one commit, as text, and back. Nothing depends on one: the
 * log makes the same state. Which may be used is said in `protocol/snapshot`.
 */
import { type ActorCommand, type ActorKind, oldestVersion } from "../../kind/mod.ts";
import {
  restore,
  type SavedActor,
  schemaOf,
  type SnapshotHead,
  type StoredSnapshot,
} from "../../protocol/snapshot/mod.ts";
import { CommitIndex } from "./commit_index.ts";
import { ALL_SAVED, type Confirmed } from "./confirmed.ts";

/** Where the snapshots of the actors of a kind are kept, the newest of each. */
export interface SnapshotStore {
  /**
   * The actor's snapshot, possibly an older one.
   *
   * @throws {UnusableSnapshotError} when its bytes are damaged
   * @throws {Error} when it cannot be read
   */
  read(id: string): Promise<StoredSnapshot | undefined>;
  /**
   * Keeps a snapshot, given as pieces of its text, unless it is too large for the store.
   *
   * @throws {Error} when it cannot be stored
   */
  write(
    id: string,
    snapshot: { readonly head: SnapshotHead; readonly body: Iterable<string> },
  ): Promise<"stored" | "too-large">;
}

/** What is asked of a kind here, whatever its events and commands. */
export type SnapshotKind<State> = Pick<
  ActorKind<State, never, ActorCommand>,
  "ledger" | "snapshots" | "version"
>;

/** Names the code that writes snapshots of `kind` and can read them. */
export function schemaOfKind<State>({ snapshots }: SnapshotKind<State>): string {
  return schemaOf(snapshots.schema());
}

/** The text of a snapshot of `confirmed`, piece by piece, so that a large state is not written in one go. */
export function* bodyOf<State>(
  { ledger, snapshots }: SnapshotKind<State>,
  { id, state, version, index }: Confirmed<State>,
): Generator<string> {
  // Answers and undos look for commands that the ledger knows, never for older ones.
  const oldest = oldestVersion(ledger(state)) ?? version;
  const body: SavedActor = {
    id,
    state: snapshots.save(state),
    commits: index.snapshot(oldest, version),
  };
  yield* pieces(body);
}

const ITEMS_PER_PIECE = 64;

/** JSON of `record`: its records are opened, its arrays cut. */
function* pieces(record: object): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(record)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    before = ",";
    if (Array.isArray(value)) yield* slices(value);
    else if (typeof value === "object" && value !== null) yield* pieces(value);
    else yield JSON.stringify(value);
  }
  yield before === "{" ? "{}" : "}";
}

function* slices(items: readonly unknown[]): Generator<string> {
  yield "[";
  for (let from = 0; from < items.length; from += ITEMS_PER_PIECE) {
    const text = JSON.stringify(items.slice(from, from + ITEMS_PER_PIECE)).slice(1, -1);
    yield from === 0 ? text : `,${text}`;
  }
  yield "]";
}

/**
 * What a host knew when it wrote the snapshot of the actor `id`.
 *
 * @param log incarnation of the log as it is now
 * @throws {UnusableSnapshotError} when it is damaged, of another schema or about another log
 */
export function confirmedOf<State>(
  kind: SnapshotKind<State>,
  stored: StoredSnapshot,
  { id, log }: { readonly id: string; readonly log: string },
): Confirmed<State> {
  const { sequence, hash, mailboxSequence } = stored.head;
  return restore(stored, { id, log, schema: schemaOfKind(kind) }, (saved) => {
    const state = kind.snapshots.restore(saved.state);
    return {
      id,
      state,
      version: kind.version(state),
      sequence,
      hash,
      mailboxSequence,
      index: CommitIndex.from(saved.commits),
      unsaved: ALL_SAVED,
    };
  });
}
