package io.orizuru.service;

import io.orizuru.app.Apps;
import io.orizuru.db.Rounds;
import io.orizuru.event.MachineWatch;
import io.orizuru.event.Pauses;
import io.orizuru.event.ServerIdentity;
import io.orizuru.failure.Failure;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Tells services on which hosts the units of bound apps are. It compares what they were told with the units on record, again
 * and again; so whatever starts or ends units, they are told. Several units on a host are one host to them.
 */
@ApplicationScoped
class UnitBinds {
    private static final Logger LOG = Logger.getLogger(UnitBinds.class);
    private static final Duration LOOK = Duration.ofSeconds(2);
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
    private final Pauses<BindStore.Untold> pauses = new Pauses<>();
    /** The services that are being told something now. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private final Rounds rounds = new Rounds("unit-binds", LOG, "services are not told of units", LOOK, this::look);

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
        Set<BindStore.Untold> untold = new LinkedHashSet<>(store.untold(server.machine()));
        pauses.keep(untold::contains);
        Map<String, List<BindStore.Untold>> byService =
                untold.stream().collect(Collectors.groupingBy(one -> one.pair().service()));
        byService.forEach(this::tellApart);
    }

    /** On a thread of its own: a service that does not answer is the trouble of its own binds. */
    private void tellApart(String service, List<BindStore.Untold> untold) {
        if (!told.add(service)) {
            return;
        }
        Thread.ofVirtual().name("unit-binds-" + service).start(() -> {
            try {
                untold.stream().filter(pauses::areOver).forEach(this::tell);
            } catch (RuntimeException | Error e) {
                LOG.warnf("the service %s is not told of units this time: %s", service, e);
            } finally {
                told.remove(service);
            }
        });
    }

    private void tell(BindStore.Untold untold) {
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
        Duration length = pauses.begin(untold);
        LOG.warnf(
                "the service %s was not told of the units of %s on %s; tried again in %d s: %s",
                pair.service(), pair.app(), untold.host(), length.toSeconds(), why);
    }
}
