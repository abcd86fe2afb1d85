-- migrate:up

-- People who can sign in. Written by the edge alone; nothing of it ever enters the log.
create table users (
  -- The same collation as every id of the read model, so that the two can be joined.
  id            text collate "C" primary key,
  -- Lower-cased by the edge, so that "Ana" and "ana" are one name.
  username      text not null unique,
  -- Argon2id in PHC string form.
  password_hash text not null,
  created_at    timestamptz not null default now()
);

-- One row per refresh token issued and not long expired. A session is a family of tokens, each made by
-- rotating the one before; only the last one of a family is live.
create table refresh_tokens (
  token_id   text primary key,
  user_id    text collate "C" not null references users (id) on delete cascade,
  -- The session: "sid" in access tokens.
  family_id  text not null,
  -- SHA-256 of the token: what is stored here cannot be presented.
  token_hash bytea not null unique,
  expires_at timestamptz not null,
  rotated_at timestamptz,
  revoked_at timestamptz,
  -- token_id of the one that took this one's place.
  replaced_by text,
  created_at timestamptz not null default now()
);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_user on refresh_tokens (user_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

-- Which command id an Idempotency-Key that is no UUIDv7 stands for, per caller. Rows go after some days.
create table idempotency_keys (
  user_id    text collate "C" not null,
  -- SHA-256 of the key as sent.
  key_hash   bytea not null,
  command_id text collate "C" not null,
  -- The group the key was first used for: used for another one it is refused.
  group_id   text collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key_hash)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- migrate:down

drop table idempotency_keys;
drop table refresh_tokens;
drop table users;
