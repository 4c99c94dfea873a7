package io.orizuru.event;

import io.orizuru.http.Call;
import io.orizuru.http.EarlierAnswers;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/**
 * Answers a removal that is repeated, by its {@code Idempotency-Key}, when what it removed is gone: {@link RepeatedRequests}
 * comes to no request whose path names nothing. Whose key it is had the permission when it was taken.
 */
@ApplicationScoped
class RepeatedRemovals implements EarlierAnswers {
    private final Provider<RoutingContext> routing;
    private final IdempotencyKeys keys;
    private final KeyHolders holders;
    private final EventStreams streams;

    RepeatedRemovals(Provider<RoutingContext> routing, IdempotencyKeys keys, KeyHolders holders, EventStreams streams) {
        this.routing = routing;
        this.keys = keys;
        this.holders = holders;
        this.streams = streams;
    }

    @Override
    public Optional<Response> of(Call call) {
        return RepeatedRequests.key(routing.get().request(), call.caller(), holders, new Object[0])
                .flatMap(key -> keys.find(key)
                        .filter(outcome -> outcome.digest().equals(key.digest()))
                        .filter(outcome -> tellsNothing(outcome) || outcome.isFor(key))
                        .map(outcome -> RepeatedRequests.answer(outcome, streams::json)));
    }

    /** Rights on what was removed went with it: that it is gone may be told again to whoever removed it. */
    private static boolean tellsNothing(IdempotencyKeys.Outcome outcome) {
        IdempotencyKeys.Answer answer = outcome.answer();
        return answer == null || answer.body() == null;
    }
}
