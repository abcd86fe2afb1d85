-- migrate:up

-- What has happened to accounts and sessions and is not published yet. Written in the transaction of the
-- change itself, so that neither is ever there without the other; a row goes when the stream has it.
create table account_outbox (
  -- Names the event wherever it goes, so that one that is sent twice is stored once.
  id          uuid primary key default gen_random_uuid(),
  -- Order of the events of one user.
  position    bigint generated always as identity unique,
  user_id     text collate "C" not null,
  -- Null for what happened to the account itself.
  session_id  text collate "C",
  -- created, updated, deleted, or for sessions created and invalidated.
  verb        text not null,
  -- More about it; ids and words of our own only, never what people have typed.
  data        jsonb not null default '{}',
  occurred_at timestamptz not null default clock_timestamp()
);
create index account_outbox_user on account_outbox (user_id, position);

create function account_outbox_told() returns trigger language plpgsql as $$
begin
  notify account_outbox;
  return null;
end
$$;
-- Notices of one transaction are one; a statement that adds no row gives none.
create trigger account_outbox_told after insert on account_outbox
  for each row execute function account_outbox_told();

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on account_outbox to todo1m_edge;
  end if;
end
$$;

-- migrate:down

drop table account_outbox;
drop function account_outbox_told();
