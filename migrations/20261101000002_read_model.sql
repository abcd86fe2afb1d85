-- migrate:up

-- The read model. Everything here is derived from the log by the projector, which alone writes it, and
-- can be rebuilt from the log. There are no foreign keys to users: an event may be projected before,
-- or long after, the account it names. Ids of commands and events are UUIDs; all other ids are up to 64
-- letters, digits, "_" or "-", compared byte by byte.

create table groups (
  id          text collate "C" primary key,
  name        text not null,
  created_by  text collate "C" not null,
  created_at  timestamptz not null,
  columns     jsonb not null default '[]',
  labels      jsonb not null default '[]',
  -- Version of the last event that changed this row; the group's own version is in group_projection_offsets.
  version     bigint not null,
  deleted_at  timestamptz
);
create index groups_created_at on groups (created_at desc);

create table group_members (
  group_id  text collate "C" not null,
  user_id   text collate "C" not null,
  role      text not null,
  added_at  timestamptz not null,
  version   bigint not null,
  primary key (group_id, user_id)
);
create index group_members_user_id on group_members (user_id);

-- Every event of the log, in the order of (group_id, version).
create table todo_events (
  event_id        uuid primary key,
  command_id      uuid not null,
  group_id        text collate "C" not null,
  -- The group's version after the event: dense from 1.
  version         bigint not null,
  actor_user_id   text collate "C" not null,
  -- The todo the event is about; null for events of the group and its members.
  todo_id         text collate "C",
  -- Without the "com.todo1m." prefix: todo.created, member.added…
  event_type      text not null,
  data            jsonb not null,
  -- Stream shard and sequence of the log message that carries the event.
  shard_id        int not null,
  stream_sequence bigint not null,
  occurred_at     timestamptz not null,
  inserted_at     timestamptz not null default now()
);
create unique index todo_events_group_version on todo_events (group_id, version);
create index todo_events_group_occurred_at on todo_events (group_id, occurred_at desc);
create index todo_events_command_id on todo_events (command_id);

-- One row per todo, deleted ones included. `data` is the whole todo as the protocol defines it, without
-- its comments; the other columns are copies for listing.
create table todos (
  group_id    text collate "C" not null,
  todo_id     text collate "C" not null,
  data        jsonb not null,
  number      int generated always as ((data ->> 'number')::int) stored,
  title       text generated always as (data ->> 'title') stored,
  status      text generated always as (data ->> 'status') stored,
  position    text collate "C" generated always as (data ->> 'position') stored,
  completed   boolean generated always as ((data ->> 'completed')::boolean) stored,
  created_by  text collate "C" generated always as (data ->> 'created_by') stored,
  updated_by  text collate "C" generated always as (data ->> 'updated_by') stored,
  version     bigint generated always as ((data ->> 'version')::bigint) stored,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  deleted_at  timestamptz,
  primary key (group_id, todo_id)
) with (fillfactor = 85);
create index todos_listing on todos (group_id, number desc) where deleted_at is null;

create table todo_comments (
  group_id    text collate "C" not null,
  todo_id     text collate "C" not null,
  comment_id  text collate "C" not null,
  author      text collate "C" not null,
  text        text not null,
  created_at  timestamptz not null,
  edited_at   timestamptz,
  version     bigint not null,
  primary key (group_id, todo_id, comment_id)
);

-- How far each group is projected. A reader that needs version n of a group waits for version >= n here.
create table group_projection_offsets (
  group_id         text collate "C" primary key,
  version          bigint not null,
  stream_sequence  bigint not null,
  updated_at       timestamptz not null default now()
) with (fillfactor = 70);

-- How far each stream of the log is projected, and which incarnation of the stream that was: `epoch` is
-- the time the stream was created.
create table projection_streams (
  stream         text collate "C" primary key,
  epoch          text not null,
  last_sequence  bigint not null,
  updated_at     timestamptz not null default now()
) with (fillfactor = 50);

-- migrate:down

drop table projection_streams;
drop table group_projection_offsets;
drop table todo_comments;
drop table todos;
drop table todo_events;
drop table group_members;
drop table groups;
