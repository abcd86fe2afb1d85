/**
 * The statements of a batch. Each takes all its rows as one JSON text and is idempotent: a row that already
 * has the version, or a later one, is left alone. Rows that are removed leave nothing to compare with, so
 * members and comments are guarded by the group's projected version instead.
 */

/** Moves the stream's offset; no row means that another projector, or a restored backup, moved it. */
export const MOVE_OFFSET = `
update projection_streams
set last_sequence = $4::bigint, updated_at = now()
where stream = $1 and epoch = $2 and last_sequence = $3::bigint
returning stream`;

/**
 * Groups whose first commit in the batch does not follow the projected one: by its version or, when that
 * follows, by the bytes that it names as the ones before it. Of what was projected before hashes were kept
 * there is none to compare with.
 */
export const FIND_GAPS = `
select case when b.first_version = coalesce(o.version, 0) + 1 then 'prevhash' else 'version' end as kind,
  b.group_id, coalesce(o.version, 0)::float8 as after, b.first_version::float8 as found
from json_to_recordset($1::text::json) as b (
  group_id text, first_version bigint, previous_hash text
)
left join group_projection_offsets o on o.group_id = b.group_id
where b.first_version <> coalesce(o.version, 0) + 1
  or b.previous_hash <> case when o.group_id is null then '' else o.message_hash end`;

export const APPEND_EVENTS = `
insert into todo_events (
  event_id, command_id, group_id, version, actor_user_id, todo_id, event_type, data,
  shard_id, stream_sequence, occurred_at
)
select event_id, command_id, group_id, version, actor_user_id, todo_id, event_type, data,
  $2::int, stream_sequence, occurred_at
from json_to_recordset($1::text::json) as e (
  event_id uuid, command_id uuid, group_id text, version bigint, actor_user_id text, todo_id text,
  event_type text, data jsonb, stream_sequence bigint, occurred_at timestamptz
)
on conflict do nothing`;

export const PUT_TODOS = `
insert into todos as t (group_id, todo_id, data, created_at, updated_at, deleted_at)
select group_id, todo_id, data, (data ->> 'created_at')::timestamptz,
  (data ->> 'updated_at')::timestamptz, deleted_at
from json_to_recordset($1::text::json) as p (
  group_id text, todo_id text, data jsonb, deleted_at timestamptz
)
on conflict (group_id, todo_id) do update
set data = excluded.data, created_at = excluded.created_at, updated_at = excluded.updated_at,
  deleted_at = excluded.deleted_at
where t.version < (excluded.data ->> 'version')::bigint`;

export const PATCH_TODOS = `
update todos t
set data = (t.data - p.unset) || p.set, updated_at = (p.set ->> 'updated_at')::timestamptz
from json_to_recordset($1::text::json) as p (
  group_id text, todo_id text, version bigint, unset text[], set jsonb
)
where t.group_id = p.group_id and t.todo_id = p.todo_id and t.version < p.version`;

/** Common to members and comments: only rows that are news to their group. */
const NEWS = `
left join group_projection_offsets o on o.group_id = p.group_id
where p.version > coalesce(o.version, 0)`;

export const PUT_COMMENTS = `
insert into todo_comments (
  group_id, todo_id, comment_id, author, text, created_at, edited_at, version
)
select p.group_id, p.todo_id, p.comment_id, p.author, p.text, p.created_at, p.edited_at, p.version
from json_to_recordset($1::text::json) as p (
  group_id text, todo_id text, comment_id text, author text, text text, created_at timestamptz,
  edited_at timestamptz, version bigint
) ${NEWS}
on conflict (group_id, todo_id, comment_id) do update
set author = excluded.author, text = excluded.text, created_at = excluded.created_at,
  edited_at = excluded.edited_at, version = excluded.version`;

export const PATCH_COMMENTS = `
update todo_comments c
set text = coalesce(p.set ->> 'text', c.text),
  edited_at = case when 'edited_at' = any (p.unset) then null
    else coalesce((p.set ->> 'edited_at')::timestamptz, c.edited_at) end,
  version = p.version
from json_to_recordset($1::text::json) as p (
  group_id text, todo_id text, comment_id text, version bigint, unset text[], set jsonb
)
where c.group_id = p.group_id and c.todo_id = p.todo_id and c.comment_id = p.comment_id
  and c.version < p.version`;

export const REMOVE_COMMENTS = `
delete from todo_comments c
using (
  select p.* from json_to_recordset($1::text::json) as p (
    group_id text, todo_id text, comment_id text, version bigint
  ) ${NEWS}
) r
where c.group_id = r.group_id and c.todo_id = r.todo_id and c.comment_id = r.comment_id`;

export const PUT_GROUPS = `
insert into groups as g (id, name, created_by, created_at, columns, labels, deleted_at, version)
select group_id, name, created_by, created_at, columns, labels, deleted_at, version
from json_to_recordset($1::text::json) as p (
  group_id text, name text, created_by text, created_at timestamptz, columns jsonb, labels jsonb,
  deleted_at timestamptz, version bigint
)
on conflict (id) do update
set name = excluded.name, created_by = excluded.created_by, created_at = excluded.created_at,
  columns = excluded.columns, labels = excluded.labels, deleted_at = excluded.deleted_at,
  version = excluded.version
where g.version < excluded.version`;

export const PATCH_GROUPS = `
update groups g
set name = coalesce(p.set ->> 'name', g.name),
  columns = coalesce(p.set -> 'columns', g.columns),
  labels = coalesce(p.set -> 'labels', g.labels),
  deleted_at = case when 'deleted_at' = any (p.unset) then null
    else coalesce((p.set ->> 'deleted_at')::timestamptz, g.deleted_at) end,
  version = p.version
from json_to_recordset($1::text::json) as p (
  group_id text, version bigint, unset text[], set jsonb
)
where g.id = p.group_id and g.version < p.version`;

export const PUT_MEMBERS = `
insert into group_members (group_id, user_id, role, added_at, version)
select p.group_id, p.user_id, p.role, p.added_at, p.version
from json_to_recordset($1::text::json) as p (
  group_id text, user_id text, role text, added_at timestamptz, version bigint
) ${NEWS}
on conflict (group_id, user_id) do update
set role = excluded.role, added_at = excluded.added_at, version = excluded.version`;

export const PATCH_MEMBERS = `
update group_members m
set role = coalesce(p.set ->> 'role', m.role), version = p.version
from json_to_recordset($1::text::json) as p (
  group_id text, user_id text, version bigint, set jsonb
)
where m.group_id = p.group_id and m.user_id = p.user_id and m.version < p.version`;

export const REMOVE_MEMBERS = `
delete from group_members m
using (
  select p.* from json_to_recordset($1::text::json) as p (
    group_id text, user_id text, version bigint
  ) ${NEWS}
) r
where m.group_id = r.group_id and m.user_id = r.user_id`;

export const MOVE_GROUP_OFFSETS = `
insert into group_projection_offsets as o (group_id, version, stream_sequence, message_hash)
select group_id, version, stream_sequence, message_hash
from json_to_recordset($1::text::json) as b (
  group_id text, version bigint, stream_sequence bigint, message_hash text
)
on conflict (group_id) do update
set version = excluded.version, stream_sequence = excluded.stream_sequence,
  message_hash = excluded.message_hash, updated_at = now()
where o.version < excluded.version`;

/** The stream's offset, held so that no projector writes a batch meanwhile. */
export const HOLD_OFFSET = `
select last_sequence::float8 as last_sequence from projection_streams
where stream = $1 and epoch = $2 for update`;

/** Where a group is projected to. */
export const GROUP_OFFSET = `
select version::float8 as version, stream_sequence::float8 as stream_sequence
from group_projection_offsets where group_id = $1`;

/** Takes away what is derived of a group; its events, which only ever grow, stay. */
export const REMOVE_GROUP = [
  "todos",
  "todo_comments",
  "group_members",
  "group_projection_offsets",
].map((table) => `delete from ${table} where group_id = $1`)
  .concat("delete from groups where id = $1");
