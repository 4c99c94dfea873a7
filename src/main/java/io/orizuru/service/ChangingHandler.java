package io.orizuru.service;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;

/** Tells a service what is said of an instance from now on; it stands on record once the service has agreed. */
@ApplicationScoped
class ChangingHandler implements ChangeHandler<Changing> {
    private final Services services;
    private final InstanceStore store;
    private final ServiceApi api;

    ChangingHandler(Services services, InstanceStore store, ServiceApi api) {
        this.services = services;
        this.store = store;
        this.api = api;
    }

    @Override
    public String kind() {
        return "service-instance.change";
    }

    @Override
    public Class<Changing> type() {
        return Changing.class;
    }

    @Override
    public void run(Changing change, Run run) {
        Instance after = change.after();
        Service service = services.find(after.service());
        Said said = Conversation.ask(run, () -> api.update(service, after, Origin.of(run)));
        if (!said.good()) {
            throw Failure.invalid(
                    "Failed to update the instance " + after.name() + ": invalid response: " + said.reason());
        }
        run.atEnd(() -> store.update(after));
    }

    @Override
    public void withdraw(Changing change, Run run, String why) {
        if (!Conversation.mayBeDone(run)) {
            return;
        }
        Instance before = change.before();
        Said said = api.update(services.find(before.service()), before, Origin.of(run));
        if (!said.good()) {
            throw Failure.upstream("the service may have another description of the instance " + before.name()
                    + " than we, update it again: " + said.reason());
        }
    }
}
