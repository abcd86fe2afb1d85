-- migrate:up

-- Full-text search finds a todo by the words of its checklist and of its comments, too. Both columns are
-- generated: the projector writes as before. Setting the expression rewrites both tables once, which locks them
-- meanwhile.
create function checklist_words(checklist jsonb) returns text language sql immutable strict parallel safe
return (select string_agg(item #>> '{}', ' ') from jsonb_path_query(checklist, '$[*].text') as item);

alter table todos alter column search set expression as (
  setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'title')), 'A') ||
  case when data ? 'description'
    then setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'description')), 'B')
    else ''::tsvector
  end ||
  case when data ? 'checklist'
    then setweight(to_tsvector('simple'::regconfig, coalesce(todo_words(checklist_words(data -> 'checklist')), '')), 'C')
    else ''::tsvector
  end
);

-- Without the places of the words: those of all comments of a todo are joined, which Postgres limits to 1 MiB.
alter table todo_comments add column search tsvector generated always as (
  strip(to_tsvector('simple'::regconfig, todo_words(text)))
) stored;

create aggregate tsvector_join (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');

-- migrate:down

drop aggregate tsvector_join (tsvector);
alter table todo_comments drop column search;
alter table todos alter column search set expression as (
  case when data ? 'description'
    then setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'title')), 'A') ||
      setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'description')), 'B')
    else setweight(to_tsvector('simple'::regconfig, todo_words(data ->> 'title')), 'A')
  end
);
drop function checklist_words(jsonb);
