/**
 * The state a command expects, from the header field `If-Match` (RFC 9110, section 13.1.1): the `ETag` of the
 * todo that it names, or of its group.
 */
import { type CommandBody, ProblemError } from "../../actors/protocol/mod.ts";
import { malformed } from "../http/mod.ts";

/** The version, and behind it what the tag says of names, which no command is about. */
const TAG = /^"([vg])(\d{1,15})(?:\.\d{1,15})?"$/;

/**
 * The version that `body` expects, as `expected_version` would say it.
 *
 * @param header the field's value; `undefined` and `*` expect nothing
 * @param expected the `expected_version` of the command itself
 * @throws {ProblemError} `malformed` when it is no single strong tag or contradicts `expected`,
 *   `version-conflict` when it is the tag of something that the command is not about
 */
export function expectedVersionOf(
  header: string | undefined,
  body: CommandBody,
  expected: number | undefined,
): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === "*") return expected;
  const [, kind, digits] = TAG.exec(text) ?? [];
  if (kind === undefined) throw malformed("If-Match must be the ETag of one todo or group");
  const isAboutTodo = "todo_id" in body.payload && body.type !== "todo.create";
  if ((kind === "v") !== isAboutTodo) {
    const what = isAboutTodo ? "todo" : "group";
    const detail = `The command is about a ${what}, and ${text} is the state of something else`;
    throw new ProblemError({ code: "version-conflict", detail });
  }
  const version = Number(digits);
  if (expected !== undefined && expected !== version) {
    throw malformed("If-Match and expected_version contradict each other", "/expected_version");
  }
  return version;
}
