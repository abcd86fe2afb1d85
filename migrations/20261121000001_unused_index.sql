-- migrate:up

-- A group's events are read in the order of their versions, which todo_events_group_version has; nothing
-- reads them by time, and every event paid for the index.
drop index todo_events_group_occurred_at;

-- migrate:down

create index todo_events_group_occurred_at on todo_events (group_id, occurred_at desc);
