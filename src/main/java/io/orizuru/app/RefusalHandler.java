package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;

/** Ends such an operation with its reason. */
@ApplicationScoped
class RefusalHandler implements ChangeHandler<Refusal> {
    @Override
    public String kind() {
        return "app.refuse";
    }

    @Override
    public Class<Refusal> type() {
        return Refusal.class;
    }

    @Override
    public void run(Refusal change, Run run) {
        throw Failure.invalid(change.why());
    }

    @Override
    public void withdraw(Refusal change, Run run, String why) {
        // Nothing was changed.
    }
}
