/** Why a snapshot is not used. */

/**
 * Its bytes are damaged, another fold wrote it, it is about another incarnation of the log, it is newer than
 * the log, or the log does not continue it.
 */
export type Fault = "corrupt" | "schema" | "incarnation" | "newer" | "history";

/** A snapshot is not to be used; the log is. */
export class UnusableSnapshotError extends Error {
  override readonly name = "UnusableSnapshotError";

  constructor(readonly fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The error that says that the snapshot of the actor `id` is not used, and why. */
export function unusable(
  fault: Fault,
  id: string,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): UnusableSnapshotError {
  return new UnusableSnapshotError(fault, `Cannot use the snapshot of ${id}: ${why}`, { cause });
}
