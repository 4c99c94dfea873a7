package io.orizuru.app;

import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.autoscale.CpuMeter;
import io.orizuru.autoscale.Load;
import io.orizuru.autoscale.Steadiness;
import io.orizuru.config.Settings;
import io.orizuru.db.Rounds;
import io.orizuru.event.Data;
import io.orizuru.event.Homes;
import io.orizuru.event.MachineWatch;
import io.orizuru.failure.Failure;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.UnitUsage;
import io.orizuru.provision.Units;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Looks from time to time at what the units of this machine use, and lets as many run as the rules of their apps say. It keeps
 * nothing that matters: what it does next follows from the rules, the desired release and what is measured, so that it may
 * end at any moment and begin anew.
 */
@ApplicationScoped
class Autoscaler {
    private static final Logger LOG = Logger.getLogger(Autoscaler.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private final Apps apps;
    private final Releases releases;
    private final AutoscaleStore rules;
    private final ReleaseChanges changes;
    private final Units units;
    private final Homes homes;
    private final MachineWatch watch;
    private final Settings.Autoscale settings;
    private final Clock clock;
    private final Map<Watched, Watching> watched = new HashMap<>();
    private final Map<String, CpuMeter> meters = new HashMap<>();
    private final Rounds rounds;

    /** What has a rule. */
    private record Watched(String app, String process, int version) {}

    /** What is known of it between two looks. */
    private static final class Watching {
        private final Steadiness steadiness;
        /** The release that the last change made; 0 before the first one, or when what became of it was seen. */
        private int release;

        private long pausedUntil = System.nanoTime();
        private Duration pause = Duration.ZERO;

        private Watching(int units) {
            steadiness = new Steadiness(units, System.nanoTime());
        }
    }

    Autoscaler(
            Apps apps,
            Releases releases,
            AutoscaleStore rules,
            ReleaseChanges changes,
            Units units,
            Homes homes,
            MachineWatch watch,
            Settings settings,
            Clock clock) {
        this.apps = apps;
        this.releases = releases;
        this.rules = rules;
        this.changes = changes;
        this.units = units;
        this.homes = homes;
        this.watch = watch;
        this.settings = settings.autoscale();
        this.clock = clock;
        this.rounds = new Rounds("autoscaler", LOG, "nothing is scaled", this.settings.interval(), this::look);
    }

    void start(@Observes @Priority(6000) StartupEvent started) {
        rounds.start();
    }

    /** As early as the caretaker: units that go with the server are no reason for others. */
    void stop(@Observes @Priority(500) ShutdownEvent stopped) {
        rounds.stop();
    }

    private void look() {
        if (!watch.mine()) {
            // Whoever looks now has numbers of its own; these would be old when it is this one's turn again.
            watched.clear();
            meters.clear();
            return;
        }
        Set<Watched> seen = new HashSet<>();
        List<App> ruled = apps.named(rules.apps());
        meters.keySet().retainAll(ruled.stream().map(App::name).collect(Collectors.toSet()));
        for (App app : ruled) {
            try {
                look(app, seen);
            } catch (Failure | ReleaseChanges.Refused e) {
                // The app changed meanwhile, or must not have more: the next look sees it as it is then.
                LOG.debugf("%s is not scaled now: %s", app.name(), e.getMessage());
            } catch (DataAccessException | TransactionException e) {
                throw e; // It is that of all.
            } catch (RuntimeException | Error e) {
                // One app's trouble is not that of the others; one that is gone has none.
                if (apps.exists(app.name())) {
                    LOG.errorf(e, "%s is not scaled this time", app.name());
                }
            }
        }
        watched.keySet().retainAll(seen);
    }

    private void look(App app, Set<Watched> seen) {
        if (homes.isElsewhere(app.subject().target())) {
            return;
        }
        boolean settled = app.desiredRelease() != null && app.desiredRelease().equals(app.healthyRelease());
        Map<String, Integer> milli = settled ? measure(app.name()) : unmeasured(app.name());
        Release release = releases.desired(app);
        List<UnitRecord> onRecord = units.onRecord(app.name());
        for (AutoscaleSpec onPaper : rules.of(app.name())) {
            AutoscaleSpec rule = Autoscaling.current(onPaper, release.placement());
            Placement.@Nullable Scale scale = release.placement()
                    .version(rule.version())
                    .map(running -> running.processes().get(rule.processName()))
                    .orElse(null);
            if (scale == null || scale.stopped()) {
                continue; // Whoever stopped it starts it.
            }
            Watched what = new Watched(app.name(), rule.processName(), rule.version());
            seen.add(what);
            Watching watching = watched.computeIfAbsent(what, key -> new Watching(scale.units()));
            if (settled && !isPaused(watching, app.name())) {
                List<String> own = onRecord.stream()
                        .filter(unit -> unit.process().equals(rule.processName())
                                && unit.version() == rule.version()
                                && unit.generation() == scale.generation())
                        .map(UnitRecord::id)
                        .toList();
                decide(app, release, onPaper, rule, scale.units(), Load.of(CpuMeter.of(milli, own)), watching);
            }
        }
    }

    private Map<String, Integer> measure(String app) {
        Map<String, Duration> used = units.usage(app).stream()
                .collect(Collectors.toMap(UnitUsage::unit, UnitUsage::cpu, (one, other) -> one));
        return meters.computeIfAbsent(app, name -> new CpuMeter()).look(used, System.nanoTime());
    }

    /** What units use to start is no load: it would call for more that start. Measuring begins anew when all are healthy. */
    private Map<String, Integer> unmeasured(String app) {
        meters.remove(app);
        return Map.of();
    }

    /** After a change that was withdrawn, since its units did not get healthy, the next one waits, longer each time. */
    private boolean isPaused(Watching watching, String app) {
        if (watching.release != 0) {
            boolean withdrawn = releases.recorded(app, watching.release)
                    .map(recorded -> recorded.withdrawn() != null)
                    .orElse(false);
            watching.release = 0;
            watching.pause = !withdrawn ? Duration.ZERO : longer(watching.pause);
            watching.pausedUntil = System.nanoTime() + watching.pause.toNanos();
        }
        return watching.pausedUntil - System.nanoTime() > 0;
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    private void decide(
            App app,
            Release release,
            AutoscaleSpec onPaper,
            AutoscaleSpec rule,
            int now,
            Load load,
            Watching watching) {
        int target = rule.targetMilli(Autoscaling.cpuMilli(release, rule));
        int most = Math.min(rule.maxUnits(), room(app, release, now));
        int least = Math.min(rule.least(clock.instant()), most);
        int wish = target == 0 ? least : load.unitsFor(now, target);
        long nanos = System.nanoTime();
        int next = watching.steadiness.next(rule, now, wish, least, most, rule.window(settings.stabilization()), nanos);
        if (next == now) {
            return;
        }
        String why = why(now, next, least, most, load, target);
        changes.acceptInternal("app.autoscale", app, release, change(app, onPaper, rule, now, next, why))
                .ifPresent(made -> {
                    watching.release = made;
                    if (next < now) {
                        watching.steadiness.removed(now - next, nanos);
                    }
                });
    }

    /** How many units of a process the app's quota lets be; never fewer than there are. */
    private static int room(App app, Release release, int now) {
        if (app.quotaLimit() < 0) {
            return Integer.MAX_VALUE;
        }
        return Math.max(now, app.quotaLimit() - (release.placement().claimedUnits() - now));
    }

    private static String why(int now, int next, int least, int most, Load load, int target) {
        if (now < least) {
            return "there are " + least + " at least now";
        }
        if (now > most) {
            return "there are " + most + " at most";
        }
        if (target == 0) {
            return "no schedule wants more now";
        }
        return "each used " + load.average() + "m of a core on average, " + target + "m is the target"
                + (next < now ? ", and fewer have been enough for a while" : "");
    }

    private Proposal change(App app, AutoscaleSpec onPaper, AutoscaleSpec rule, int now, int next, String why) {
        Data data = Data.of("process", rule.processName())
                .with("version", rule.version())
                .with("from", now)
                .with("to", next)
                .with("reason", why);
        String message = "---- Autoscale: " + now + " to " + next + " units of process \"" + rule.processName()
                + "\", version " + rule.version() + ": " + why + " ----\n";
        return new Proposal(
                data,
                true,
                release -> {
                    if (!rules.find(app.name(), rule.processName()).equals(Optional.of(onPaper))) {
                        throw Failure.conflict("the rule changed meanwhile");
                    }
                    return release.with(release.placement()
                            .map(
                                    (version, process) ->
                                            version == rule.version() && process.equals(rule.processName()),
                                    scale -> new Placement.Scale(next, 0, scale.generation())));
                },
                List.of(message));
    }
}
