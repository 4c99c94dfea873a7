package io.orizuru.pool;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.plan.Plan;
import io.orizuru.plan.PlanOverride;
import io.orizuru.plan.Plans;
import io.orizuru.role.Roles;
import io.orizuru.team.Teams;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What pools there are, and what belongs into them. */
@ApplicationScoped
public class Pools {
    private static final String TEAM = "team";
    private static final String ROUTER = "router";
    private static final String CERTIFICATE_ISSUER = "cert-issuer";
    private static final String PLAN = "plan";
    private static final String EVERYTHING = "*";

    /** What constraints may be about. */
    private static final List<String> FIELDS =
            List.of(TEAM, "service", ROUTER, PLAN, "volume-plan", CERTIFICATE_ISSUER);

    /** Engines that pools may name, whether or not this server has them. */
    private static final Set<String> PROVISIONERS = Set.of("process", "docker", "kubernetes");

    private final PoolStore store;
    private final Events events;
    private final Teams teams;
    private final Plans plans;
    private final Roles roles;
    private final Settings settings;
    private final List<PoolUse> uses;

    Pools(
            PoolStore store,
            Events events,
            Teams teams,
            Plans plans,
            Roles roles,
            Settings settings,
            @All List<PoolUse> uses) {
        this.store = store;
        this.events = events;
        this.teams = teams;
        this.plans = plans;
        this.roles = roles;
        this.settings = settings;
        this.uses = uses;
    }

    /** What a new pool is made from. */
    record NewPool(
            String name,
            boolean isPublic,
            boolean isDefault,
            boolean force,
            String provisioner,
            Map<String, String> labels) {}

    /** What is to be different; null stays as it is. */
    record PoolChange(
            @Nullable Boolean isPublic,
            @Nullable Boolean isDefault,
            boolean force,
            @Nullable Map<String, String> labels) {
        boolean opens() {
            return Boolean.TRUE.equals(isPublic) || Boolean.TRUE.equals(isDefault);
        }

        boolean closes() {
            return Boolean.FALSE.equals(isPublic) || Boolean.FALSE.equals(isDefault);
        }

        Pool to(Pool pool) {
            return new Pool(
                    pool.name(),
                    pool.provisioner(),
                    isDefault == null ? pool.isDefault() : isDefault,
                    labels == null ? pool.labels() : labels);
        }
    }

    /** A pool as the API shows it: with what its constraints let in now. */
    record Shown(Pool pool, List<String> teams, boolean isPublic, Map<String, Collection<String>> allowed) {}

    void create(Call call, NewPool wanted) {
        Pool.checkedName(wanted.name());
        if (!wanted.provisioner().isEmpty() && !PROVISIONERS.contains(wanted.provisioner())) {
            throw Failure.invalid("there is no provisioner \"" + wanted.provisioner() + "\"; there are "
                    + String.join(", ", new TreeSet<>(PROVISIONERS)));
        }
        Pool pool = new Pool(wanted.name(), wanted.provisioner(), wanted.isDefault(), wanted.labels());
        Data data = Data.of("name", pool.name())
                .with("public", wanted.isPublic())
                .with("default", pool.isDefault())
                .with("provisioner", pool.provisioner());
        events.perform(call, subject(pool.name()), data, () -> {
            if (store.find(pool.name()).isPresent()) {
                throw Failure.conflict("Pool already exists.");
            }
            if (pool.isDefault()) {
                makeRoomForDefault(wanted.force());
            }
            if (!store.insert(pool)) {
                throw Failure.conflict("Pool already exists.");
            }
            if (wanted.isPublic() || pool.isDefault()) {
                store.put(new Constraint(pool.name(), TEAM, List.of(EVERYTHING), false));
            }
        });
    }

    private void makeRoomForDefault(boolean force) {
        if (store.defaultPool().isPresent() && !force) {
            throw Failure.conflict("Default pool already exists.");
        }
        store.clearDefault();
    }

    /** Changes a pool. Whether it is public and whether it is the default one come down to which teams it lets in. */
    void update(Call call, Pool pool, PoolChange change) {
        Data data = Data.of("name", pool.name());
        if (change.isPublic() != null) {
            data.with("public", change.isPublic());
        }
        if (change.isDefault() != null) {
            data.with("default", change.isDefault());
        }
        events.perform(call, subject(pool.name()), data, () -> {
            if (Boolean.TRUE.equals(change.isDefault())) {
                makeRoomForDefault(change.force());
            }
            store.update(change.to(pool));
            if (change.opens()) {
                store.put(new Constraint(pool.name(), TEAM, List.of(EVERYTHING), false));
            } else if (change.closes()) {
                // No constraint would let everybody in; an empty one lets in nobody until teams are added.
                store.put(new Constraint(pool.name(), TEAM, List.of(), false));
            }
        });
    }

    List<Constraint> constraints() {
        return store.constraints();
    }

    /**
     * Says what belongs into pools; no values take back what was said.
     *
     * @param append whether the values come to those that are there
     */
    void constrain(Call call, Constraint wanted, boolean append) {
        if (!call.caller().maySomewhere("pool.update.constraints.set")) {
            throw Call.refused();
        }
        if (wanted.poolExpression().isEmpty()) {
            throw Failure.invalid("You must provide a Pool Expression");
        }
        Subject subject = subject(wanted.poolExpression());
        call.require("pool.update.constraints.set", subject.contexts());
        if (!FIELDS.contains(wanted.field())) {
            throw Failure.invalid("invalid constraint type. Valid types are: [" + String.join(" ", FIELDS) + "]");
        }
        Data data = Data.of("PoolExpr", wanted.poolExpression())
                .with("Field", wanted.field())
                .with("Values", wanted.values())
                .with("Blacklist", wanted.blacklist())
                .with("append", append);
        events.perform(call, subject, data, () -> {
            Constraint whole = append ? appended(wanted) : wanted;
            if (whole.values().isEmpty()) {
                store.removeConstraint(whole.poolExpression(), whole.field());
            } else {
                store.put(whole);
            }
        });
    }

    private Constraint appended(Constraint wanted) {
        return store.constraints().stream()
                .filter(there -> there.poolExpression().equals(wanted.poolExpression())
                        && there.field().equals(wanted.field()))
                .findFirst()
                .map(there -> there.with(wanted.values()))
                .orElse(wanted);
    }

    void remove(Call call, String name) {
        find(name);
        events.perform(call, subject(name), Data.of("name", name), () -> {
            List<String> apps =
                    uses.stream().flatMap(use -> use.appsIn(name).stream()).toList();
            if (!apps.isEmpty()) {
                throw Failure.forbidden(
                        "This pool has apps, you need to migrate or remove them before removing the pool");
            }
            if (!store.delete(name)) {
                throw notThere();
            }
            roles.forget(Context.pool(name));
        });
    }

    void addTeams(Call call, String name, List<String> wanted) {
        Pool pool = find(name);
        events.perform(call, subject(name), Data.of("name", name).with("team", wanted), () -> {
            if (pool.isDefault() || isPublic(name)) {
                throw Failure.invalid("Public/Default pool can't have teams.");
            }
            Set<String> all = new TreeSet<>(exactTeams(name));
            for (String team : wanted) {
                if (teams.find(team).isEmpty()) {
                    throw Failure.invalid("team not found");
                }
                if (!all.add(team)) {
                    throw Failure.conflict("Team already exists in pool.");
                }
            }
            store.put(new Constraint(name, TEAM, List.copyOf(all), false));
        });
    }

    void removeTeams(Call call, String name, List<String> unwanted) {
        find(name);
        events.perform(call, subject(name), Data.of("name", name).with("team", unwanted), () -> {
            List<String> left = exactTeams(name).stream()
                    .filter(team -> !unwanted.contains(team))
                    .toList();
            store.put(new Constraint(name, TEAM, left, false));
        });
    }

    private List<String> exactTeams(String pool) {
        return store.constraints().stream()
                .filter(constraint -> constraint.poolExpression().equals(pool))
                .filter(constraint -> constraint.field().equals(TEAM) && !constraint.blacklist())
                .flatMap(constraint -> constraint.values().stream())
                .toList();
    }

    /** The pool of that name. */
    public Pool find(String name) {
        return store.find(name).orElseThrow(Pools::notThere);
    }

    private static Failure notThere() {
        return Failure.notFound("Pool does not exist.");
    }

    /** The name of the engine that places the pool's units. */
    public String provisionerOf(Pool pool) {
        return pool.provisioner().isEmpty() ? settings.defaultProvisioner() : pool.provisioner();
    }

    /**
     * The pools that the caller may place apps in, or may read. Who may do neither anywhere sees them all, so that it
     * knows what to ask for: their names are no secret, as the reference has it.
     */
    List<Shown> list(Call call) {
        List<Constraint> constraints = store.constraints();
        boolean newcomer =
                !call.caller().maySomewhere("pool.read") && !call.caller().maySomewhere("app.create");
        return store.list().stream()
                .filter(pool -> newcomer || visible(call, pool, constraints))
                .map(pool -> show(pool, constraints))
                .toList();
    }

    Shown info(Pool pool) {
        return show(pool, store.constraints());
    }

    private boolean visible(Call call, Pool pool, List<Constraint> constraints) {
        if (call.caller().may("pool.read", pool)) {
            return true;
        }
        Set<Context> creatable = call.caller().contextsOf("app.create");
        return creatable.contains(Context.GLOBAL)
                || creatable.stream()
                        .filter(context -> context.type() == ContextType.TEAM)
                        .anyMatch(team -> letsIn(constraints, pool.name(), TEAM, team.value()));
    }

    private Shown show(Pool pool, List<Constraint> constraints) {
        List<String> allowedTeams = allowed(constraints, pool.name(), TEAM, teams.names());
        Map<String, Collection<String>> allowed = Map.of(
                TEAM,
                allowedTeams,
                ROUTER,
                allowed(constraints, pool.name(), ROUTER, routerNames()),
                PLAN,
                allowed(constraints, pool.name(), PLAN, planNames()),
                "volume-plan",
                allowed(constraints, pool.name(), "volume-plan", volumePlans()),
                "service",
                List.of());
        return new Shown(pool, allowedTeams, isPublic(pool.name()), allowed);
    }

    private List<String> routerNames() {
        return settings.routers().stream().map(Settings.RouterSettings::name).toList();
    }

    private List<String> planNames() {
        return plans.list().stream().map(Plan::name).toList();
    }

    /** One for each provisioner that a volume plan is for, as the reference lists them. */
    private List<String> volumePlans() {
        return settings.volumePlans().entrySet().stream()
                .flatMap(plan -> plan.getValue().keySet().stream().map(provisioner -> plan.getKey()))
                .toList();
    }

    private boolean isPublic(String pool) {
        return constraint(store.constraints(), pool, TEAM)
                .filter(constraint ->
                        !constraint.blacklist() && constraint.values().contains(EVERYTHING))
                .isPresent();
    }

    private static Optional<Constraint> constraint(List<Constraint> all, String pool, String field) {
        return all.stream()
                .filter(constraint -> constraint.field().equals(field) && constraint.isFor(pool))
                .min(Constraint.MOST_SPECIFIC);
    }

    /** Where nothing is said of a field, everything is let in. */
    private static boolean letsIn(List<Constraint> all, String pool, String field, String value) {
        return constraint(all, pool, field)
                .map(constraint -> constraint.letsIn(value))
                .orElse(true);
    }

    private static List<String> allowed(List<Constraint> all, String pool, String field, Collection<String> values) {
        return values.stream().filter(value -> letsIn(all, pool, field, value)).toList();
    }

    /**
     * The pool for a team's new app: the one that is named, else the only one of the team, else the default one.
     *
     * @throws Failure when it is not there, not the team's, or cannot be told
     */
    public Pool choose(String name, String team) {
        List<Constraint> constraints = store.constraints();
        if (!name.isEmpty()) {
            Pool pool = store.find(name).orElseThrow(() -> Failure.invalid("Pool does not exist."));
            if (!letsIn(constraints, name, TEAM, team)) {
                throw Failure.invalid("App team owner \"" + team + "\" has no access to pool \"" + name + "\"");
            }
            return pool;
        }
        List<Pool> own = store.list().stream()
                .filter(pool -> exactTeams(pool.name()).contains(team))
                .toList();
        if (own.size() == 1) {
            return own.getFirst();
        }
        if (own.size() > 1) {
            throw Failure.invalid("You have access to "
                    + String.join(",", own.stream().map(Pool::name).toList())
                    + " pools. Please choose one in app creation");
        }
        return store.defaultPool().orElseThrow(() -> Failure.invalid("No default pool."));
    }

    /** Refuses a router that the pool does not let in. */
    public void requireRouter(Pool pool, String router) {
        if (!letsIn(store.constraints(), pool.name(), ROUTER, router)) {
            throw Failure.invalid("router \"" + router + "\" is not available for pool \"" + pool.name() + "\"");
        }
    }

    /** Refuses a plan that the pool does not let in. */
    public void requirePlan(Pool pool, String plan) {
        if (!letsIn(store.constraints(), pool.name(), PLAN, plan)) {
            throw Failure.invalid("plan \"" + plan + "\" is not available for pool \"" + pool.name() + "\"");
        }
    }

    /**
     * Refuses what a unit would get beyond the pool's plans: an override takes no more than the largest one of them gives.
     *
     * @param plan an app's, with its override
     */
    public void requireSize(Pool pool, Plan plan) {
        if (plan.override().equals(PlanOverride.NOTHING)) {
            return;
        }
        List<Constraint> constraints = store.constraints();
        List<Plan> letIn = plans.list().stream()
                .filter(each -> letsIn(constraints, pool.name(), PLAN, each.name()))
                .toList();
        OverrideLimit.of(letIn).require(pool.name(), plan);
    }

    /** Refuses an issuer of certificates that the pool does not let in. */
    public void requireCertificateIssuer(Pool pool, String issuer) {
        constraint(store.constraints(), pool.name(), CERTIFICATE_ISSUER)
                .filter(constraint -> !constraint.letsIn(issuer))
                .ifPresent(constraint -> {
                    throw Failure.invalid("cert issuer not allowed by constraints of this pool. "
                            + (constraint.blacklist() ? "kept out are: " : "allowed values: ")
                            + String.join(", ", constraint.values()));
                });
    }

    private static Subject subject(String name) {
        return Subject.of("pool", name, Context.pool(name));
    }
}
