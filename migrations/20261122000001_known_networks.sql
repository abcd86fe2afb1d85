-- migrate:up

-- A keyed hash of the account and the network that the session was begun from: it tells whether a network is
-- one of those, and nothing else. Null for sessions begun before. Never the address.
alter table refresh_tokens add column network_hash bytea check (length(network_hash) = 32);

-- migrate:down

alter table refresh_tokens drop column network_hash;
