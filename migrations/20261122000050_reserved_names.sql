-- migrate:up

-- Names of deleted accounts, which nobody may take for a while: who did could be taken for the one who had it. Whose
-- name it was is not kept; a row goes when its time is over.
create table reserved_names (
  -- As in "users".
  username text primary key,
  free_at  timestamptz not null
);
create index reserved_names_free on reserved_names (free_at);

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on reserved_names to todo1m_edge;
  end if;
end
$$;

-- migrate:down

drop table reserved_names;
