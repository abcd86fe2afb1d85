-- migrate:up

-- SHA-256 (hex) of the last projected message of the group, as the projector saw it when it was new: the next
-- one must name it, and whoever verifies the log has a witness of its end. Null until something is
-- projected after this migration.
alter table group_projection_offsets add column message_hash text collate "C";

-- What happened to a todo: without it, of a group's million events each is looked at. The todo comes first
-- because most ids begin with their time, so that new rows go to the same few pages of the index.
create index todo_events_todo on todo_events (todo_id, group_id, version) where todo_id is not null;

-- migrate:down

drop index todo_events_todo;
alter table group_projection_offsets drop column message_hash;
