-- migrate:up

-- How often the name of somebody who is or was a member of the group has changed: what a group shows, names
-- included, is told by its version and this number. No row means never.
create table group_names (
  group_id text collate "C" primary key,
  changes  bigint not null
);

-- Finds the groups that somebody was in: their todos and comments still show the name.
create index todo_events_removed_member on todo_events ((data ->> 'user_id'))
  where event_type = 'member.removed';

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on group_names to todo1m_edge;
  end if;
end
$$;

-- migrate:down

drop index todo_events_removed_member;
drop table group_names;
