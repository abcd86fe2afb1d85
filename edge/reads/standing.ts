/** What every read of one group begins with: how far the group is projected, and who asks. */
import type { Sql } from "../../actors/platform/mod.ts";

/**
 * The tables of a statement about one group, always one row: `offsets` with the projected version, `names`
 * with the changes of names, and `member` and `groups` unless the user is no member or the group is deleted. Joined, not asked for
 * beforehand, so that version, membership and data are of one moment.
 */
export function standing(sql: Sql, groupId: string, userId: string) {
  return sql(TEMPLATE, groupId, groupId, groupId, userId);
}

/** The same for a statement that is put together as text: `group` and `user` are its placeholders. */
export function standingText(group: string, user: string): string {
  return `
    (values (1)) one
    left join group_projection_offsets offsets on offsets.group_id = ${group}
    left join group_names names on names.group_id = ${group}
    left join (group_members member
               join groups on groups.id = member.group_id and groups.deleted_at is null)
      on member.group_id = ${group} and member.user_id = ${user}`;
}

/** The text between the values, as a tagged template has it. */
const PARTS = standingText("?", "?").split("?");
const TEMPLATE: TemplateStringsArray = Object.assign(PARTS, { raw: PARTS });
