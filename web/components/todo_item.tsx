/** One todo: check, title that turns into a field, and what is wrong with it if something is. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { TITLE_MAX_CHARS } from "../../actors/protocol/plain/mod.ts";
import { sentence, shortcuts } from "../session/mod.ts";
import {
  deleteTodo,
  discardCommand,
  editedTodo,
  nameOf,
  notify,
  type Pending,
  renameTodo,
  retryCommand,
  type TodoRow,
  toggleTodo,
} from "../store/mod.ts";
import { Avatar } from "./avatar.tsx";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { memo } from "./memo.tsx";
import { tooLong } from "./too_long.ts";

const NOT_YOURS = "Only its author, an admin or the owner can change this todo";

interface TodoItemProps {
  readonly row: TodoRow;
  /** Name of who made it, when it is known. */
  readonly author: string | undefined;
  readonly mine: boolean;
  readonly editable: boolean;
  /** Someone else has just changed it. */
  readonly flash: boolean;
  /** Someone else who is editing it. */
  readonly editorId: string | undefined;
  /** Says who is. */
  readonly edited: string | undefined;
}

export const TodoItem = memo(function (props: TodoItemProps) {
  return <Item {...props} />;
});

/** Says why nothing happened. */
function refuse(): void {
  notify({ kind: "info", text: `${NOT_YOURS}.` });
}

function Item({ row, author, mine, editable, flash, editorId, edited }: TodoItemProps) {
  const editing = useSignal(false);
  const title = useRef<HTMLButtonElement>(null);
  const why = editable ? undefined : NOT_YOURS;

  const refocus = useRef(false);

  // Keys pressed right after editing must find the row again.
  useLayoutEffect(() => {
    if (!editing.value && refocus.current) title.current?.focus();
    refocus.current = false;
  }, [editing.value]);

  /** `byKey`: the field was left by a key, not by going elsewhere. */
  function stopEditing(byKey: boolean): void {
    refocus.current = byKey;
    editing.value = false;
  }

  function actionOf(key: string): (() => void) | undefined {
    if (key === "Delete" || key === "Backspace") return () => deleteTodo(row);
    if (!shortcuts.peek()) return undefined;
    if (key === "e") return () => editing.value = true;
    if (key === "d") return () => toggleTodo(row);
    return undefined;
  }

  function onKey(event: KeyboardEvent): void {
    if (editing.value || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actionOf(event.key);
    if (!act) return;
    if (editable) act();
    else refuse();
    event.preventDefault();
  }

  return (
    <li
      class="todo"
      data-todo={row.id}
      data-done={row.completed}
      data-mine={mine}
      data-flash={flash}
      data-waiting={row.waiting === true}
      onKeyDown={onKey}
    >
      <input
        type="checkbox"
        class="check"
        checked={row.completed}
        aria-disabled={!editable}
        title={why}
        aria-label={`Done: ${row.title}`}
        onChange={(event) => {
          if (editable) toggleTodo(row);
          else {
            event.currentTarget.checked = row.completed;
            refuse();
          }
        }}
      />
      {editing.value
        ? (
          <TitleField
            row={row}
            onEnd={(text, byKey) => {
              if (text !== undefined) renameTodo(row, text);
              stopEditing(byKey);
            }}
          />
        )
        : (
          <button
            type="button"
            class="todo-title"
            ref={title}
            aria-disabled={!editable}
            title={why}
            onClick={() => {
              if (editable) editing.value = true;
              else refuse();
            }}
          >
            {row.title}
          </button>
        )}
      {editorId !== undefined && (
        <span class="face editor" title={edited}>
          <Avatar id={editorId} name={nameOf(editorId)} />
          <Icon name="pencil" size={9} />
          <span class="sr-only">{edited}</span>
        </span>
      )}
      {row.waiting && (
        <span class="waiting" title="Not sent yet">
          <Icon name="clock" size={14} />
          <span class="waiting-text">Not sent yet</span>
        </span>
      )}
      {editable && !editing.value && (
        <span class="todo-actions">
          <button
            type="button"
            class="btn btn-ghost btn-xs btn-square"
            aria-label={`Edit ${row.title}`}
            title="Edit"
            onClick={() => editing.value = true}
          >
            <Icon name="pencil" size={14} />
          </button>
          <button
            type="button"
            class="btn btn-ghost btn-xs btn-square"
            aria-label={`Delete ${row.title}`}
            title="Delete"
            onClick={() => deleteTodo(row)}
          >
            <Icon name="trash" size={14} />
          </button>
        </span>
      )}
      {!mine && (
        <span class="author" title={`Added by ${author ?? "someone"}`}>
          <Avatar id={row.created_by} name={author} />
          <span class="sr-only">Added by {author ?? "someone"}</span>
        </span>
      )}
      {row.rejected && <Rejection command={row.rejected} />}
    </li>
  );
}

/** `onEnd` gets the new title, or `undefined` when it is to stay. */
function TitleField(
  { row, onEnd }: {
    row: TodoRow;
    onEnd: (text: string | undefined, byKey: boolean) => void;
  },
) {
  const field = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  const failure = useSignal<string | undefined>(undefined);

  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
    editedTodo.value = row.id;
    return () => {
      if (editedTodo.peek() === row.id) editedTodo.value = undefined;
    };
  }, []);

  /** Ends editing once: the field loses its focus when it goes away, too. What is too long stays in it. */
  function finish(save: boolean, byKey: boolean): void {
    if (over.current) return;
    const text = field.current?.value.trim() ?? "";
    if (save && judge(text) !== undefined) return;
    over.current = true;
    onEnd(save && text !== "" ? text : undefined, byKey);
  }

  function judge(text: string): string | undefined {
    return failure.value = tooLong("A title", text, TITLE_MAX_CHARS);
  }

  return (
    <>
      <input
        ref={field}
        type="text"
        class="todo-edit"
        aria-label="Title"
        defaultValue={row.title}
        aria-invalid={failure.value !== undefined}
        enterkeyhint="done"
        onInput={(event) => judge(event.currentTarget.value)}
        onBlur={() => finish(true, false)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          event.stopPropagation();
          if (event.key !== "Enter" && event.key !== "Escape") return;
          // The title has the focus when the key is let go: it must not take the key for itself.
          event.preventDefault();
          finish(event.key === "Enter", true);
        }}
      />
      <Failure text={failure.value} />
    </>
  );
}

function Rejection({ command }: { command: Pending }) {
  if (command.progress.state !== "rejected") return null;
  return (
    <div class="rejection" role="alert">
      <Icon name="alert" size={14} />
      <span>{sentence(command.progress.problem.detail)}</span>
      <button type="button" class="btn btn-xs" onClick={() => retryCommand(command)}>Retry</button>
      <button type="button" class="btn btn-xs" onClick={() => discardCommand(command)}>
        Discard
      </button>
    </div>
  );
}
