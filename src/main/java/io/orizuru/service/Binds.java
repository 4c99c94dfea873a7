package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.app.App;
import io.orizuru.app.AppBinds;
import io.orizuru.app.Apps;
import io.orizuru.app.Releases;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Event;
import io.orizuru.event.Events;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which apps use which instances. An operation of a bind is one of its app: it makes the app's next release. */
@ApplicationScoped
class Binds implements AppBinds {
    private static final String BIND = "service-instance.update.bind";
    private static final String UNBIND = "service-instance.update.unbind";
    private static final String NOT_BOUND = "app is not bound to this service instance";

    /** How long the removal of an instance waits for an app on which something else runs. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** How long it waits for one app to be unbound. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private static final Duration LOOK = Duration.ofMillis(200);

    private final Services services;
    private final Instances instances;
    private final InstanceStore instanceStore;
    private final BindStore store;
    private final ServiceApi api;
    private final Apps apps;
    private final Releases releases;
    private final BoundReleases bound;
    private final Events events;

    Binds(
            Services services,
            Instances instances,
            InstanceStore instanceStore,
            BindStore store,
            ServiceApi api,
            Apps apps,
            Releases releases,
            BoundReleases bound,
            Events events) {
        this.services = services;
        this.instances = instances;
        this.instanceStore = instanceStore;
        this.store = store;
        this.api = api;
        this.apps = apps;
        this.releases = releases;
        this.bound = bound;
        this.events = events;
    }

    /** Binds an app; answers the event's id. */
    String bind(Call call, String service, String name, App app, boolean noRestart, Map<String, JsonNode> parameters) {
        Instance instance = instances.find(call, BIND, service, name);
        call.require("app.update.bind", app);
        Data data =
                data(instance, app).with("noRestart", noRestart).with("parameters", List.copyOf(parameters.keySet()));
        return events.accept(call, app.subject(), data, event -> {
            // Whoever removes the instance waits for this, and then finds the bind.
            Instances.requireReady(instanceStore.hold(service, name).orElseThrow(Instances::notThere));
            if (!store.insert(new BindStore.Pair(service, name, app.name()))) {
                throw Failure.conflict("app is already bound to this service instance (\"" + name + "\")");
            }
            return new Accepted(
                    new Binding(app.name(), service, name, noRestart, parameters, desired(app.name())), List.of());
        });
    }

    private static Data data(Instance instance, App app) {
        return Data.of("service", instance.service())
                .with("instance", instance.name())
                .with("app", app.name());
    }

    private int desired(String app) {
        return releases.desired(apps.find(app)).number();
    }

    /**
     * Unbinds an app; answers the event's id.
     *
     * @param force whether that the service does not agree is no matter
     */
    String unbind(Call call, String service, String name, App app, boolean noRestart, boolean force) {
        Instance instance = instances.find(call, UNBIND, service, name);
        call.require("app.update.unbind", app);
        if (force) {
            call.require("service.update", services.find(service));
        }
        Data data = data(instance, app).with("noRestart", noRestart).with("force", force);
        return events.accept(call, app.subject(), data, event -> unbinding(instance, app.name(), noRestart, force));
    }

    private Accepted unbinding(Instance instance, String app, boolean noRestart, boolean force) {
        if (!store.setState(pair(instance, app), "unbinding")) {
            throw Failure.invalid(NOT_BOUND);
        }
        return new Accepted(
                new Unbinding(app, instance.service(), instance.name(), noRestart, force, desired(app)), List.of());
    }

    private static BindStore.Pair pair(Instance instance, String app) {
        return new BindStore.Pair(instance.service(), instance.name(), app);
    }

    /**
     * Unbinds an app from an instance that is being removed, by an operation of the app's own, and waits for its end.
     *
     * @throws Failure when it does not succeed, or something else runs on the app
     */
    void end(Run run, Instance instance, String app, boolean force) {
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        while (store.isThere(pair(instance, app)) && apps.exists(app)) {
            Optional<String> event = events.acceptInternal(
                    "app.update.unbind",
                    apps.find(app).subject(),
                    data(instance, apps.find(app)).with("force", force),
                    id -> unbinding(instance, app, false, force));
            if (event.isPresent()) {
                await(run, event.get(), app);
            } else if (System.nanoTime() > giveUp) {
                throw Failure.locked("the app " + app + " cannot be unbound: another operation runs on it");
            }
            pause(run);
        }
    }

    private void await(Run run, String id, String app) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        Event event = events.get(id);
        while (event.running()) {
            if (System.nanoTime() > deadline) {
                throw Failure.unavailable("the app " + app + " was not unbound within " + LONGEST.toMinutes()
                        + " minutes; the event " + id + " goes on");
            }
            pause(run);
            event = events.get(id);
        }
        if (!event.error().isEmpty()) {
            throw Failure.invalid("the app " + app + " cannot be unbound: " + event.error());
        }
        run.line("\nInstance is not bound to the app \"" + app + "\" anymore.");
    }

    private static void pause(Run run) {
        run.check();
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    @Override
    public List<Shown> of(String app) {
        return store.shown(app);
    }

    @Override
    public void end(Run run, App app) {
        for (BindStore.Pair pair : store.of(app.name())) {
            run.line("---- Unbinding the app from the instance \"" + pair.instance() + "\" of the service \""
                    + pair.service() + "\" ----");
            try {
                Said said = api.unbindApp(
                        services.find(pair.service()),
                        instances.find(pair.service(), pair.instance()),
                        bound.describe(app),
                        Origin.of(run),
                        ServiceApi.Patience.WORK);
                if (!said.good() && !said.missing()) {
                    run.line("the service may still have it bound: " + said.reason());
                }
            } catch (Failure failure) {
                run.line("the service may still have it bound: " + failure.message());
            }
            run.transact(() -> store.delete(pair));
        }
    }
}
