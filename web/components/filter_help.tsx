/** A few filters to begin with; pressing one puts it into the box. */
import { shortcuts } from "../session/mod.ts";

interface Example {
  readonly filter: string;
  readonly meaning: string;
}

const EXAMPLES: readonly Example[] = [
  { filter: "!done & created_by:me", meaning: "open, and added by me" },
  { filter: "due<=today & !done", meaning: "due today or before, and open" },
  { filter: "p1 | p2 | assignee:me", meaning: "urgent, or assigned to me" },
  { filter: 'text:"milk" & created>=-7d', meaning: "has “milk” and was added in the last 7 days" },
];

export function FilterHelp({ id, onPick }: { id: string; onPick: (filter: string) => void }) {
  return (
    <div id={id} class="filter-help">
      <p>
        <code>&amp;</code> is and, <code>|</code> or, <code>!</code>{" "}
        not; parentheses group. Press an example to use it, or read about{" "}
        <a href="/docs#listTodos" target="_blank" rel="noopener">all conditions</a>.{" "}
        {shortcuts.value && (
          <span class="filter-keys">The key F comes here, Shift+F shows all todos.</span>
        )}
      </p>
      <ul>
        {EXAMPLES.map(({ filter, meaning }) => (
          <li key={filter}>
            <button type="button" class="example" onClick={() => onPick(filter)}>
              <code>{filter}</code> <span>{meaning}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
