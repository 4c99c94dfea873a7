package io.orizuru.service;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Has a service make an instance. What cannot be made, or may be half made, is taken back at the service. */
@ApplicationScoped
class MakingHandler implements ChangeHandler<Making> {
    private static final int THERE_ALREADY = 409;
    private static final int MADE = 201;

    private final Services services;
    private final Instances instances;
    private final InstanceStore store;
    private final ServiceApi api;

    MakingHandler(Services services, Instances instances, InstanceStore store, ServiceApi api) {
        this.services = services;
        this.instances = instances;
        this.store = store;
        this.api = api;
    }

    @Override
    public String kind() {
        return "service-instance.make";
    }

    @Override
    public Class<Making> type() {
        return Making.class;
    }

    @Override
    public void run(Making change, Run run) {
        Service service = services.find(change.service());
        Instance instance = instances.find(change.service(), change.instance());
        Said said = Conversation.ask(run, again -> {
            Said answer = api.create(service, instance, Origin.of(run));
            // The attempt before this one made it, and died before it could say so.
            return again && answer.status() == THERE_ALREADY ? new Said(MADE, "") : answer;
        });
        if (!said.good()) {
            throw Failure.invalid(
                    "Failed to create the instance " + instance.name() + ": invalid response: " + said.reason());
        }
        run.atEnd(() -> store.setState(instance.service(), instance.name(), Instance.State.READY));
    }

    @Override
    public void withdraw(Making change, Run run, String why) {
        Optional<Instance> found = store.find(change.service(), change.instance());
        if (found.isEmpty()) {
            return; // An attempt that died had come so far.
        }
        if (Conversation.mayBeDone(run)) {
            takeBack(services.find(change.service()), found.get(), run);
        }
        run.transact(() -> store.delete(change.service(), change.instance()));
    }

    private void takeBack(Service service, Instance instance, Run run) {
        try {
            // One that did not answer once is not waited for as long again.
            ServiceApi.Patience patience =
                    Conversation.isOpen(run) ? ServiceApi.Patience.LOOK : ServiceApi.Patience.WORK;
            Said said = api.remove(service, instance, Origin.of(run), patience);
            if (!said.good() && !said.missing()) {
                throw Failure.upstream("the service did not take it back: " + said.reason());
            }
        } catch (Failure failure) {
            run.transact(() -> store.setState(instance.service(), instance.name(), Instance.State.UNSURE));
            throw Failure.upstream(
                    "whether the service has the instance is not known, remove it (" + failure.message() + ")");
        }
    }
}
