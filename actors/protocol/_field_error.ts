/**
 * Says in plain words what is wrong with a field: valibot's issues become errors of fields. A message
 * continues the name of the field ("title" is required).
 */
import type * as v from "valibot";
import { didYouMean } from "./nearest.ts";
import type { FieldError } from "./problem.ts";

/** Most choices that a message lists. */
const CHOICES_LISTED = 6;
/** Most characters of a value that a message quotes. */
const QUOTED_MAX_CHARS = 40;

/** How valibot's own messages begin; those of the contract are kept as they are. */
const UNTOLD = "Invalid ";

/** The parts of a schema that lead to the schemas of its fields. */
interface Node {
  readonly wrapped?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly options?: readonly unknown[];
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  strict_object: "an object",
  object: "an object",
  record: "an object",
};

/** The error that `issue` of `schema` is, below `pointer` (RFC 6901). */
export function fieldError(
  issue: v.BaseIssue<unknown>,
  schema: v.GenericSchema,
  pointer: string,
): FieldError {
  const path = issue.path ?? [];
  const at = pointer + path.map(({ key }) => `/${escaped(String(key))}`).join("");
  return { pointer: at, ...told(issue, schema as Node) };
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function told(issue: v.BaseIssue<unknown>, schema: Node): Pick<FieldError, "code" | "message"> {
  if (!issue.message.startsWith(UNTOLD)) return { code: issue.type, message: issue.message };
  const keys = (issue.path ?? []).map(({ key }) => String(key));
  if (issue.type === "strict_object" && issue.path?.at(-1)?.origin === "key") {
    if (issue.expected !== "never") return { code: "required", message: "is required" };
    const known = Object.keys(schemaAt(schema, keys.slice(0, -1))?.entries ?? {});
    const message = `is not known here${didYouMean(keys.at(-1) ?? "", known)}`;
    return { code: "unknown-field", message };
  }
  if (issue.type === "picklist") {
    const choices = schemaAt(schema, keys)?.options ?? [];
    return { code: issue.type, message: choiceMessage(issue.input, choices) };
  }
  const kind = KINDS[issue.type];
  if (kind !== undefined) {
    return { code: "wrong-type", message: `must be ${kind}, not ${quoted(issue.input)}` };
  }
  return { code: issue.type, message: limitMessage(issue) };
}

function choiceMessage(input: unknown, choices: readonly unknown[]): string {
  const texts = choices.filter((choice) => typeof choice === "string");
  if (choices.length > CHOICES_LISTED) {
    const hint = typeof input === "string" ? didYouMean(input, texts) : "";
    return `is ${quoted(input)}, which is not one of the ${choices.length} known values${hint}`;
  }
  const listed = choices.map((choice) => JSON.stringify(choice)).join(", ");
  return `must be one of ${listed}, not ${quoted(input)}`;
}

function limitMessage(issue: v.BaseIssue<unknown>): string {
  const limit = String(issue.requirement);
  const unit = Array.isArray(issue.input) ? "items" : "characters";
  switch (issue.type) {
    case "min_length":
      return `must have at least ${limit} ${unit}`;
    case "max_length":
      return `must have at most ${limit} ${unit}`;
    case "min_value":
      return `must be at least ${limit}, not ${quoted(issue.input)}`;
    case "max_value":
      return `must be at most ${limit}, not ${quoted(issue.input)}`;
    case "integer":
    case "safe_integer":
      return `must be a whole number, not ${quoted(issue.input)}`;
    default:
      return `must not be ${quoted(issue.input)}`;
  }
}

/** The schema of the field that `keys` lead to, as far as that is one and no choice of several. */
function schemaAt(schema: Node, keys: readonly string[]): Node | undefined {
  let at: Node | undefined = unwrapped(schema);
  for (const key of keys) {
    at = unwrapped(
      at?.item ?? (at?.entries && Object.hasOwn(at.entries, key) ? at.entries[key] : undefined),
    );
  }
  return at;
}

function unwrapped(schema: Node | undefined): Node | undefined {
  let at = schema;
  while (at?.wrapped) at = at.wrapped;
  return at;
}

function quoted(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  if (text.length <= QUOTED_MAX_CHARS) return text;
  return typeof value === "string" ? "a long text" : text.slice(0, QUOTED_MAX_CHARS);
}
