/**
 * What the text in the filter box says: the filter in effect, what is wrong with the text, and which rows
 * are left. Pure. Pages load this and the language of filters behind it when a filter is first asked for.
 */
import {
  bindFilter,
  type Condition,
  type Filter,
  type FilterContext,
  type GroupNames,
  matches,
  parseFilter,
  QueryError,
} from "../../actors/query/mod.ts";
import { type GroupState, membersOf } from "../../actors/group/fold/mod.ts";
import type { TodoRow } from "./pending.ts";

/** One group's filter. A text that cannot be read leaves the last one in effect that could be. */
export interface FilterBox {
  /** As it stands in the box. */
  readonly text: string;
  /** Last text that could be read; empty where nothing is filtered. */
  readonly inEffect: string;
}

/** Why a text is no filter, for the person who writes it. */
export interface FilterFault {
  readonly sentence: string;
  /** The words that are no condition, and the whole text with a condition that looks for them. */
  readonly suggestion?: { readonly words: string; readonly text: string };
}

/** The box after `text` was put into it. */
export function typeFilter(box: FilterBox, text: string): FilterBox {
  if (isEmpty(text)) return { text, inEffect: "" };
  return { text, inEffect: "fault" in read(text) ? box.inEffect : text };
}

/** What is wrong with `text`; `undefined` for a filter, and for none. */
export function faultOf(text: string): FilterFault | undefined {
  if (isEmpty(text)) return undefined;
  const reading = read(text);
  return "fault" in reading ? reading.fault : undefined;
}

function isEmpty(text: string): boolean {
  return text.trim() === "";
}

function read(text: string): { readonly filter: Filter } | { readonly fault: FilterFault } {
  return attempt(text, () => ({ filter: parseFilter(text) }));
}

function attempt<T>(text: string, act: () => T): T | { readonly fault: FilterFault } {
  try {
    return act();
  } catch (error) {
    if (error instanceof QueryError) return { fault: explain(text, error) };
    throw error;
  }
}

/** What a filter lets through. */
export type Choice =
  | { readonly condition: Condition }
  /** It names what the group does not have: nothing matches. */
  | { readonly fault: FilterFault };

/**
 * What `text` lets through in `context`. The names are asked for only by filters that name something, so
 * that the others need not be bound again when the group changes.
 */
export function bindText(
  text: string,
  { namesOf, ...context }: Omit<FilterContext, "names"> & { readonly namesOf: () => GroupNames },
): Choice {
  return attempt(text, () => {
    const filter = parseFilter(text);
    const names = filter.needsNames ? namesOf() : NO_NAMES;
    return { condition: bindFilter(filter, { ...context, names }) };
  });
}

const NO_NAMES: GroupNames = { labels: [], columns: [], members: [] };

/** What the things of `group` are called; members whose names are not known yet go by their ids. */
export function groupNames(
  group: GroupState | undefined,
  usernames: ReadonlyMap<string, string>,
): GroupNames {
  if (!group) return NO_NAMES;
  return {
    labels: group.labels,
    columns: group.columns.map(({ id, title }) => ({ id, name: title })),
    members: membersOf(group).map(({ user_id: id }) => ({ id, name: usernames.get(id) ?? id })),
  };
}

/** The rows that `choice` lets through. What waits for a decision and what is being edited always stays. */
export function chooseRows(
  rows: readonly TodoRow[],
  { choice, edited }: { readonly choice: Choice; readonly edited: string | undefined },
): readonly TodoRow[] {
  return rows.filter((row) =>
    row.rejected !== undefined || row.id === edited ||
    "condition" in choice && matches(choice.condition, row)
  );
}

/** The list of all conditions in a message: too long to be read here, and the help beside the box has it. */
const ALL_CONDITIONS = /: known are [^;]*/;
/** What a message says of looking for text, where a button offers just that. */
const LOOK_FOR_TEXT = /; to look for text write .*/;

function explain(text: string, { code, message, position }: QueryError): FilterFault {
  const reason = message.replace(ALL_CONDITIONS, "").replace(/^character (?=\d)/, "At character ");
  const words = code === "unknown-field" ? wordsAt(text, position) : undefined;
  if (words === undefined) return { sentence: ended(reason) };
  const found = `text:"${words.replace(/["\\]/g, "\\$&")}"`;
  const rest = text.slice(position + words.length);
  const sentence = ended(reason.replace(LOOK_FOR_TEXT, ""));
  return { sentence, suggestion: { words, text: text.slice(0, position) + found + rest } };
}

function ended(sentence: string): string {
  return sentence.endsWith("?") ? sentence : `${sentence}.`;
}

/** The words at `position` up to the next sign, unless they are a comparison. */
function wordsAt(text: string, position: number): string | undefined {
  const [words = ""] = /^[^&|()]+/.exec(text.slice(position)) ?? [];
  return /[:=<>]/.test(words) ? undefined : words.trimEnd();
}
