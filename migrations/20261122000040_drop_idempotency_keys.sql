-- migrate:up

-- What an Idempotency-Key stands for is kept in NATS, so that commands with one need no Postgres.
drop table idempotency_keys;

-- migrate:down

create table idempotency_keys (
  user_id    text collate "C" not null,
  key_hash   bytea not null,
  command_id text collate "C" not null,
  group_id   text collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key_hash)
);
create index idempotency_keys_age on idempotency_keys (created_at);

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on idempotency_keys to todo1m_edge;
  end if;
end
$$;
