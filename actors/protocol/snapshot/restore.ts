/** From the text of a snapshot back to what its writer knew, unless it is not to be used. */
import { unusable } from "./fault.ts";
import type { StoredSnapshot } from "./stored.ts";

/** Raised when the form of {@link SavedActor} changes. */
const FORM = 2;

/** What the text of a snapshot holds. */
export interface SavedActor {
  readonly id: string;
  /** What the actor's kind makes of the state. */
  readonly state: object;
  readonly commits: CommitPlaces;
}

/** First version and sequence of each commit, as the distance from the one before it. */
export interface CommitPlaces {
  readonly versions: readonly number[];
  readonly sequences: readonly number[];
}

/** Names the code that writes snapshots of states that `fold` names, and can read them. */
export function schemaOf(fold: string): string {
  return `${FORM}.${fold}`;
}

/**
 * What `open` makes of the snapshot of the actor `id`. Whether the log continues it is not known by that.
 *
 * @param expected.schema what {@link schemaOf} says of this code
 * @param expected.log incarnation of the log as it is now
 * @throws {UnusableSnapshotError} when it is damaged, of another schema or about another log
 */
export function restore<T extends { readonly version: number }>(
  { head, body }: StoredSnapshot,
  { id, schema, log }: { readonly id: string; readonly schema: string; readonly log: string },
  open: (saved: SavedActor) => T,
): T {
  if (head.schema !== schema) {
    throw unusable("schema", id, { why: `its schema is "${head.schema}"` });
  }
  if (head.log !== log) throw unusable("incarnation", id, { why: `its log is "${head.log}"` });
  try {
    const saved = JSON.parse(body) as SavedActor;
    if (saved.id !== id) throw new TypeError(`it is of "${saved.id}"`);
    const opened = open(saved);
    if (opened.version !== head.version) throw new TypeError(`it is of version ${opened.version}`);
    return opened;
  } catch (cause) {
    throw unusable("corrupt", id, {
      why: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
