/** What can go wrong in a projection that its owner must know of. */

export type ProjectionErrorCode =
  /** The stream was deleted and made again: its sequences mean nothing to the tables. */
  | "epoch-mismatch"
  /** The stream ends before what the tables hold: the log lost its tail. */
  | "log-truncated"
  /** Somebody else moved the offset: read it again and go on from there. */
  | "offset-moved";

export class ProjectionError extends Error {
  override readonly name = "ProjectionError";
  readonly code: ProjectionErrorCode;

  constructor(code: ProjectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether a failed transaction failed because of its data, so that trying again cannot help: SQLSTATE
 * classes 21, 22, 23 (cardinality, data, integrity) and 54 (a limit of the server's). Anything else,
 * an outage above all, is worth another try.
 */
export function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^(21|22|23|54)[0-9A-Z]{3}$/.test(code);
}

/**
 * Whether a transaction whose data was refused may pass later although nothing about the message changes:
 * constraints (class 23) are about what else the tables hold, and a migration may be on its way to change
 * them. The other classes of {@link isDataError} are about the values alone: the same bytes are refused
 * for ever, and waiting would only keep everybody else's messages back.
 */
export function mayHeal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("23");
}
