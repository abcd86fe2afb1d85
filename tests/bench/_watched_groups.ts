/**
 * Reads some groups without pause and judges each answer: its version never goes back for the reader, and the
 * rows are exactly what the log says of that version.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import type { GroupEvent } from "../../actors/protocol/mod.ts";
import { emptyTables, foldEvent } from "../../actors/projection/testing/mod.ts";

interface View {
  readonly version: number;
  readonly events: number;
  readonly todos: string;
}

export class WatchedGroups {
  readonly #sql: Sql;
  readonly #tables = emptyTables();
  /** What each version of a group looks like. */
  readonly #expected = new Map<string, Map<number, string>>();
  /** When each read ended, and how long it took, in milliseconds. */
  readonly reads: { readonly atMs: number; readonly tookMs: number }[] = [];
  readonly faults: string[] = [];
  #isOver = false;

  constructor(sql: Sql, groupIds: readonly string[]) {
    this.#sql = sql;
    for (const id of groupIds) this.#expected.set(id, new Map());
  }

  /** Notes what the log says; before the event can be projected. */
  readonly note = (event: GroupEvent): void => {
    const versions = this.#expected.get(event.partitionkey);
    if (!versions) return;
    foldEvent(this.#tables, event);
    const prefix = `${event.partitionkey}/`;
    const todos = [...this.#tables.todos].filter(([key]) => key.startsWith(prefix));
    const rows = todos.map(([key, { title, completed, version }]) =>
      [key.slice(prefix.length), title, completed, version] as const
    );
    rows.sort(([a], [b]) => (a < b ? -1 : 1));
    versions.set(Number(event.sequence), JSON.stringify(rows));
  };

  /** Reads with `readers` at once until {@link stop}. */
  async read(readers: number): Promise<void> {
    await Promise.all(Array.from({ length: readers }, (_, i) => this.#readOn(i)));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #readOn(turn: number): Promise<void> {
    const seen = new Map<string, number>();
    const ids = [...this.#expected.keys()];
    while (!this.#isOver) {
      const id = ids[turn++ % ids.length];
      if (id === undefined) return;
      const startedAt = performance.now();
      try {
        const view = await this.#view(id);
        this.#judge(id, view, seen);
      } catch (error) {
        this.#fault(`a read of ${id} failed: ${error}`);
      }
      const atMs = performance.now();
      this.reads.push({ atMs, tookMs: atMs - startedAt });
    }
  }

  async #view(id: string): Promise<View | undefined> {
    const [row] = await this.#sql<View[]>`
      select o.version::float8 as version,
        (select count(*)::int from todo_events e where e.group_id = o.group_id) as events,
        (select coalesce(
            json_agg(json_build_array(t.todo_id, t.title, t.completed, t.version) order by t.todo_id),
            '[]'
          )::text from todos t where t.group_id = o.group_id) as todos
      from group_projection_offsets o where o.group_id = ${id}`;
    return row;
  }

  #judge(id: string, view: View | undefined, seen: Map<string, number>): void {
    if (!view) return this.#fault(`${id} is gone`);
    const { version, events, todos } = view;
    const before = seen.get(id) ?? 0;
    if (version < before) this.#fault(`${id} went back from version ${before} to ${version}`);
    seen.set(id, version);
    if (events !== version) this.#fault(`${id} has ${events} events at version ${version}`);
    if (JSON.stringify(JSON.parse(todos)) !== this.#expected.get(id)?.get(version)) {
      this.#fault(`${id} is not what the log says of version ${version}`);
    }
  }

  #fault(what: string): void {
    this.faults.push(what);
  }
}
