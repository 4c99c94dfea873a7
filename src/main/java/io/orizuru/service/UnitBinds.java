package io.orizuru.service;

import io.orizuru.app.Apps;
import io.orizuru.db.Rounds;
import io.orizuru.event.MachineWatch;
import io.orizuru.event.ServerIdentity;
import io.orizuru.failure.Failure;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells services on which hosts the units of bound apps are. It compares what they were told with the units on record, again
 * and again; so whatever starts or ends units, they are told. Several units on a host are one host to them.
 */
@ApplicationScoped
class UnitBinds {
    private static final Logger LOG = Logger.getLogger(UnitBinds.class);
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    /** Services need not want to know: they have no such path then. */
    private static final Set<Integer> NOT_WANTED = Set.of(404, 405, 501);

    private final BindStore store;
    private final Services services;
    private final Instances instances;
    private final Apps apps;
    private final BoundReleases releases;
    private final ServiceApi api;
    private final MachineWatch watch;
    private final ServerIdentity server;
    private final Map<BindStore.Untold, Pause> pauses = new HashMap<>();
    private final Rounds rounds = new Rounds("unit-binds", LOG, "services are not told of units", LOOK, this::look);

    /** When it is tried again, and how long it was waited before. */
    private record Pause(long until, Duration length) {}

    UnitBinds(
            BindStore store,
            Services services,
            Instances instances,
            Apps apps,
            BoundReleases releases,
            ServiceApi api,
            MachineWatch watch,
            ServerIdentity server) {
        this.store = store;
        this.services = services;
        this.instances = instances;
        this.apps = apps;
        this.releases = releases;
        this.api = api;
        this.watch = watch;
        this.server = server;
    }

    void start(@Observes @Priority(6000) StartupEvent started) {
        rounds.startAtOnce();
    }

    void stop(@Observes @Priority(500) ShutdownEvent stopped) {
        rounds.stop();
    }

    private void look() {
        if (!watch.mine()) {
            return;
        }
        var untold = store.untold(server.machine());
        pauses.keySet().retainAll(untold.stream().collect(Collectors.toSet()));
        for (BindStore.Untold one : untold) {
            Pause pause = pauses.get(one);
            if (pause == null || pause.until() < System.nanoTime()) {
                tell(one, pause);
            }
        }
    }

    private void tell(BindStore.Untold untold, @Nullable Pause before) {
        BindStore.Pair pair = untold.pair();
        String why;
        try {
            Said said = api.unit(
                    services.find(pair.service()),
                    instances.find(pair.service(), pair.instance()),
                    releases.describe(apps.find(pair.app())),
                    untold.host(),
                    untold.there());
            if (said.good() || NOT_WANTED.contains(said.status())) {
                store.told(untold);
                return;
            }
            why = said.reason();
        } catch (Failure failure) {
            why = failure.message();
        }
        Duration length = before == null ? FIRST_PAUSE : longer(before.length());
        pauses.put(untold, new Pause(System.nanoTime() + length.toNanos(), length));
        LOG.warnf(
                "the service %s was not told of the units of %s on %s; tried again in %d s: %s",
                pair.service(), pair.app(), untold.host(), length.toSeconds(), why);
    }

    private static Duration longer(Duration length) {
        Duration doubled = length.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
}
