-- migrate:up

-- Numbers for Taskboard's clients, which know no other ids. Kept beside the read model, not derived from the
-- log: a number that was told stays what it was when the read model is rebuilt.

-- A user's boards: numbers of their own for the groups they use as boards.
create table taskboard_boards (
  user_id   text collate "C" not null,
  board_id  bigint not null,
  group_id  text collate "C" not null,
  primary key (user_id, board_id)
);
create unique index taskboard_boards_group on taskboard_boards (user_id, group_id);

create table taskboard_tasks (
  task_id   bigint generated always as identity primary key,
  group_id  text collate "C" not null,
  todo_id   text collate "C" not null
);
create unique index taskboard_tasks_todo on taskboard_tasks (group_id, todo_id);

create table taskboard_users (
  number   bigint generated always as identity primary key,
  user_id  text collate "C" not null unique
);

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on taskboard_boards, taskboard_tasks, taskboard_users
      to todo1m_edge;
  end if;
end
$$;

-- migrate:down

drop table taskboard_users;
drop table taskboard_tasks;
drop table taskboard_boards;
