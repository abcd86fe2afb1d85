/**
 * A snapshot of an actor: what a host knew of it at one commit, as text, with a head that says which code
 * wrote it and which log it is about. Nothing depends on one: the log makes the same state.
 */
import { type ActorCommand, type ActorKind, oldestVersion } from "../../kind/mod.ts";
import { CommitIndex, type CommitIndexSnapshot } from "./commit_index.ts";
import { ALL_SAVED, type Confirmed } from "./confirmed.ts";

/** What a snapshot says of itself. */
export interface SnapshotHead {
  /** Which code wrote it: see {@link schemaOf}. */
  readonly schema: string;
  /** Incarnation of the log that it is about. */
  readonly log: string;
  /** The actor's version. */
  readonly version: number;
  /** Sequence of the last commit it covers, and SHA-256 (hex) of that commit's bytes. */
  readonly sequence: number;
  readonly hash: string;
  /** Mailbox sequence of the last command it covers. */
  readonly mailboxSequence: number;
}

/** A snapshot as it was stored. */
export interface StoredSnapshot {
  readonly head: SnapshotHead;
  readonly body: string;
}

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

/**
 * Why a snapshot is of no use: its bytes are damaged, another fold wrote it, it is about another
 * incarnation of the log, it is newer than the log, or the log does not continue it.
 */
export type Fault = "corrupt" | "schema" | "incarnation" | "newer" | "history";

/** A snapshot is not to be used; the log is. */
export class UnusableSnapshotError extends Error {
  override readonly name = "UnusableSnapshotError";

  constructor(readonly fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Raised when the form of {@link Body} changes. */
const FORM = 2;

interface Body {
  readonly id: string;
  /** What the kind makes of the state. */
  readonly state: object;
  readonly commits: CommitIndexSnapshot;
}

/** What is asked of a kind here, whatever its events and commands. */
export type SnapshotKind<State> = Pick<
  ActorKind<State, never, ActorCommand>,
  "ledger" | "snapshots" | "version"
>;

/** Names the code that writes snapshots of `kind` and can read them. */
export function schemaOf<State>({ snapshots }: SnapshotKind<State>): string {
  return `${FORM}.${snapshots.schema()}`;
}

/** The text of a snapshot of `confirmed`, piece by piece, so that a large state is not written in one go. */
export function* bodyOf<State>(
  { ledger, snapshots }: SnapshotKind<State>,
  { id, state, version, index }: Confirmed<State>,
): Generator<string> {
  // Answers and undos look for commands that the ledger knows, never for older ones.
  const oldest = oldestVersion(ledger(state)) ?? version;
  const body: Body = {
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
  { head, body }: StoredSnapshot,
  { id, log }: { readonly id: string; readonly log: string },
): Confirmed<State> {
  const fault = (kind: Fault, why: string, cause?: unknown) =>
    new UnusableSnapshotError(kind, `Cannot use the snapshot of ${id}: ${why}`, { cause });
  if (head.schema !== schemaOf(kind)) throw fault("schema", `its schema is "${head.schema}"`);
  if (head.log !== log) throw fault("incarnation", `its log is "${head.log}"`);
  try {
    const saved = JSON.parse(body) as Body;
    if (saved.id !== id) throw new TypeError(`it is of "${saved.id}"`);
    const state = kind.snapshots.restore(saved.state);
    const version = kind.version(state);
    if (version !== head.version) throw new TypeError(`it is of version ${version}`);
    return {
      id,
      state,
      version,
      sequence: head.sequence,
      hash: head.hash,
      mailboxSequence: head.mailboxSequence,
      index: CommitIndex.from(saved.commits),
      unsaved: ALL_SAVED,
    };
  } catch (cause) {
    throw fault("corrupt", cause instanceof Error ? cause.message : String(cause), cause);
  }
}
