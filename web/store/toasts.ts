/** Short messages at the edge of the page. Never the only place where an error is told. */
import { signal } from "@preact/signals";

export interface Toast {
  readonly id: number;
  readonly kind: "info" | "success" | "error";
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const MAX_SHOWN = 3;
const SHOWN_MS = 8_000;

export const toasts = signal<readonly Toast[]>([]);

let nextId = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

/** Shows a message for a while; the oldest gives way when there are too many. */
export function notify(toast: Omit<Toast, "id">): void {
  // Said again, a message that offers nothing takes the place of the one before.
  const same = toasts.peek().find(({ text, action }) => text === toast.text && !action);
  if (same && !toast.action) dismiss(same.id);
  const shown: Toast = { ...toast, id: nextId++ };
  toasts.value = [...toasts.value, shown].slice(-MAX_SHOWN);
  resume(shown.id);
}

/** Takes a message away. */
export function dismiss(id: number): void {
  hold(id);
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Keeps a message while a person reads it. */
export function hold(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

/** Lets a message's time run again. */
export function resume(id: number): void {
  hold(id);
  timers.set(id, setTimeout(() => dismiss(id), SHOWN_MS));
}

/** Takes away the messages that offer to do something, when it can no longer be done. */
export function dismissOffers(): void {
  for (const { id, action } of toasts.peek()) if (action) dismiss(id);
}
