/** Connection pool to Postgres. Timeouts are set so that no request waits for ever on a dead server. */
import postgres from "postgres";
import { surviveNullSocket } from "./_null_socket.ts";
import { logger } from "./log.ts";

export type Sql = postgres.Sql;

/**
 * A lazily connecting pool for `url` with at most `max` connections (default 10); statements time out
 * after `statementTimeoutMs` (default 5 s).
 */
export function connectPostgres(
  url: string,
  options: {
    readonly name: string;
    readonly max?: number;
    readonly statementTimeoutMs?: number;
    /** Commits do not wait for the disk: only for what can be made again after a crash. */
    readonly asynchronousCommit?: boolean;
  },
): Sql {
  const log = logger("postgres");
  surviveNullSocket();
  return postgres(url, {
    max: options.max ?? 10,
    connect_timeout: 5,
    idle_timeout: 60,
    max_lifetime: 30 * 60,
    onnotice: (notice) => log.debug("Postgres notice: {text}", { text: notice["message"] }),
    connection: {
      application_name: options.name,
      statement_timeout: options.statementTimeoutMs ?? 5_000,
      ...(options.asynchronousCommit ? { synchronous_commit: "off" } : {}),
    },
  });
}
