/** Open todos, newest first, and completed ones folded away below. Keys move between the rows. */
import { useComputed, useSignal } from "@preact/signals";
import { allows } from "../../actors/protocol/plain/mod.ts";
import { shortcuts, user } from "../session/mod.ts";
import {
  editors,
  filterInEffect,
  flashing,
  myRole,
  names,
  rows,
  setFilter,
  shownRows,
  type TodoRow,
} from "../store/mod.ts";
import { EmptyPicture } from "./empty_picture.tsx";
import { Icon } from "./icon.tsx";
import { TodoItem } from "./todo_item.tsx";

/** Rows rendered at once: more are shown on demand. */
const PAGE = 200;

export function TodoList() {
  const open = useComputed(() => shownRows.value.filter((row) => !row.completed));
  const done = useComputed(() =>
    shownRows.value.filter((row) => row.completed).sort((a, b) =>
      (b.completed_at ?? "").localeCompare(a.completed_at ?? "")
    )
  );
  const shared = useComputed(() =>
    rows.value.some(({ created_by }) => created_by !== user.value?.user_id)
  );
  const unfolded = useSignal(true);
  return (
    <div data-shared={shared.value} onKeyDown={onListKey}>
      {open.value.length > 0
        ? <Rows rows={open.value} label="Open todos" />
        : <NothingOpen someDone={done.value.length > 0} />}
      {done.value.length > 0 && (
        <section class="completed">
          <button
            type="button"
            class="fold"
            aria-expanded={unfolded.value}
            onClick={() => unfolded.value = !unfolded.value}
          >
            <Icon name="chevron" size={14} />
            Completed <span class="number">{done.value.length}</span>
          </button>
          {unfolded.value && <Rows rows={done.value} label="Completed todos" />}
        </section>
      )}
    </div>
  );
}

function NothingOpen({ someDone }: { someDone: boolean }) {
  if (filterInEffect.value !== "") return someDone ? null : <NothingMatches />;
  return (
    <div class="state state-list">
      <EmptyPicture />
      <h2>{someDone ? "All done" : "Nothing here yet"}</h2>
      <p>
        {someDone
          ? "Every todo of this group is completed."
          : "Add the first todo above. Everyone in the group sees it at once."}
      </p>
    </div>
  );
}

function NothingMatches() {
  return (
    <div class="state state-list">
      <EmptyPicture />
      <h2>No todo matches</h2>
      <p>
        Nothing in this group matches <q class="filter-text">{filterInEffect.value}</q>.
      </p>
      <button type="button" class="btn btn-sm" onClick={() => setFilter("")}>Show all todos</button>
    </div>
  );
}

function Rows({ rows, label }: { rows: readonly TodoRow[]; label: string }) {
  const shown = useSignal(PAGE);
  const me = user.value?.user_id;
  const role = myRole.value;
  const moderator = role !== undefined && allows(role, "todo.edit-others");
  return (
    <>
      <ul class="rows" aria-label={label}>
        {rows.slice(0, shown.value).map((row) => (
          <TodoItem
            key={row.id}
            row={row}
            author={names.value.get(row.created_by)}
            mine={row.created_by === me}
            editable={moderator || row.created_by === me}
            flash={flashing.value.has(row.id)}
            editorId={editors.value.get(row.id)?.userId}
            edited={editors.value.get(row.id)?.sentence}
          />
        ))}
      </ul>
      {rows.length > shown.value && (
        <button
          type="button"
          class="btn btn-sm more"
          onClick={() => shown.value += PAGE}
        >
          Show {Math.min(PAGE, rows.length - shown.value)} more of {rows.length}
        </button>
      )}
    </>
  );
}

/** J, K and the arrows go to the next and the previous row, whatever list it is in. */
function onListKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target.matches("input[type=text]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const letters = shortcuts.peek();
  const step = event.key === "ArrowDown" || (letters && event.key === "j")
    ? 1
    : event.key === "ArrowUp" || (letters && event.key === "k")
    ? -1
    : 0;
  if (step === 0) return;
  const titles = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".todo-title"),
  ];
  const row = target.closest(".todo");
  const at = titles.findIndex((title) => title.closest(".todo") === row);
  const next = titles[at + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
