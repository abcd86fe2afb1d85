/** Groups in the read model, in the shape clients see: Todo-1M's fields first, then ours. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Column, Label, Role } from "../../actors/protocol/mod.ts";
import type { GroupView } from "./consistency.ts";
import type { TaggedView } from "./entity_tags.ts";
import type { GroupPageEnd } from "./group_cursor.ts";
import { DELETED_USER } from "./shown_name.ts";
import { standing } from "./standing.ts";

/** A group in its member's list. */
export interface GroupItem {
  readonly group_id: string;
  readonly group_name: string;
  readonly role: Role;
  readonly created_at: string;
  readonly version: number;
}

export interface GroupMember {
  readonly user_id: string;
  readonly username: string;
  readonly role: Role;
  readonly joined_at: string;
}

/** A group with everything but its todos; `id` and `name` repeat `group_id` and `group_name`. */
export interface GroupDetail extends GroupItem {
  readonly id: string;
  readonly name: string;
  readonly created_by: string;
  readonly columns: readonly Column[];
  readonly labels: readonly Label[];
  readonly members: readonly GroupMember[];
}

interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly created_at: Date;
  readonly version: string;
}

function itemOf(row: GroupRow): GroupItem {
  return {
    group_id: row.id,
    group_name: row.name,
    role: row.role,
    created_at: row.created_at.toISOString(),
    version: Number(row.version),
  };
}

/** Some groups of a user, newest first. */
export interface GroupPage {
  readonly groups: readonly GroupItem[];
  /** Where the page ends, when there are more groups behind it. */
  readonly end: GroupPageEnd | undefined;
}

/** The groups of a user, newest first: all, or `limit` of them, `after` where another page ended. */
export async function listGroups(
  sql: Sql,
  query: {
    readonly userId: string;
    readonly limit?: number;
    readonly after?: GroupPageEnd | undefined;
  },
): Promise<GroupPage> {
  const { userId, limit, after } = query;
  const createdUs = sql`(extract(epoch from groups.created_at) * 1000000)::bigint`;
  const beyond = after === undefined
    ? sql``
    : sql`and (${createdUs}, groups.id) < (${after.createdUs}::bigint, ${after.groupId})`;
  const rows = await sql<(GroupRow & { readonly created_us: string })[]>`
    select groups.id, groups.name, member.role, groups.created_at, ${createdUs} as created_us,
           coalesce(offsets.version, 0) as version
    from group_members member
    join groups on groups.id = member.group_id and groups.deleted_at is null
    left join group_projection_offsets offsets on offsets.group_id = groups.id
    where member.user_id = ${userId} ${beyond}
    order by groups.created_at desc, groups.id desc
    ${limit === undefined ? sql`` : sql`limit ${limit + 1}`}`;
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    groups: page.map(itemOf),
    end: last && rows.length > page.length
      ? { createdUs: last.created_us, groupId: last.id }
      : undefined,
  };
}

/** One group as its member `userId` sees it. */
export async function readGroup(
  sql: Sql,
  query: { readonly groupId: string; readonly userId: string },
): Promise<TaggedView & { readonly group: GroupDetail | undefined }> {
  const { groupId, userId } = query;
  interface Row extends GroupRow {
    readonly role: Role;
    readonly created_by: string;
    readonly columns: Column[];
    readonly labels: Label[];
    readonly members: GroupMember[];
    readonly found: boolean;
    readonly name_changes: string | null;
  }
  const [row] = await sql<Row[]>`
    select member.role is not null as found, coalesce(offsets.version, 0) as version, member.role,
           names.changes as name_changes, groups.id, groups.name, groups.created_by, groups.created_at, groups.columns,
           groups.labels,
           (select json_agg(json_build_object(
                     'user_id', m.user_id, 'username', coalesce(u.username, ${DELETED_USER}), 'role', m.role,
                     'joined_at',
                     to_char(m.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                   order by m.added_at, m.user_id)
            from group_members m left join users u on u.id = m.user_id
            where member.role is not null and m.group_id = ${groupId}) as members
    from ${standing(sql, groupId, userId)}`;
  const nameChanges = Number(row?.name_changes ?? 0);
  if (!row?.found) {
    return { version: Number(row?.version ?? 0), isMember: false, nameChanges, group: undefined };
  }
  const item = itemOf(row);
  return {
    version: item.version,
    isMember: true,
    nameChanges,
    group: {
      ...item,
      id: row.id,
      name: row.name,
      created_by: row.created_by,
      columns: row.columns,
      labels: row.labels,
      members: row.members,
    },
  };
}

/** The role of a user in a group that is there; `undefined` when there is none. */
export async function readRole(
  sql: Sql,
  query: { readonly groupId: string; readonly userId: string },
): Promise<GroupView & { readonly role: Role | undefined }> {
  const { groupId, userId } = query;
  const [row] = await sql<{ version: string; role: Role | null }[]>`
    select coalesce(offsets.version, 0) as version, member.role
    from ${standing(sql, groupId, userId)}`;
  const role = row?.role ?? undefined;
  return { version: Number(row?.version ?? 0), isMember: role !== undefined, role };
}

/** Those of `userIds` that are the id of no user. */
export async function missingUsers(
  sql: Sql,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ id: string }[]>`
    select wanted.id from unnest(${userIds as string[]}::text[]) wanted (id)
    where not exists (select 1 from users where users.id = wanted.id collate "C")`;
  return new Set(rows.map(({ id }) => id));
}

/** Ids of users by name (lower case); `undefined` when there is no such user. */
export async function userIdByName(sql: Sql, username: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`select id from users where username = ${username}`;
  return row?.id;
}
