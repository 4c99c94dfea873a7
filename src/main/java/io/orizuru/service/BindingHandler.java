package io.orizuru.service;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Bind;
import io.orizuru.app.Rollout;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Binds an app: the service first, then a release with the variables that it gave, then units that have them. */
@ApplicationScoped
class BindingHandler implements ChangeHandler<Binding> {
    private static final Pattern VARIABLE = Pattern.compile("[a-zA-Z_][-_a-zA-Z0-9]*");
    private static final int NOT_READY = 412;
    /** The platform's own names: a service must not stand in for it. */
    private static final String OURS = "TSURU_";

    private final Services services;
    private final Instances instances;
    private final BindStore store;
    private final ServiceApi api;
    private final Apps apps;
    private final BoundReleases releases;
    private final Rollout rollout;

    BindingHandler(
            Services services,
            Instances instances,
            BindStore store,
            ServiceApi api,
            Apps apps,
            BoundReleases releases,
            Rollout rollout) {
        this.services = services;
        this.instances = instances;
        this.store = store;
        this.api = api;
        this.apps = apps;
        this.releases = releases;
        this.rollout = rollout;
    }

    @Override
    public String kind() {
        return "service-instance.bind";
    }

    @Override
    public Class<Binding> type() {
        return Binding.class;
    }

    @Override
    public void run(Binding change, Run run) {
        App app = apps.find(change.app());
        Map<String, String> variables = ask(change, run, app);
        run.line("---- Setting " + (variables.size() + 1) + " new environment variables ----");
        int release = releases.propose(
                run,
                app.name(),
                change.noRestart(),
                environment -> environment.bound(new Bind(change.service(), change.instance(), variables)));
        rollout.forward(run, app, release);
        run.line("\nInstance \"" + change.instance() + "\" is now bound to the app \"" + app.name() + "\".");
        run.log("The following environment variables are available for use in your app:\n\n");
        variables.keySet().forEach(name -> run.line("- " + name));
        run.line("- TSURU_SERVICES");
        run.atEnd(() -> store.setState(change.pair(), "bound"));
    }

    private Map<String, String> ask(Binding change, Run run, App app) {
        Service service = services.find(change.service());
        Instance instance = instances.find(change.service(), change.instance());
        AppDescription description = releases.describe(app);
        Origin origin = Origin.of(run);
        boolean again = run.done(ServiceFailPoints.ASKED).isPresent();
        run.once(ServiceFailPoints.ASKED, () -> true);
        ServiceApi.Granted granted = run.once(ServiceFailPoints.GRANTED, () -> {
            if (again) {
                // An attempt that died may have bound it; nobody has what the service gave then.
                run.await(() -> api.unbindApp(service, instance, description, origin, ServiceApi.Patience.WORK));
            }
            return run.await(() -> api.bindApp(service, instance, description, change.parameters(), origin));
        });
        String failed = "Failed to bind the instance \"" + instance.name() + "\" to the app \"" + app.name() + "\": ";
        if (granted.said().status() == NOT_READY) {
            throw Failure.precondition(
                    failed + "you cannot bind any app to this service instance because it is not" + " ready yet");
        }
        if (!granted.said().good()) {
            throw Failure.invalid(failed + "invalid response: " + granted.said().reason());
        }
        granted.variables().forEach((name, value) -> {
            if (!VARIABLE.matcher(name).matches() || name.startsWith(OURS) || value.indexOf('\0') >= 0) {
                throw Failure.invalid(failed + "the service gave the variable \"" + name + "\", whose name or value"
                        + " cannot be one of an app");
            }
        });
        return granted.variables();
    }

    @Override
    public void withdraw(Binding change, Run run, String why) {
        if (!store.isThere(change.pair())) {
            return; // An attempt that died had come so far.
        }
        App app = apps.find(change.app());
        run.done(ServiceFailPoints.RELEASE).ifPresent(release -> rollout.back(run, app, release, change.before(), why));
        Optional<ServiceApi.Granted> granted = run.done(ServiceFailPoints.GRANTED);
        boolean mayBeBound = run.done(ServiceFailPoints.ASKED).isPresent()
                && granted.map(given -> given.said().good()).orElse(true);
        // One that did not answer once is not waited for as long again.
        ServiceApi.Patience patience = granted.isPresent() ? ServiceApi.Patience.WORK : ServiceApi.Patience.LOOK;
        String left = mayBeBound ? unbind(change, run, app, patience) : "";
        run.transact(() -> store.delete(change.pair()));
        if (!left.isEmpty()) {
            throw Failure.upstream("the service may still have the app bound: bind and unbind it again (" + left + ")");
        }
    }

    /** Takes the bind back at the service; answers why that did not succeed, or nothing. */
    private String unbind(Binding change, Run run, App app, ServiceApi.Patience patience) {
        try {
            Said said = api.unbindApp(
                    services.find(change.service()),
                    instances.find(change.service(), change.instance()),
                    releases.describe(app),
                    Origin.of(run),
                    patience);
            return said.good() || said.missing() ? "" : said.reason();
        } catch (Failure failure) {
            return failure.message();
        }
    }
}
