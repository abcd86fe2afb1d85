-- migrate:up

-- Words of titles and descriptions, for full-text search. In no language, so that every one works the same;
-- punctuation parts words, or "milk/bread" and "example.com" would each be one. The column is generated:
-- the projector writes `data` as before. Adding it rewrites the table once, which locks it meanwhile.
-- There is no GIN index: people search in one group, whose todos are found by the group. An index over the
-- words of all groups would be read for every beginning of a word in all of them.
create function todo_words(text) returns text language sql immutable strict parallel safe
return lower(
  translate($1, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                ')
  collate "pg_c_utf8"
);

alter table todos add column search tsvector generated always as (
  case when data ? 'description'
    then setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'title')), 'A') ||
      setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'description')), 'B')
    else setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'title')), 'A')
  end
) stored;

-- What most filters and orders are about: the open todos of a group, however many are done.
create index todos_open on todos (group_id, number desc) where deleted_at is null and not completed;

-- migrate:down

drop index todos_open;
alter table todos drop column search;
drop function todo_words(text);
