/** The field that chooses todos by the language of filters, how many it leaves, and what is wrong with it. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import {
  filterFault,
  filterInEffect,
  filterText,
  loadFilters,
  rows,
  setFilter,
  shownRows,
} from "../store/mod.ts";
import { FilterHelp } from "./filter_help.tsx";
import { Icon } from "./icon.tsx";
import { useSettled } from "./use_settled.ts";

/** Pause in typing, or in what happens to the list, after which it is told. */
const TOLD_AFTER_MS = 500;
const HELP = "filter-help";
const FAULT = "filter-fault";

export function FilterBox() {
  const field = useRef<HTMLInputElement>(null);
  const helpOpen = useSignal(false);
  const text = filterText.value;
  const isFiltering = filterInEffect.value !== "";
  const fault = filterFault.value;
  const sentence = fault?.sentence ?? "";
  const isTold = useSettled(sentence, TOLD_AFTER_MS) === sentence && sentence !== "";
  const count = `${shownRows.value.length} of ${rows.value.length}`;
  const announced = useSettled(isFiltering ? `${count} todos shown` : "", TOLD_AFTER_MS);

  function put(filter: string): void {
    setFilter(filter);
    helpOpen.value = false;
    field.current?.focus();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.key !== "Escape") return;
    event.preventDefault();
    if (helpOpen.value) {
      helpOpen.value = false;
      field.current?.focus();
    } else if (text !== "") put("");
    else field.current?.blur();
  }

  return (
    <div class="filter" role="search" aria-label="Filter todos" onKeyDown={onKey}>
      <form
        class="filter-bar"
        data-active={isFiltering}
        onSubmit={(event) => {
          event.preventDefault();
          if (fault?.suggestion) put(fault.suggestion.text);
        }}
      >
        <Icon name="filter" />
        <input
          id="filter"
          ref={field}
          type="text"
          aria-label="Filter"
          aria-describedby={isTold ? FAULT : undefined}
          aria-invalid={isTold}
          placeholder="Filter: due<=today & !done"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="search"
          value={text}
          onFocus={() => loadFilters().catch(reportError)}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        {isFiltering && <span class="filter-count" aria-hidden="true">{count}</span>}
        {text !== "" && (
          <button
            type="button"
            class="btn btn-ghost btn-xs btn-square"
            aria-label="Clear filter"
            title="Clear filter (Escape)"
            onClick={() => put("")}
          >
            <Icon name="x" size={14} />
          </button>
        )}
        <button
          type="button"
          class="btn btn-ghost btn-xs btn-square"
          aria-label="How to filter"
          title="How to filter"
          aria-expanded={helpOpen.value}
          aria-controls={helpOpen.value ? HELP : undefined}
          onClick={() => helpOpen.value = !helpOpen.value}
        >
          <Icon name="help" />
        </button>
      </form>
      <p class="sr-only" role="status">{announced}</p>
      <div class="filter-fault" role="status">
        {isTold && (
          <>
            <p id={FAULT}>
              <span class="failure">{sentence}</span>{" "}
              <span class="filter-consequence">{consequence(text, filterInEffect.value)}</span>
            </p>
            {fault?.suggestion && (
              <button
                type="button"
                class="btn btn-xs"
                onClick={() => put(fault.suggestion?.text ?? "")}
              >
                Look for “{fault.suggestion.words}”
              </button>
            )}
          </>
        )}
      </div>
      {helpOpen.value && <FilterHelp id={HELP} onPick={put} />}
    </div>
  );
}

/** What a text that is no filter does to the list. */
function consequence(text: string, inEffect: string): string {
  if (inEffect === "") return "All todos are shown.";
  return inEffect === text ? "Nothing matches." : `The list still shows “${inEffect}”.`;
}
