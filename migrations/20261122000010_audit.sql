-- migrate:up

-- SHA-256 (hex) of the last projected message of the group, as the projector saw it when it was new: the next
-- one must name it, and whoever verifies the log has a witness of its end. Null until something is
-- projected after this migration.
alter table group_projection_offsets add column message_hash text collate "C";

-- What happened to a todo, and what somebody did in a group: without these, of a million events each is looked at.
create index todo_events_group_todo on todo_events (group_id, todo_id, version)
  where todo_id is not null;
create index todo_events_group_actor on todo_events (group_id, actor_user_id, version);

-- migrate:down

drop index todo_events_group_actor;
drop index todo_events_group_todo;
alter table group_projection_offsets drop column message_hash;
