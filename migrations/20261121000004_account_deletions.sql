-- migrate:up

-- Accounts that are deleted but may still be in groups, which they leave one after the other. A row goes when
-- its account is in none and can join none: then nothing of it is left here.
create table account_deletions (
  user_id     text collate "C" primary key,
  -- From then on no access token of the account is valid, and the read model shows what they were used for.
  settled_at  timestamptz not null,
  -- When some edge is to look after it; in the future while one does.
  next_try_at timestamptz not null default now(),
  tries       int not null default 0
);
create index account_deletions_due on account_deletions (next_try_at);

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update, delete on account_deletions to todo1m_edge;
  end if;
end
$$;

-- migrate:down

drop table account_deletions;
