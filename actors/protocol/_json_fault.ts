/** Finds where a text stops being JSON (RFC 8259): the runtime's own messages do not always say. Pure. */

/** Where a text is no JSON; lines and columns count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** The character that stands there; absent at the end of the text. */
  readonly found?: string;
}

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  // deno-lint-ignore no-control-regex -- JSON allows no control characters in strings
  /[{}[\]:,]|"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** What may come next. */
type Expected =
  | "value"
  | "value or end"
  | "name"
  | "name or end"
  | "colon"
  | "comma or end"
  | "end";

/** The first place at which `text` cannot be JSON; `undefined` when it is JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let at = 0;
  while (true) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at === text.length && expected === "end") return undefined;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    const next: Expected | undefined = token === undefined
      ? undefined
      : after(token, expected, open);
    if (token === undefined || next === undefined) return faultAt(text, at);
    expected = next;
    at += token.length;
  }
}

/** What may follow `token`, which opens or closes what is `open`; `undefined` when it may not be here. */
function after(token: string, expected: Expected, open: ("{" | "[")[]): Expected | undefined {
  const following = () => open.length === 0 ? "end" : "comma or end";
  const kind = token.charAt(0);
  switch (kind) {
    case "{":
    case "[":
      if (!expected.startsWith("value")) return undefined;
      open.push(kind);
      return kind === "{" ? "name or end" : "value or end";
    case "}":
    case "]":
      if (!expected.endsWith("or end") || open.at(-1) !== (kind === "}" ? "{" : "[")) {
        return undefined;
      }
      open.pop();
      return following();
    case ":":
      return expected === "colon" ? "value" : undefined;
    case ",":
      if (expected !== "comma or end") return undefined;
      return open.at(-1) === "{" ? "name" : "value";
    default:
      if (kind === '"' && expected.startsWith("name")) return "colon";
      return expected.startsWith("value") ? following() : undefined;
  }
}

function faultAt(text: string, at: number): JsonFault {
  const lines = text.slice(0, at).split("\n");
  const found = text.codePointAt(at);
  return {
    line: lines.length,
    column: (lines.at(-1)?.length ?? 0) + 1,
    ...(found === undefined ? {} : { found: String.fromCodePoint(found) }),
  };
}
