/**
 * The one error family of the local stack: a literal code and a sentence for a person.
 * Everything else that is thrown is a defect and keeps its stack.
 */

/** What can be wrong with the machine or the settings, rather than with the code. */
export type DevErrorCode =
  | "already-running"
  | "assets-failed"
  | "browser-missing"
  | "library-missing"
  | "database-unavailable"
  | "download-failed"
  | "migration-failed"
  | "nats-unavailable"
  | "not-ready"
  | "not-stopped"
  | "port-in-use"
  | "setting-invalid"
  | "stopped";

/** An expected failure; its message is shown as it is, without a stack. */
export class DevError extends Error {
  override readonly name = "DevError";

  constructor(readonly code: DevErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The sentence of any thrown value, for messages that quote a cause. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.split("\n")[0] ?? error.name;
}

/** Runs a task's main function; an expected failure becomes one line and exit code 1. */
export async function runTask(main: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await main());
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    console.error(`✗ ${error.message}`);
    Deno.exit(1);
  }
}
