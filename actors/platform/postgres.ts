/** Connection pool to Postgres. Timeouts are set so that no request waits for ever on a dead server. */
import postgres from "postgres";
import { surviveNullSocket } from "./_null_socket.ts";
import { logger } from "./log.ts";

export type Sql = postgres.Sql;

/**
 * A lazily connecting pool for `url` with at most `max` connections (default 10); statements time out
 * after `statementTimeoutMs` (default 5 s; 0: never).
 */
export function connectPostgres(
  url: string,
  options: {
    readonly name: string;
    readonly max?: number;
    readonly statementTimeoutMs?: number;
    /** Commits do not wait for the disk: only for what can be made again after a crash. */
    readonly asynchronousCommit?: boolean;
    /** One connection that is never ended for its age or for want of use: its session holds something. */
    readonly session?: boolean;
    /** Further settings of each connection, such as `search_path`. */
    readonly settings?: Readonly<Record<string, string>>;
  },
): Sql {
  const log = logger("postgres");
  surviveNullSocket();
  return postgres(url, {
    max: options.session ? 1 : options.max ?? 10,
    connect_timeout: 5,
    ...(options.session ? { max_lifetime: null } : { idle_timeout: 60, max_lifetime: 30 * 60 }),
    onnotice: (notice) => log.debug("Postgres notice: {text}", { text: notice["message"] }),
    connection: {
      application_name: options.name,
      statement_timeout: options.statementTimeoutMs ?? 5_000,
      ...(options.asynchronousCommit ? { synchronous_commit: "off" } : {}),
      ...options.settings,
    },
  });
}
