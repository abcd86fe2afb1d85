/** What every read of one group begins with: how far the group is projected, and who asks. */
import type { Sql } from "../../actors/platform/mod.ts";

/**
 * The tables of a statement about one group, always one row: `offsets` with the projected version, `names`
 * with the changes of names, and `member` and `groups` unless the user is no member or the group is deleted. Joined, not asked for
 * beforehand, so that version, membership and data are of one moment.
 */
export function standing(sql: Sql, groupId: string, userId: string) {
  return sql`
    (values (1)) one
    left join group_projection_offsets offsets on offsets.group_id = ${groupId}
    left join group_names names on names.group_id = ${groupId}
    left join (group_members member
               join groups on groups.id = member.group_id and groups.deleted_at is null)
      on member.group_id = ${groupId} and member.user_id = ${userId}`;
}
