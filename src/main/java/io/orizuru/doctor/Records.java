package io.orizuru.doctor;

import io.orizuru.db.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the database alone can tell: queries that find nothing. Each answers an object and its problem. */
final class Records implements Check {
    /** A query that finds what breaks an invariant; {@code onlyWhileRunning} means nothing of a server that is stopped. */
    private record Rule(Invariant invariant, boolean onlyWhileRunning, String query) {
        private Rule(Invariant invariant, String query) {
            this(invariant, false, query);
        }
    }

    /** An app on which nothing runs at this moment. */
    private static final String AT_REST =
            " not exists (select from target_lock l where l.target_type = 'app' and l.target_value = a.name)";

    private static final List<Rule> RULES = List.of(
            new Rule(Invariant.LOCK_IN_USE, """
                    select l.target_type || '/' || l.target_value, 'its lock is held by the event ' || e.id || ', which ended'
                      from target_lock l join event e on e.id = l.event where not e.running"""),
            new Rule(Invariant.EVENT_LOCKED, """
                    select 'event/' || e.id,
                           'it runs without the lock of ' || e.target_type || '/' || e.target_value
                      from event e
                     where e.running and e.kept_until is null and not exists (
                           select from target_lock l where l.event = e.id and l.target_type = e.target_type
                                                       and l.target_value = e.target_value)"""),
            new Rule(Invariant.EVENT_ALONE, """
                    select target_type || '/' || target_value,
                           count(*) || ' events run on it at once: ' || string_agg(id, ', ' order by started_at)
                      from event where running and kept_until is null
                     group by target_type, target_value having count(*) > 1"""),
            new Rule(Invariant.EVENT_LEASED, true, """
                    select 'event/' || e.id,
                           'it runs, but nobody holds the lease of ' || e.target_type || '/' || e.target_value
                      from event e left join lease l on l.resource = e.target_type || '/' || e.target_value
                     where e.running and e.change_kind is not null
                       and coalesce(l.expires_at, e.started_at) < now() - interval '20 seconds'"""),
            new Rule(Invariant.LEASE_IN_USE, """
                    select l.resource, 'it is leased to ' || l.owner || ', but no operation runs on it'
                      from lease l
                     where l.expires_at > now() and l.resource not like 'machine/%' and not exists (
                           select from event e where e.running and e.target_type || '/' || e.target_value = l.resource)"""),
            new Rule(Invariant.RELEASE_KNOWN, """
                    select 'app/' || a.name, 'its ' || n.what || ' release ' || n.number
                           || case when r.number is null then ' is not there' else ' was withdrawn' end
                      from app a
                     cross join lateral (values ('desired', a.desired_release), ('healthy', a.healthy_release)) n (what, number)
                      left join release r on r.app = a.name and r.number = n.number
                     where n.number is not null and (r.number is null or r.withdrawn is not null)"""),
            new Rule(Invariant.RELEASE_SETTLED, """
                    select 'app/' || a.name, 'its desired release is ' || coalesce(a.desired_release::text, 'none')
                           || ', the last healthy one ' || coalesce(a.healthy_release::text, 'none')
                           || ', and no operation is under way'
                      from app a where a.desired_release is distinct from a.healthy_release and""" + AT_REST),
            new Rule(Invariant.UNITS_AS_WANTED, """
                    with wanted as (
                        select a.name as app, (v->>'version')::int as version, p.key as process,
                               (p.value->>'generation')::int as generation, (p.value->>'units')::int as units
                          from app a
                          join release r on r.app = a.name and r.number = a.desired_release,
                               jsonb_array_elements(r.placement->'versions') v,
                               jsonb_each(v->'processes') p
                    ), there as (
                        select app, version, process, generation, count(*) as units from unit
                         group by app, version, process, generation
                    )
                    select 'app/' || a.name, coalesce(t.units, 0) || ' units of the process "' || process || '" of version '
                           || version || ' and generation ' || generation || ' are on record, but '
                           || coalesce(w.units, 0) || ' are wanted'
                      from wanted w full join there t using (app, version, process, generation)
                      join app a on a.name = app
                     where coalesce(w.units, 0) <> coalesce(t.units, 0) and""" + AT_REST),
            new Rule(Invariant.UNITS_HEALTHY, """
                    select 'unit/' || u.id, 'it was never seen healthy, and no operation is under way'
                      from unit u join app a on a.name = u.app where not u.healthy and""" + AT_REST),
            new Rule(Invariant.ROUTES_TO_HEALTHY, """
                    select 'unit/' || id, 'it gets requests, but '
                           || case when healthy then 'it is not known where it listens' else 'it was never seen healthy' end
                      from unit where routed and (not healthy or host is null or port is null)"""),
            new Rule(Invariant.WEIGHTS_WHOLE, """
                    select 'app/' || a.name, 'the weights of its versions are ' || w.shown
                           || ': those that get requests must sum up to 100, and no other one has any'
                      from app a
                      join release r on r.app = a.name and r.number = a.desired_release
                     cross join lateral (
                           select string_agg('v' || (v->>'version') || '=' || coalesce(v->>'weight', 'none'), ', ') as shown,
                                  count(v->>'weight') as weighted,
                                  count(*) filter (where (v->>'weight' is not null) <> (v->>'routable')::boolean) as astray,
                                  sum((v->>'weight')::int) as total, min((v->>'weight')::int) as least
                             from jsonb_array_elements(r.placement->'versions') v) w
                     where w.weighted > 0 and (w.astray > 0 or w.total <> 100 or w.least < 0)"""),
            new Rule(Invariant.SLEEPS_AS_WANTED, """
                    select 'app/' || a.name, 'its desired release ' || r.number
                           || case when wanted then ' sleeps, but its routes do not' else ' is awake, but its routes sleep' end
                      from app a join release r on r.app = a.name and r.number = a.desired_release,
                           lateral (select coalesce(jsonb_typeof(r.placement->'sleep'), 'null') <> 'null' as wanted,
                                           coalesce(jsonb_typeof(a.exposure->'asleep'), 'null') <> 'null' as sleeps) s
                     where wanted <> sleeps and""" + AT_REST),
            new Rule(Invariant.ADDRESSES_AS_WANTED, """
                    with wanted as (
                        select a.name as app, (v->>'version')::int as version, p.key as process
                          from app a
                          join release r on r.app = a.name and r.number = a.desired_release,
                               jsonb_array_elements(r.placement->'versions') v,
                               jsonb_each(v->'processes') p
                         where a.exposure is not null
                           and ((p.value->>'units')::int > 0 or coalesce((p.value->>'asleep')::boolean, false))
                    ), shown as (
                        select distinct a.name as app, (m->>'version')::int as version, m->>'process' as process
                          from app a, jsonb_array_elements(a.exposure->'addresses') n, jsonb_array_elements(n->'members') m
                    )
                    select 'app/' || a.name, 'the process "' || f.process || '" of version ' || f.version || ' ' || f.problem
                      from (select shown.*, 'has a name, but should not run' as problem
                              from shown left join wanted using (app, version, process) where wanted.app is null
                            union all
                            select wanted.*, 'should run, but has no name'
                              from wanted left join shown using (app, version, process)
                             where shown.app is null and wanted.process ~ '^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$'
                            union all
                            select u.app, u.version, u.process, 'has the unit ' || u.id || ', which its name does not lead to'
                              from unit u join app on app.name = u.app and app.exposure is not null
                             where u.healthy and not u.addressed and u.generation > 0) f
                      join app a on a.name = f.app where""" + AT_REST),
            new Rule(Invariant.VERSION_BUILT, """
                    select 'app/' || v.app, 'its version ' || v.number || ' may run, but the deploy ' || e.id || ' failed'
                      from version v join event e on e.id = v.event
                     where not v.disabled and not e.running and e.error <> ''"""),
            new Rule(Invariant.STEP_ENDED, """
                    select 'event/' || e.id, 'it ended well, but its step "' || j.key || '" has no result'
                      from journal j join event e on e.id = j.event
                     where not e.running and e.error = '' and j.result is null"""),
            new Rule(Invariant.DEPLOYS_COUNTED, """
                    select 'app/' || a.name, 'it counts ' || a.deploys || ' deploys, but ' || count(e.id) || ' went well'
                      from app a
                      left join event e on e.kind = 'app.deploy' and e.target_type = 'app' and e.target_value = a.name
                           and not e.running and e.error = '' and e.started_at >= a.created_at
                     group by a.name having a.deploys <> count(e.id)"""),
            new Rule(Invariant.INSTANCE_SETTLED, """
                    select 'service-instance/' || i.service || '/' || i.name,
                           'it is in the state "' || i.state || '", and no operation is under way'
                      from service_instance i
                     where i.state in ('making', 'removing') and not exists (
                           select from target_lock l
                            where l.target_type = 'service-instance' and l.target_value = i.service || '/' || i.name)"""),
            new Rule(Invariant.BIND_SETTLED, """
                    select 'app/' || a.name, 'its bind to ' || b.service || '/' || b.instance || ' is in the state "' || b.state
                           || '", that instance in the state "' || i.state || '", and no operation is under way'
                      from service_bind b
                      join app a on a.name = b.app
                      join service_instance i on i.service = b.service and i.name = b.instance
                     where (b.state <> 'bound' or i.state = 'making') and""" + AT_REST),
            new Rule(Invariant.OUTBOX_EMPTY, """
                    select 'event/' || o.event, '"' || o.listener || '" was not told of it for more than a day, after '
                           || o.attempts || ' tries'
                      from outbox o join event e on e.id = o.event
                     where e.ended_at < now() - interval '26 hours'"""));

    private final Database database;
    private final boolean running;

    Records(Database database, boolean running) {
        this.database = database;
        this.running = running;
    }

    @Override
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        for (Rule rule : RULES) {
            if (running || !rule.onlyWhileRunning()) {
                findings.addAll(database.sql(rule.query())
                        .query((row, number) -> new Finding(rule.invariant(), row.getString(1), row.getString(2)))
                        .list());
            }
        }
        return findings;
    }

    /** The apps on which an operation runs: there, things are on their way. */
    static Set<String> busy(Database database) {
        return Set.copyOf(database.sql("select target_value from target_lock where target_type = 'app'")
                .query(String.class)
                .list());
    }
}
