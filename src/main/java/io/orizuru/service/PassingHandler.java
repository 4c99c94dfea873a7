package io.orizuru.service;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.outgoing.Answer;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Passes requests on. What a service does with one cannot be known, so none is passed on twice: when the server dies while one
 * is under way, its event ends with that.
 */
@ApplicationScoped
class PassingHandler implements ChangeHandler<Passing> {
    private static final int BAD = 400;

    private final Proxies proxies;
    /** For those who wait for them on this server, by event; others get to know the event's end only. */
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    PassingHandler(Proxies proxies) {
        this.proxies = proxies;
    }

    @Override
    public String kind() {
        return "service.pass-on";
    }

    @Override
    public Class<Passing> type() {
        return Passing.class;
    }

    @Override
    public void run(Passing change, Run run) {
        if (run.done(ServiceFailPoints.ASKED).isPresent()) {
            throw Failure.unavailable("the server ended while the service was asked, so what it did is not known");
        }
        run.once(ServiceFailPoints.ASKED, () -> true);
        Answer answer = run.await(() -> proxies.pass(change, Origin.of(run)));
        answers.put(run.event(), answer);
        if (answer.status() >= BAD) {
            throw Failure.invalid("the service answered with the status " + answer.status());
        }
    }

    @Override
    public void withdraw(Passing change, Run run, String why) {
        // What a service did is not undone.
    }

    /** What the service answered, once; empty when another server has it. */
    Optional<Answer> take(String event) {
        return Optional.ofNullable(answers.remove(event));
    }
}
