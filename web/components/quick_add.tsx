/** The field for a new todo. Enter adds; the field stays ready for the next one. */
import { useSignal } from "@preact/signals";
import { TITLE_MAX_CHARS } from "../../actors/protocol/plain/mod.ts";
import { addTodo } from "../store/mod.ts";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { tooLong } from "./too_long.ts";

export function QuickAdd() {
  const title = useSignal("");

  const failure = tooLong("A title", title.value, TITLE_MAX_CHARS);

  function onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    const text = title.value.trim();
    if (text === "" || failure !== undefined) return;
    addTodo(text);
    title.value = "";
  }

  return (
    <>
      <form class="quick-add" onSubmit={onSubmit}>
        <Icon name="plus" size={18} />
        <input
          id="new-todo"
          type="text"
          aria-label="New todo"
          placeholder="Add a todo…"
          autocomplete="off"
          enterkeyhint="done"
          aria-invalid={failure !== undefined}
          value={title.value}
          onInput={(event) => title.value = event.currentTarget.value}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <button
          type="submit"
          class="btn btn-primary btn-sm"
        >
          Add
        </button>
      </form>
      <Failure text={failure} />
    </>
  );
}
