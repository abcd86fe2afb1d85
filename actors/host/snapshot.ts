/**
 * A snapshot of a group: what a host knew of it at one commit, as text, with a head that says which code
 * wrote it and which log it is about. Nothing depends on one: the log makes the same state.
 */
import { fromSnapshot, type Snapshot, toSnapshot } from "../group/mod.ts";
import { CommitIndex, type CommitIndexSnapshot } from "./commit_index.ts";
import { ALL_SAVED, type Confirmed } from "./confirmed.ts";

/** What a snapshot says of itself. */
export interface SnapshotHead {
  /** Which fold wrote it: see `snapshotSchema`. */
  readonly schema: string;
  /** Incarnation of the log that it is about. */
  readonly log: string;
  /** The group's version. */
  readonly version: number;
  /** Sequence of the last commit it covers, and SHA-256 (hex) of that commit's bytes. */
  readonly sequence: number;
  readonly hash: string;
  /** Mailbox sequence of the last command it covers. */
  readonly mailboxSequence: number;
}

/** Where snapshots are kept, the newest of each group. */
export interface SnapshotStore {
  /**
   * The group's snapshot, possibly an older one.
   *
   * @throws {UnusableSnapshotError} when its bytes are damaged
   * @throws {Error} when it cannot be read
   */
  read(
    groupId: string,
  ): Promise<{ readonly head: SnapshotHead; readonly body: string } | undefined>;
  /**
   * Keeps a snapshot, given as pieces of its text, unless it is too large for the store.
   *
   * @throws {Error} when it cannot be stored
   */
  write(
    groupId: string,
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

interface Body {
  readonly group: Snapshot;
  readonly commits: CommitIndexSnapshot;
}

/** The text of a snapshot of `confirmed`, piece by piece, so that a large group is not written in one go. */
export function* bodyOf({ state, index }: Confirmed): Generator<string> {
  const group = toSnapshot(state);
  // Answers and undos look for commands that the ledger knows, never for older ones.
  const oldest = group.ledger.entries[0]?.first_version ?? state.version;
  const body: Body = { group, commits: index.snapshot(oldest, state.version) };
  yield* pieces(body);
}

const ITEMS_PER_PIECE = 64;

/** JSON of `record`: its records are opened, its arrays cut. */
function* pieces(record: object): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(record)) {
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
 * What a host knew when it wrote the snapshot.
 *
 * @throws {UnusableSnapshotError} when it is damaged, of another schema or about another log
 */
export function confirmedOf(
  { head, body }: { readonly head: SnapshotHead; readonly body: string },
  expected: { readonly groupId: string; readonly schema: string; readonly log: string },
): Confirmed {
  const fault = (kind: Fault, why: string, cause?: unknown) =>
    new UnusableSnapshotError(kind, `Cannot use the snapshot of ${expected.groupId}: ${why}`, {
      cause,
    });
  if (head.schema !== expected.schema) throw fault("schema", `its schema is "${head.schema}"`);
  if (head.log !== expected.log) throw fault("incarnation", `its log is "${head.log}"`);
  try {
    const { group, commits } = JSON.parse(body) as Body;
    if (group.id !== expected.groupId) throw new TypeError(`it is of group "${group.id}"`);
    if (group.version !== head.version) throw new TypeError(`it is of version ${group.version}`);
    return {
      state: fromSnapshot(group),
      sequence: head.sequence,
      hash: head.hash,
      mailboxSequence: head.mailboxSequence,
      index: CommitIndex.from(commits),
      unsaved: ALL_SAVED,
    };
  } catch (cause) {
    throw fault("corrupt", cause instanceof Error ? cause.message : String(cause), cause);
  }
}
