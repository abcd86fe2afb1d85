-- migrate:up

-- What each process may do, as roles without login: an installation makes one login per process and
-- grants it the role. A reader cannot write, the edge cannot touch the read model, and the projector
-- cannot see passwords or tokens. Roles belong to the whole server, so they may exist already; where the
-- migrating user may not make roles, the installation has none and one login for everything.
do $$
declare
  role text;
begin
  foreach role in array array['todo1m_edge', 'todo1m_projector', 'todo1m_reader'] loop
    begin
      execute format('create role %I nologin', role);
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then raise notice 'Role % is not made: no right to', role;
    end;
  end loop;
end
$$;

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on users, refresh_tokens, idempotency_keys to todo1m_edge;
    grant select on groups, group_members, todo_events, todos, todo_comments,
      group_projection_offsets, projection_streams to todo1m_edge;
  end if;
  if exists (select from pg_roles where rolname = 'todo1m_projector') then
    grant select, insert, update, delete on groups, group_members, todo_events, todos, todo_comments,
      group_projection_offsets, projection_streams to todo1m_projector;
  end if;
  if exists (select from pg_roles where rolname = 'todo1m_reader') then
    grant select on groups, group_members, todo_events, todos, todo_comments,
      group_projection_offsets, projection_streams to todo1m_reader;
  end if;
end
$$;

-- migrate:down

do $$
declare
  role text;
begin
  for role in select rolname from pg_roles where rolname like 'todo1m\_%' loop
    execute format('revoke all on all tables in schema public from %I', role);
  end loop;
end
$$;
