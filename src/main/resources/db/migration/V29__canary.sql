-- A weight is a version's share of the requests in percent now, and is there only when weights are set. Until now each was 1,
-- which said nothing.
update release
   set placement = jsonb_set(placement, '{versions}', (
           select coalesce(jsonb_agg(v.running - 'weight' order by v.place), '[]')
             from jsonb_array_elements(placement->'versions') with ordinality v (running, place)))
 where placement ? 'versions';

-- What routers saw of requests to the units of apps that try a version, as far as they told; numbers that only grow. Nobody
-- misses them after a crash: what is measured then is measured anew.
create unlogged table router_traffic (
    app text not null references app on delete cascade,
    router text not null,      -- one life of one router
    unit text not null,
    failures bigint not null,
    latencies bigint[] not null, -- how many requests took how long
    primary key (app, router, unit)
);
