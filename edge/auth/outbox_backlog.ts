/**
 * Shows operators how many account events wait in the outbox and for how long. Asked at every scrape; while
 * Postgres does not answer there is no number, and the scrape goes on without.
 */
import { type Metrics, pause, type Sql } from "../../actors/platform/mod.ts";

/** Longest wait of a scrape for Postgres. */
const PATIENCE_MS = 500;
/** After how long an answer is no longer waited for; a query on a connection that is dead gets none. */
const GIVE_UP_MS = 30_000;
/** Events that are counted at most: beyond that the number is of no more use than the time to count. */
const MOST = 100_000;

interface Backlog {
  readonly events: number;
  readonly oldest_seconds: number;
}

/** Adds the gauges to `metrics`; all edges show the same, for the outbox is one. */
export function showOutboxBacklog(
  metrics: Metrics,
  sql: Sql,
  options: { readonly patienceMs?: number } = {},
): void {
  const { patienceMs = PATIENCE_MS } = options;
  const look = backlogOf(sql);
  const gauges = [
    [
      "tf_account_outbox_events",
      `Account events that are not published yet, counted up to ${MOST}`,
      (backlog: Backlog) => backlog.events,
    ],
    [
      "tf_account_outbox_oldest_seconds",
      "Age of the oldest account event that is not published yet; 0 without any",
      (backlog: Backlog) => backlog.oldest_seconds,
    ],
  ] as const;
  for (const [name, help, value] of gauges) {
    metrics.gauge({
      name,
      help,
      async collect() {
        const over = new AbortController();
        const backlog = await Promise.race([look(), pause(patienceMs, over.signal)]);
        over.abort();
        if (backlog) this.set(value(backlog));
        else this.remove();
      },
    });
  }
}

/** Asks Postgres once for all who ask meanwhile, so that queries do not pile up; `undefined` when it fails. */
function backlogOf(sql: Sql): () => Promise<Backlog | undefined> {
  let looking:
    | { readonly sinceMs: number; readonly answer: Promise<Backlog | undefined> }
    | undefined;
  const look = async () => {
    try {
      const [backlog] = await sql<Backlog[]>`
        select count(*)::int as events,
               greatest(0, coalesce(extract(epoch from clock_timestamp() - min(occurred_at)), 0))
                 ::float8 as oldest_seconds
        from (select occurred_at from account_outbox order by position limit ${MOST}) waiting`;
      return backlog;
    } catch {
      // Whether Postgres is there is told by /readyz and by what reads and writes.
      return undefined;
    }
  };
  return () => {
    const now = performance.now();
    if (looking && now - looking.sinceMs < GIVE_UP_MS) return looking.answer;
    const mine = { sinceMs: now, answer: look() };
    looking = mine;
    void mine.answer.then(() => {
      if (looking === mine) looking = undefined;
    });
    return mine.answer;
  };
}
