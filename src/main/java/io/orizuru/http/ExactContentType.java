package io.orizuru.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Content types that clients compare whole and that JAX-RS cannot write. */
@ApplicationScoped
class ExactContentType {
    private static final String KEY = "orizuru.content-type";
    /** Before everything else that handles requests. */
    private static final int FIRST = 10_000;

    void install(@Observes Filters filters) {
        filters.register(ExactContentType::prepare, FIRST);
    }

    /** What is done to a head last is registered first: the handlers run in reverse, JAX-RS's own among them. */
    private static void prepare(RoutingContext request) {
        request.addHeadersEndHandler(head -> {
            String type = request.get(KEY);
            if (type != null) {
                request.response().putHeader("Content-Type", type);
            }
        });
        request.next();
    }

    /** Answers the request with this type, whatever its response says. */
    static void set(RoutingContext request, String type) {
        request.put(KEY, type);
    }
}
