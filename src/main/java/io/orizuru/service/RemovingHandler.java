package io.orizuru.service;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.role.Roles;
import jakarta.enterprise.context.ApplicationScoped;

/** Has a service remove an instance, and forgets it. */
@ApplicationScoped
class RemovingHandler implements ChangeHandler<Removing> {
    private final Services services;
    private final Instances instances;
    private final InstanceStore store;
    private final ServiceApi api;
    private final Roles roles;
    private final Binds binds;

    RemovingHandler(
            Services services, Instances instances, InstanceStore store, ServiceApi api, Roles roles, Binds binds) {
        this.services = services;
        this.instances = instances;
        this.store = store;
        this.api = api;
        this.roles = roles;
        this.binds = binds;
    }

    @Override
    public String kind() {
        return "service-instance.remove";
    }

    @Override
    public Class<Removing> type() {
        return Removing.class;
    }

    @Override
    public void run(Removing change, Run run) {
        Service service = services.find(change.service());
        Instance instance = instances.find(change.service(), change.instance());
        for (String app : instance.apps()) {
            run.line("Unbind app \"" + app + "\" ...");
            binds.end(run, instance, app, change.ignoreErrors());
        }
        try {
            Said said = Conversation.ask(
                    run, () -> api.remove(service, instance, Origin.of(run), ServiceApi.Patience.WORK));
            if (!said.good() && !said.missing()) {
                throw Failure.invalid(
                        "Failed to remove the instance " + instance.name() + ": invalid response: " + said.reason());
            }
        } catch (Failure failure) {
            if (!change.ignoreErrors()) {
                throw failure;
            }
            run.line(failure.message() + ", ignored");
            run.once(ServiceFailPoints.ANSWERED, () -> new Said(0, failure.message()));
        }
        run.line("service instance successfully removed");
        run.atEnd(() -> {
            store.delete(instance.service(), instance.name());
            roles.forget(instance.context());
        });
    }

    @Override
    public void withdraw(Removing change, Run run, String why) {
        Instance.State state = Conversation.mayBeDone(run) ? Instance.State.UNSURE : change.before();
        run.transact(() -> store.setState(change.service(), change.instance(), state));
    }
}
