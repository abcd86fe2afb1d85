/**
 * Schemas of the small request bodies, which the edge reads field by field: the tests hold the one against
 * the other. Where Todo-1M's clients send `null` or nothing for a field, that is told, too.
 */
import * as v from "valibot";
import { Description, EntityId, GroupName, Title } from "../../actors/protocol/mod.ts";
import { CspReport, Reports } from "../violations/mod.ts";

/** Spaces around a name and capital letters in it are forgiven. */
const Username = v.pipe(v.string(), v.regex(/^\s*[A-Za-z0-9._-]{3,64}\s*$/));
const NewPassword = v.pipe(v.string(), v.minLength(8), v.maxLength(200));
const SomeText = v.pipe(v.string(), v.regex(/\S/));
const AssignableRole = v.picklist(["admin", "member"]);

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
  GroupToMake: v.strictObject({ name: GroupName }),
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
    title: Title,
    description: v.exactOptional(v.union([Description, v.literal("")])),
    created_by: v.exactOptional(v.unknown()),
  }),
  TaskUpdate: v.strictObject({
    title: v.exactOptional(v.nullable(v.union([Title, v.pipe(v.string(), v.regex(/^\s*$/))]))),
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
