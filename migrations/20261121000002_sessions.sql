-- migrate:up

-- What the client that last used a session calls itself, so that people recognise their sessions when they
-- look for one that is not theirs. Never its address.
alter table refresh_tokens add column user_agent text check (length(user_agent) <= 200);

-- migrate:down

alter table refresh_tokens drop column user_agent;
