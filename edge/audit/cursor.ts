/**
 * Opaque cursors of audits: a place, and a digest of what was asked, because a place in the answer to one
 * question means nothing in the answer to another. No secret is in them and nothing is trusted in them: who
 * makes one up reads what any cursor of theirs may read.
 */
import { createHash } from "node:crypto";
import { malformed } from "../http/mod.ts";

const DIGEST_CHARS = 16;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** The cursor for `place` in the answer to `question`, any JSON value. */
export function formatCursor(question: unknown, place: string): string {
  return new TextEncoder().encode(`${digestOf(question)}:${place}`).toBase64(BASE64URL);
}

/**
 * The parts of the place that a cursor for `question` names, as the groups of `form` take them apart.
 *
 * @throws {ProblemError} `malformed` when it is no cursor, or one for another question
 */
export function parseCursor(question: unknown, cursor: string, form: RegExp): readonly string[] {
  const text = decode(cursor);
  const found = text.startsWith(`${digestOf(question)}:`)
    ? form.exec(text.slice(DIGEST_CHARS + 1))
    : undefined;
  if (found) return found.slice(1);
  throw malformed(
    "cursor must be the next_cursor of an answer to the same question: same group, same filters",
    { parameter: "cursor" },
  );
}

function digestOf(question: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(question)).digest("base64url");
  return hash.slice(0, DIGEST_CHARS);
}

function decode(cursor: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}
