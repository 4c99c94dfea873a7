package io.orizuru.service;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.app.Rollout;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Unbinds an app: units without the variables first, so that none that serves loses what it uses; then the service.
 */
@ApplicationScoped
class UnbindingHandler implements ChangeHandler<Unbinding> {
    private final Services services;
    private final Instances instances;
    private final BindStore store;
    private final ServiceApi api;
    private final Apps apps;
    private final Releases allReleases;
    private final BoundReleases releases;
    private final Rollout rollout;

    UnbindingHandler(
            Services services,
            Instances instances,
            BindStore store,
            ServiceApi api,
            Apps apps,
            Releases allReleases,
            BoundReleases releases,
            Rollout rollout) {
        this.services = services;
        this.instances = instances;
        this.store = store;
        this.api = api;
        this.apps = apps;
        this.allReleases = allReleases;
        this.releases = releases;
        this.rollout = rollout;
    }

    @Override
    public String kind() {
        return "service-instance.unbind";
    }

    @Override
    public Class<Unbinding> type() {
        return Unbinding.class;
    }

    @Override
    public void run(Unbinding change, Run run) {
        App app = apps.find(change.app());
        run.line("---- Unsetting " + variables(app, change) + " environment variables ----");
        int release = releases.propose(
                run,
                app.name(),
                change.noRestart(),
                environment -> environment.unbound(change.service(), change.instance()));
        rollout.forward(run, app, release);
        try {
            ask(change, run, app);
        } catch (Failure failure) {
            if (!change.force()) {
                throw failure;
            }
            run.line(failure.message() + ", ignored");
            run.once(ServiceFailPoints.ANSWERED, () -> new Said(0, failure.message()));
        }
        run.line("\nInstance \"" + change.instance() + "\" is not bound to the app \"" + app.name() + "\" anymore.");
        run.atEnd(() -> store.delete(change.pair()));
    }

    private int variables(App app, Unbinding change) {
        if (change.before() == 0) {
            return 0;
        }
        Release before = allReleases.get(app.name(), change.before());
        return before.environment().binds().stream()
                .filter(bind -> bind.service().equals(change.service())
                        && bind.instance().equals(change.instance()))
                .mapToInt(bind -> bind.variables().size())
                .sum();
    }

    private void ask(Unbinding change, Run run, App app) {
        Service service = services.find(change.service());
        Instance instance = instances.find(change.service(), change.instance());
        AppDescription description = releases.describe(app);
        Said said = Conversation.ask(run, () -> {
            for (String host : store.hosts(change.pair())) {
                api.unit(service, instance, description, host, false);
            }
            return api.unbindApp(service, instance, description, Origin.of(run), ServiceApi.Patience.WORK);
        });
        if (!said.good() && !said.missing()) {
            throw Failure.invalid("Failed to unbind the instance \"" + instance.name() + "\" from the app \""
                    + app.name() + "\": invalid response: " + said.reason());
        }
    }

    @Override
    public void withdraw(Unbinding change, Run run, String why) {
        App app = apps.find(change.app());
        run.done(ServiceFailPoints.RELEASE).ifPresent(release -> rollout.back(run, app, release, change.before(), why));
        run.transact(() -> store.setState(change.pair(), "bound"));
        if (Conversation.mayBeDone(run)) {
            throw Failure.upstream("the service may have unbound the app, whose variables are there again: unbind it"
                    + " again, with force if it must be");
        }
    }
}
