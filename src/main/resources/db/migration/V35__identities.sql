-- Names are used again; identities never are. What outlives a thing, its events above all, refers to its identity.
alter table app add column identity uuid not null default gen_random_uuid();
alter table team add column identity uuid not null default gen_random_uuid();
alter table account add column identity uuid not null default gen_random_uuid();
alter table pool add column identity uuid not null default gen_random_uuid();
alter table service add column identity uuid not null default gen_random_uuid();
alter table service_instance add column identity uuid not null default gen_random_uuid();
alter table team_token add column identity uuid not null default gen_random_uuid();

-- The identity of what has a name now; null when there is nothing of that name. What the settings name, such as routers, is
-- made and removed by nobody: its name is its identity.
create function identity_of(type text, value text) returns uuid stable language sql as $$
    select case $1
           when 'app' then (select identity from app where name = $2)
           when 'team' then (select identity from team where name = $2)
           when 'user' then (select identity from account where email = $2)
           when 'pool' then (select identity from pool where name = $2)
           when 'service' then (select identity from service where name = $2)
           when 'service-instance' then
               (select identity from service_instance
                 where service = split_part($2, '/', 1) and name = substr($2, length(split_part($2, '/', 1)) + 2))
           else md5($1 || '/' || $2)::uuid
           end
$$;

-- The identities of the contexts in "allowed", in their order; null for one that was not there.
alter table event add column places uuid[] not null default '{}';
alter table event add column target_identity uuid;

-- Of what was there before: a thing that is younger than an event is not what the event was about.
create temporary table known (type text, value text, id uuid, since timestamptz, primary key (type, value)) on commit drop;
insert into known select 'app', name, identity, created_at from app;
insert into known select 'team', name, identity, created_at from team;
insert into known select 'user', email, identity, created_at from account;
insert into known select 'service', name, identity, created_at from service;
insert into known select 'service-instance', service || '/' || name, identity, created_at from service_instance;
insert into known
select 'pool', p.name, p.identity,
       coalesce((select max(e.started_at) from event e
                  where e.kind = 'pool.create' and e.target_type = 'pool' and e.target_value = p.name and e.error = ''),
                '-infinity')
  from pool p;

update event e
   set places = coalesce((
           select array_agg(case when c.context->>'type' in ('app', 'team', 'user', 'pool', 'service', 'service-instance')
                                 then k.id
                                 else md5((c.context->>'type') || '/' || (c.context->>'value'))::uuid end
                            order by c.place)
             from jsonb_array_elements(e.allowed->'contexts') with ordinality c (context, place)
        left join known k on k.type = c.context->>'type' and k.value = c.context->>'value' and k.since <= e.started_at), '{}'),
       target_identity = (
           select k.id from known k
            where k.type = e.target_type and k.value = e.target_value and k.since <= e.started_at)
 where jsonb_typeof(e.allowed->'contexts') = 'array';

create index event_places on event using gin (places);

-- What an event shows of its input, output or course, bounded: what is too large is cut, and says so.
create function shown_data(data jsonb) returns jsonb immutable language sql as $$
    select case
           when data is null or octet_length(data::text) <= 131072 then data
           when jsonb_typeof(data) = 'array' then coalesce((
               select jsonb_agg(jsonb_build_object('name', left(p->>'name', 200), 'value', left(p->>'value', 400)) order by n)
                 from jsonb_array_elements(data) with ordinality x (p, n)
                where n <= 100 and jsonb_typeof(p) = 'object'), '[]')
               || jsonb_build_array(jsonb_build_object(
                      'name', '…', 'value', 'cut: there were ' || octet_length(data::text) || ' bytes'))
           else jsonb_build_object('cut', 'there were ' || octet_length(data::text) || ' bytes')
           end
$$;
update event set start_data = shown_data(start_data) where octet_length(start_data::text) > 131072;
update event set end_data = shown_data(end_data) where octet_length(end_data::text) > 131072;
update event set other_data = shown_data(other_data) where octet_length(other_data::text) > 131072;

-- A key is its caller's, not that of whoever gets the caller's name next; and no secret is answered again.
delete from idempotency_key;
