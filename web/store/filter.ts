/**
 * The filter of the connected group: kept per group while the page lives and in the address for a reload,
 * applied to the rows as they are shown, so that it follows every event and every command of one's own.
 */
import { computed, effect, signal } from "@preact/signals";
import { lastGroup, user } from "../session/mod.ts";
import type { FilterBox, FilterFault } from "./filter_text.ts";
import { names } from "./names.ts";
import type { TodoRow } from "./pending.ts";
import { connectedGroup, model, rows } from "./workspace.ts";

/** Name of the filter in the page's address. */
const PARAMETER = "filter";
/** Browsers let pages change their address so often and no more. */
const ADDRESS_AFTER_MS = 300;
/** How often it is looked whether a new day has begun. */
const DAY_EVERY_MS = 20_000;
const NOT_LOADED = "The filter could not be loaded. Check your connection, or load the page again.";

type Language = typeof import("./filter_text.ts");
const EMPTY_BOX: FilterBox = { text: "", inEffect: "" };

/** What reads filters, once it is loaded. */
const language = signal<Language | undefined>(undefined);
const loadFailed = signal(false);
const boxes = signal<ReadonlyMap<string, FilterBox>>(new Map());
/** Filters that speak of today are bound again when this changes. */
const day = signal("");
/** Id of the todo whose title is being edited: it stays where it is until that is over. */
export const editedTodo = signal<string | undefined>(undefined);

const box = computed(() => boxes.value.get(connectedGroup.value ?? "") ?? EMPTY_BOX);
/** What stands in the filter box. */
export const filterText = computed(() => box.value.text);
/** The filter that chooses now; empty where all todos are shown. */
export const filterInEffect = computed(() => language.value ? box.value.inEffect : "");

const choice = computed(() => {
  const { value: known } = language;
  if (!known || filterInEffect.value === "") return undefined;
  // Read for its changes: what day it is decides what "today" means.
  day.value;
  return known.bindText(filterInEffect.value, {
    nowMs: Date.now(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userId: user.value?.user_id ?? "",
    namesOf: () => known.groupNames(model.value.confirmed, names.value),
  });
});

/** What is wrong with what stands in the box. */
export const filterFault = computed((): FilterFault | undefined => {
  const text = filterText.value;
  if (text.trim() === "") return undefined;
  if (!language.value) return loadFailed.value ? { sentence: NOT_LOADED } : undefined;
  const fault = language.value.faultOf(text);
  if (fault) return fault;
  return choice.value && "fault" in choice.value ? choice.value.fault : undefined;
});

/** The rows that the filter lets through; all of them without one. */
export const shownRows = computed((): readonly TodoRow[] =>
  language.value && choice.value
    ? language.value.chooseRows(rows.value, { choice: choice.value, edited: editedTodo.value })
    : rows.value
);

/** Puts `text` into the box of the connected group. */
export function setFilter(text: string): void {
  const groupId = connectedGroup.peek();
  if (groupId === undefined) return;
  loadFilters().catch(reportError);
  put(groupId, text);
}

function put(groupId: string, text: string): void {
  const before = boxes.peek().get(groupId) ?? EMPTY_BOX;
  const known = language.peek();
  const after = known ? known.typeFilter(before, text) : { ...before, text };
  boxes.value = new Map([...boxes.peek(), [groupId, after]]);
}

let loading: Promise<void> | undefined;

/** Makes sure that the language of filters is there soon; not part of what a page loads at first. */
export function loadFilters(): Promise<void> {
  loading ??= import("./filter_text.ts").then((loaded) => {
    language.value = loaded;
    loadFailed.value = false;
    for (const [groupId, { text }] of boxes.peek()) put(groupId, text);
  }).catch((error) => {
    loading = undefined;
    loadFailed.value = true;
    // Not to be had now: that is said under the box, and it is asked for again with the next character.
    if (!(error instanceof TypeError)) throw error;
  });
  return loading;
}

/** Takes the filter over from the address and keeps it there. */
export function startFilters(signal: AbortSignal): void {
  const text = new URL(location.href).searchParams.get(PARAMETER) ?? "";
  if (text !== "") {
    put(lastGroup.peek(), text);
    loadFilters().catch(reportError);
  }
  const lookAtDay = () => day.value = new Date().toDateString();
  lookAtDay();
  const timer = setInterval(lookAtDay, DAY_EVERY_MS);
  document.addEventListener("visibilitychange", lookAtDay, { signal });
  const stop = effect(() => {
    const wanted = filterText.value;
    if (connectedGroup.value === undefined) return;
    const later = setTimeout(() => writeAddress(wanted), ADDRESS_AFTER_MS);
    return () => clearTimeout(later);
  });
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    stop();
  });
}

function writeAddress(text: string): void {
  const url = new URL(location.href);
  if ((url.searchParams.get(PARAMETER) ?? "") === text) return;
  if (text === "") url.searchParams.delete(PARAMETER);
  else url.searchParams.set(PARAMETER, text);
  history.replaceState(history.state, "", url);
}
