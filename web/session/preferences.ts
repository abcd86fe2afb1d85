/** What this browser remembers for its user: nothing secret, and nothing the product needs to work. */
import { effect, type Signal, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

export const theme = signal<Theme>("system");
export const feedShown = signal(true);
/** Single-key shortcuts (WCAG 2.1.4: they can be switched off). */
export const shortcuts = signal(true);
/** Group to connect to when the page is opened again. */
export const lastGroup = signal("");

/** Reads what was remembered and keeps it up to date; called once per page. */
export function startPreferences(): void {
  keep("todo1m.theme", theme, (text) => text === "light" || text === "dark" ? text : "system");
  keep("todo1m.feed", feedShown, (text) => text === null ? innerWidth >= 1200 : text === "true");
  keep("todo1m.shortcuts", shortcuts, (text) => text !== "false");
  keep("todo1m.group", lastGroup, (text) => text ?? "");
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === "system") delete dataset.theme;
    else dataset.theme = theme.value;
  });
}

function keep<T extends string | boolean>(
  key: string,
  preference: Signal<T>,
  parse: (text: string | null) => T,
): void {
  preference.value = parse(localStorage.getItem(key));
  const initial = preference.value;
  let changed = false;
  effect(() => {
    const { value } = preference;
    changed ||= value !== initial;
    if (changed) localStorage.setItem(key, String(value));
  });
}
