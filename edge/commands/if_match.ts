/**
 * The state a command expects, from the header field `If-Match` (RFC 9110, section 13.1.1): the `ETag` of the
 * todo that it names, or of its group.
 */
import { type CommandBody, ProblemError } from "../../actors/protocol/mod.ts";
import { malformed } from "../http/mod.ts";

/** An entity tag (RFC 9110, section 8.8.3), which may have commas within. */
const ENTITY_TAG = /(?:W\/)?"[!#-~]*"/g;
/** Such tags with commas between. */
const ENTITY_TAGS = /^(?:W\/)?"[!#-~]*"(?:[ \t]*,[ \t]*(?:W\/)?"[!#-~]*")*$/;
/** The field, as the place of what is wrong. */
const HERE = { header: "If-Match" };
/** One of ours: the version, and behind it what the tag says of names and of a list, which no command is about. */
const TAG = /^"([vg])(\d{1,15})(?:\.\d{1,15})?(?:~[\w-]{1,32})?"$/;

/** The todo whose version a command is about; `undefined` when it is about that of its group. */
export function todoOf(body: CommandBody): string | undefined {
  return "todo_id" in body.payload && body.type !== "todo.create"
    ? body.payload.todo_id
    : undefined;
}

/**
 * The version that `body` expects, as `expected_version` would say it.
 *
 * @param header the field's value; `undefined` and `*` expect nothing
 * @param expected the `expected_version` of the command itself
 * @throws {ProblemError} `malformed` when it is no list of tags, has several that could match, or contradicts
 *   `expected`; `version-conflict` when none can match: weak ones never do, nor do those of something else
 */
export function expectedVersionOf(
  header: string | undefined,
  body: CommandBody,
  expected: number | undefined,
): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === "*") return expected;
  if (!ENTITY_TAGS.test(text)) {
    throw malformed("If-Match must be the ETag of one todo or group", HERE);
  }
  const tags = text.match(ENTITY_TAG) ?? [];
  const isAboutTodo = todoOf(body) !== undefined;
  const wanted = isAboutTodo ? "v" : "g";
  const versions = new Set(tags.flatMap((tag) => {
    const [, kind, digits] = TAG.exec(tag) ?? [];
    return kind === wanted ? [Number(digits)] : [];
  }));
  const what = isAboutTodo ? "todo" : "group";
  const [version] = versions;
  if (version === undefined) {
    const detail = `The command is about a ${what}, and ${text} is the state of something else`;
    const errors = [{ ...HERE, code: "version-conflict", message: detail }];
    throw new ProblemError({ code: "version-conflict", detail, errors });
  }
  if (versions.size > 1) {
    throw malformed(`If-Match names several states of the ${what}: send one`, HERE);
  }
  if (expected !== undefined && expected !== version) {
    throw malformed(
      "If-Match and expected_version contradict each other",
      HERE,
      "/expected_version",
    );
  }
  return version;
}
