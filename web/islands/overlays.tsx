/** Messages that come and go at the edge of the page. */
import { useEffect } from "preact/hooks";
import { Icon, type IconName } from "../components/icon.tsx";
import { shortcuts } from "../session/mod.ts";
import { dismiss, hold, resume, setFilter, type Toast, toasts } from "../store/mod.ts";

const ICONS = { info: "info", success: "check", error: "alert" } as const satisfies Record<
  Toast["kind"],
  IconName
>;

/** Ids of the fields that keys go to. */
const FIELDS: Readonly<Record<string, string>> = { c: "new-todo", q: "new-todo", f: "filter" };

export function Overlays() {
  useEffect(() => {
    addEventListener("keydown", onPageKey);
    return () => removeEventListener("keydown", onPageKey);
  }, []);
  return (
    <div class="toasts" role="region" aria-label="Messages">
      {toasts.value.map((toast) => <Message key={toast.id} toast={toast} />)}
    </div>
  );
}

function Message({ toast }: { toast: Toast }) {
  const { id, action } = toast;
  return (
    <div
      class={`toast-card toast-${toast.kind}`}
      role={toast.kind === "error" ? "alert" : "status"}
      onMouseEnter={() => hold(id)}
      onMouseLeave={() => resume(id)}
      onFocusCapture={() => hold(id)}
      onBlurCapture={() => resume(id)}
    >
      <Icon name={ICONS[toast.kind]} />
      <p>{toast.text}</p>
      {action && (
        <button
          type="button"
          class="btn btn-ghost btn-xs toast-action"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button
        type="button"
        class="btn btn-ghost btn-xs btn-square"
        aria-label="Dismiss"
        onClick={() => dismiss(id)}
      >
        <Icon name="x" size={14} />
      </button>
    </div>
  );
}

/** C and Q go to the field for a new todo, F to the filter, which Shift+F clears; Z takes the last deletion back. */
function onPageKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!shortcuts.peek() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (target.matches("input:not([type=checkbox]), textarea, select") || target.closest("dialog")) {
    return;
  }
  const field = FIELDS[event.key];
  if (field !== undefined) {
    const found = document.getElementById(field);
    if (!found) return;
    event.preventDefault();
    found.focus();
  } else if (event.key === "F") {
    setFilter("");
  } else if (event.key === "z") {
    const last = toasts.peek().findLast((toast) => toast.action);
    if (!last) return;
    dismiss(last.id);
    last.action?.run();
  }
}
