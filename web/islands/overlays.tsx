/** Messages that come and go at the edge of the page. */
import { useEffect } from "preact/hooks";
import { Icon, type IconName } from "../components/icon.tsx";
import { shortcuts } from "../session/mod.ts";
import { dismiss, hold, resume, type Toast, toasts } from "../store/mod.ts";

const ICONS = { info: "info", success: "check", error: "alert" } as const satisfies Record<
  Toast["kind"],
  IconName
>;

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

/** C and Q go to the field for a new todo, Z takes the last deletion back. */
function onPageKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!shortcuts.peek() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (target.matches("input:not([type=checkbox]), textarea, select") || target.closest("dialog")) {
    return;
  }
  if (event.key === "c" || event.key === "q") {
    const field = document.getElementById("new-todo");
    if (!field) return;
    event.preventDefault();
    field.focus();
  } else if (event.key === "z") {
    const last = toasts.peek().findLast((toast) => toast.action);
    if (!last) return;
    dismiss(last.id);
    last.action?.run();
  }
}
