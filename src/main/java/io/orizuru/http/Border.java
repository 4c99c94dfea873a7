package io.orizuru.http;

import io.orizuru.failure.Failure;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What every request comes by first, before anything else sees it: its head is looked at, and its path is brought to the form
 * in which operations have theirs. What is refused here was seen by nobody. Runs on the event loop: nothing here may block.
 */
@ApplicationScoped
class Border {
    /** After the connection was counted, before whatever may answer. */
    private static final int FIRST = 9_900;

    /** Clients put an address that ends in a slash before a path that begins with one. */
    private static final Pattern LEADING = Pattern.compile("^/{2,}");

    private static final String PASSED = "orizuru.passed";
    private static final String DESTINATION = "orizuru.destination";

    private final VersionedPaths paths;

    Border(Operations operations) {
        this.paths = new VersionedPaths(operations.all());
    }

    void install(@Observes Filters filters) {
        filters.register(this::pass, FIRST);
    }

    /** Where a request leads that passed; null when it leads nowhere. */
    static VersionedPaths.@Nullable Destination destination(RoutingContext request) {
        return request.get(DESTINATION);
    }

    private void pass(RoutingContext routing) {
        if (routing.get(PASSED) != null) {
            routing.next();
            return;
        }
        routing.put(PASSED, true);
        UnreadBody.watch(routing);
        HttpServerRequest request = routing.request();
        try {
            RequestHead.check(request);
            if (BodyLimit.declared(request) > BodyRule.LARGEST) {
                throw TextMemory.tooLarge(BodyRule.LARGEST);
            }
            reserve(routing);
        } catch (Failure failure) {
            refuse(routing, failure);
            return;
        }
        lead(routing);
    }

    private static void reserve(RoutingContext routing) {
        long weight = RequestHead.weight(routing.request());
        if (weight > RequestHead.USUAL_WEIGHT) {
            String peer = routing.request().connection().remoteAddress().hostAddress();
            InputMemory.Part part = InputMemory.HEADS.take(String.valueOf(peer), weight);
            routing.addEndHandler(ended -> part.release());
        }
    }

    private static void refuse(RoutingContext routing, Failure failure) {
        routing.response().setStatusCode(FailureAnswers.status(failure.kind())).putHeader("Content-Type", Answers.TEXT);
        if (failure.kind() == Failure.Kind.UNAVAILABLE) {
            routing.response().putHeader("Retry-After", "2");
        }
        routing.response().end(Texts.printable(failure.message()) + "\n");
    }

    private void lead(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        String asked = String.valueOf(request.path());
        VersionedPaths.Destination destination =
                paths.resolve(request.method().name(), LEADING.matcher(asked).replaceFirst("/"));
        if (paths.wellFormed(destination)) {
            routing.put(DESTINATION, destination);
        }
        if (destination.path().equals(asked)) {
            routing.next();
            return;
        }
        String query = request.query();
        routing.reroute(request.method(), query == null ? destination.path() : destination.path() + "?" + query);
    }
}
