-- migrate:up

-- Jobs about the whole read model: rebuilding it from the log, and comparing it with the log. The edge asks
-- for them and shows them; the projector, or a process started for the purpose, does them.
create table projection_jobs (
  id               uuid primary key,
  kind             text not null check (kind in ('rebuild', 'check')),
  -- What a check is limited to; null for everything.
  group_id         text collate "C",
  state            text not null
    check (state in ('requested', 'running', 'done', 'failed', 'cancelled')),
  cancel_requested boolean not null default false,
  requested_at     timestamptz not null default now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  progress         jsonb not null default '{}',
  result           jsonb,
  error            text
);
-- One at a time, whoever does it.
create unique index projection_jobs_active on projection_jobs ((true))
  where state in ('requested', 'running');
create index projection_jobs_requested_at on projection_jobs (requested_at desc);

-- A rebuild fills tables of the same definitions in the first schema and puts them in the place of the live
-- ones, which wait in the second until they are dropped.
create schema projection_shadow;
create schema projection_retired;

-- The tables that are derived from the log, all of them and no others.
create function projection_tables() returns text[]
language sql immutable
as $$ select array['groups', 'group_members', 'todo_events', 'todos', 'todo_comments',
  'group_projection_offsets', 'projection_streams'] $$;

-- How these tables are defined in a schema, one fact a line. The live tables are what migrations made of
-- them; whatever a copy would lack is a line of difference.
create function projection_definition(in_schema text) returns setof text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with relations as (
    select c.oid, c.relname, c.relowner, c.relacl, c.reloptions, c.relpersistence, c.relrowsecurity,
      c.relreplident
    from pg_class c
    where c.relnamespace = to_regnamespace(quote_ident(in_schema)) and c.relkind = 'r'
      and c.relname = any (public.projection_tables())
  )
  select format('%s is %s of %s, row security %s, replica identity %s', relname, relpersistence,
    relowner::regrole, relrowsecurity, relreplident)
  from relations
  union all
  select format('%s with %s', relname, o.option)
  from relations, unnest(reloptions) as o (option)
  union all
  select format('%s grants %s to %s (%s)', relname, a.privilege_type, a.grantee::regrole,
    a.is_grantable)
  from relations, aclexplode(coalesce(relacl, acldefault('r', relowner))) a
  union all
  select format('%s %s. %s %s %s %s default %s collation %s storage %s %s target %s options %s acl %s',
    relname, row_number() over (partition by relname order by attnum), attname,
    format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
    attgenerated::text || attidentity::text, pg_get_expr(adbin, adrelid), attcollation::regcollation,
    attstorage, attcompression, attstattarget, attoptions, attacl)
  from relations
  join pg_attribute on attrelid = oid and attnum > 0 and not attisdropped
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select format('%s has %s, valid %s', relname,
    regexp_replace(pg_get_indexdef(indexrelid), ' ON (ONLY )?' || quote_ident(in_schema) || '\.', ' ON '),
    indisvalid)
  from relations join pg_index on indrelid = oid
  union all
  select format('%s keeps %s: %s', relname, conname, pg_get_constraintdef(c.oid))
  from relations join pg_constraint c on conrelid = relations.oid
$$;

-- Drops what a rebuild has left behind, before or after its swap.
create function projection_shadow_drop() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
begin
  foreach name in array public.projection_tables() loop
    execute format('drop table if exists projection_shadow.%I, projection_retired.%I', name, name);
  end loop;
end
$$;

-- Makes indexes that the live tables have and the shadow lacks: all of them, or only those that rows are
-- found by while the tables fill. todo_events is only ever added to, so that it does without till the end.
create function projection_shadow_index(everything boolean) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  missing record;
begin
  for missing in
    select i.relname as name, t.relname as in_table, c.conname, c.contype,
      regexp_replace(pg_get_indexdef(i.oid), ' ON (ONLY )?public\.', ' ON projection_shadow.') as statement
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_class t on t.oid = x.indrelid
    left join pg_constraint c on c.conindid = i.oid and c.conrelid = t.oid and c.contype in ('p', 'u')
    where t.relnamespace = 'public'::regnamespace and t.relname = any (public.projection_tables())
      and (everything or (x.indisunique and t.relname <> 'todo_events'))
      and not exists (
        select from pg_class s
        where s.relnamespace = 'projection_shadow'::regnamespace and s.relname = i.relname
      )
    order by t.relname, not x.indisunique, i.relname
  loop
    execute missing.statement;
    if missing.conname is not null then
      execute format('alter table projection_shadow.%I add constraint %I %s using index %I',
        missing.in_table, missing.conname,
        case missing.contype when 'p' then 'primary key' else 'unique' end, missing.name);
    end if;
  end loop;
end
$$;

-- Makes the shadow tables, empty, with the rights that the live ones grant.
create function projection_shadow_create() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
  obstacles text;
  option record;
  granted record;
begin
  select string_agg(distinct what, ', ') into obstacles from (
    select format('trigger %s', tgname) as what from pg_trigger
    where not tgisinternal and tgrelid = any (public.projection_oids())
    union all
    select format('policy %s', polname) from pg_policy where polrelid = any (public.projection_oids())
    union all
    select format('constraint %s', conname) from pg_constraint
    where contype in ('f', 'x', 't')
      and (conrelid = any (public.projection_oids()) or confrelid = any (public.projection_oids()))
    union all
    select format('rule or view %s', r.ev_class::regclass)
    from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where d.refclassid = 'pg_class'::regclass and d.refobjid = any (public.projection_oids())
    union all
    select format('identity or sequence of %s.%s', attrelid::regclass, attname)
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = any (public.projection_oids())
      and (attidentity <> '' or pg_get_expr(adbin, adrelid) like 'nextval(%')
  ) found;
  if obstacles is not null then
    raise exception 'The read model cannot be copied: %', obstacles using errcode = '55000';
  end if;
  perform public.projection_shadow_drop();
  foreach name in array public.projection_tables() loop
    execute format(
      'create table projection_shadow.%I (like public.%I including all excluding indexes)', name, name);
    for option in
      select option_name, option_value from pg_class, pg_options_to_table(reloptions)
      where oid = format('public.%I', name)::regclass
    loop
      execute format('alter table projection_shadow.%I set (%I = %L)', name, option.option_name,
        option.option_value);
    end loop;
    execute format('revoke all on projection_shadow.%I from public', name);
    for granted in
      select privilege_type, grantee, is_grantable from pg_class, aclexplode(relacl)
      where oid = format('public.%I', name)::regclass and grantee <> relowner
    loop
      execute format('grant %s on projection_shadow.%I to %s%s', granted.privilege_type, name,
        case granted.grantee when 0 then 'public' else granted.grantee::regrole::text end,
        case when granted.is_grantable then ' with grant option' else '' end);
    end loop;
  end loop;
  perform public.projection_shadow_index(false);
end
$$;

create function projection_oids() returns oid[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(oid) from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'r'
    and relname = any (public.projection_tables())
$$;

-- Of events that a log holds twice, the first stays, as it does in the live tables. Answers how many went.
create function projection_shadow_dedupe() returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  same_id bigint;
  same_version bigint;
begin
  delete from projection_shadow.todo_events e using (
    select ctid, row_number() over (partition by event_id order by shard_id, stream_sequence, version) as n
    from projection_shadow.todo_events
  ) d where e.ctid = d.ctid and d.n > 1;
  get diagnostics same_id = row_count;
  delete from projection_shadow.todo_events e using (
    select ctid, row_number() over (partition by group_id, version order by shard_id, stream_sequence) as n
    from projection_shadow.todo_events
  ) d where e.ctid = d.ctid and d.n > 1;
  get diagnostics same_version = row_count;
  return same_id + same_version;
end
$$;

-- Tells the planner what the tables hold: new ones would be read by guess.
create function projection_shadow_analyze() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
begin
  foreach name in array public.projection_tables() loop
    execute format('analyze projection_shadow.%I', name);
  end loop;
end
$$;

-- Fails unless the shadow is defined exactly as the live tables are, migrations of the meantime included.
create function projection_shadow_verify() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  difference text;
begin
  select string_agg(fact, '; ') into difference from (
    (select 'only live: ' || l as fact from public.projection_definition('public') l
     where l not in (select public.projection_definition('projection_shadow')) limit 3)
    union all
    (select 'only new: ' || s from public.projection_definition('projection_shadow') s
     where s not in (select public.projection_definition('public')) limit 3)
  ) facts;
  if difference is not null then
    raise exception 'The tables are not defined as they were when the rebuild began: %', difference
      using errcode = '55000';
  end if;
end
$$;

-- Puts the shadow in the place of the live tables; readers wait for the end of the transaction, no longer.
create function projection_shadow_swap() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
begin
  perform public.projection_shadow_verify();
  lock table public.groups, public.group_members, public.todo_events, public.todos,
    public.todo_comments, public.group_projection_offsets, public.projection_streams
    in access exclusive mode;
  foreach name in array public.projection_tables() loop
    execute format('alter table public.%I set schema projection_retired', name);
    execute format('alter table projection_shadow.%I set schema public', name);
  end loop;
end
$$;

revoke execute on function projection_shadow_drop(), projection_shadow_index(boolean),
  projection_shadow_create(), projection_shadow_dedupe(), projection_shadow_analyze(),
  projection_shadow_verify(), projection_shadow_swap() from public;

do $$
begin
  if exists (select from pg_roles where rolname = 'todo1m_edge') then
    grant select, insert, update on projection_jobs to todo1m_edge;
  end if;
  if exists (select from pg_roles where rolname = 'todo1m_projector') then
    grant select, insert, update, delete on projection_jobs to todo1m_projector;
    grant usage on schema projection_shadow to todo1m_projector;
    -- They do what only the tables' owner may, and nothing else.
    grant execute on function projection_shadow_drop(), projection_shadow_index(boolean),
      projection_shadow_create(), projection_shadow_dedupe(), projection_shadow_analyze(),
      projection_shadow_verify(), projection_shadow_swap() to todo1m_projector;
  end if;
end
$$;

-- migrate:down

drop function projection_shadow_swap(), projection_shadow_verify(), projection_shadow_analyze(),
  projection_shadow_dedupe(), projection_shadow_create(), projection_shadow_index(boolean),
  projection_shadow_drop(), projection_definition(text), projection_oids(), projection_tables();
drop schema projection_retired cascade;
drop schema projection_shadow cascade;
drop table projection_jobs;
