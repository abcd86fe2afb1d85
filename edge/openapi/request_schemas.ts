/**
 * Schemas of the small request bodies, which the edge reads field by field: the tests hold the one against
 * the other. Where Todo-1M's clients send `null` or nothing for a field, that is told, too.
 */
import * as v from "valibot";
import {
  Description,
  EntityId,
  GROUP_NAME_MAX_CHARS,
  TITLE_MAX_CHARS,
} from "../../actors/protocol/mod.ts";
import { anyCase, BLANK, NOT_BLANK, trimmed, trimmedLine } from "./_text_patterns.ts";
import { CspReport, Reports } from "../violations/mod.ts";

/** Text that matches `pattern`. */
export function matching(pattern: string) {
  return v.pipe(v.string(), v.regex(new RegExp(pattern, "u")));
}

/** Spaces around a name and capital letters in it are forgiven. */
const Username = matching(trimmed("[A-Za-z0-9._\\-]{3,64}"));
const NewPassword = v.pipe(v.string(), v.minLength(8), v.maxLength(200));
const SomeText = matching(NOT_BLANK);
const AssignableRole = matching(anyCase(["admin", "member"]));
/** Old clients' texts are trimmed before they are looked at. */
export const TrimmedTitle = matching(trimmedLine(TITLE_MAX_CHARS));

export const REQUEST_SCHEMAS = {
  NewAccount: v.strictObject({
    username: Username,
    password: NewPassword,
  }),
  Credentials: v.strictObject({
    username: SomeText,
    password: v.exactOptional(v.nullable(v.string())),
  }),
  // Without a token the edge looks for its cookie, of which a schema of bodies knows nothing.
  RefreshToken: v.strictObject({ refresh_token: SomeText }),
  GroupToMake: v.strictObject({ name: matching(trimmedLine(GROUP_NAME_MAX_CHARS)) }),
  MemberToAdd: v.strictObject({
    username: SomeText,
    role: v.exactOptional(v.nullable(v.union([AssignableRole, v.literal("")]))),
  }),
  ProfileChange: v.pipe(
    v.strictObject({
      current_password: v.string(),
      new_password: v.exactOptional(NewPassword),
      username: v.exactOptional(Username),
    }),
    v.check((value) => Object.keys(value).length > 1, "must have new_password or username"),
  ),
  AccountDeletion: v.strictObject({ password: v.string() }),
  NewTask: v.strictObject({
    board_id: v.exactOptional(
      v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))),
    ),
    title: TrimmedTitle,
    description: v.exactOptional(v.union([Description, v.literal("")])),
    created_by: v.exactOptional(v.unknown()),
  }),
  TaskUpdate: v.strictObject({
    title: v.exactOptional(v.nullable(v.union([TrimmedTitle, matching(BLANK)]))),
    description: v.exactOptional(v.nullable(Description)),
    completed: v.exactOptional(v.boolean()),
  }),
  MemberRole: v.strictObject({ username: SomeText, role: AssignableRole }),
  PresenceReport: v.strictObject({
    group_id: EntityId,
    state: v.picklist(["viewing", "editing"]),
    todo_id: v.exactOptional(EntityId),
  }),
  CspReport,
  Reports,
};
