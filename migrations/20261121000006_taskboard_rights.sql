-- migrate:up

-- The edge numbers boards, tasks and users for Taskboard's clients, also where it has a role of its own.
do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on taskboard_boards, taskboard_tasks, taskboard_users
      to todo1m_edge;
  end if;
end
$$;

-- migrate:down

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    revoke all on taskboard_boards, taskboard_tasks, taskboard_users from todo1m_edge;
  end if;
end
$$;
