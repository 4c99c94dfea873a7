package io.orizuru.http;

import io.orizuru.access.Caller;
import io.orizuru.db.Database;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** What happens to every request before and after its operation: version, caller, size of its body, headers. */
@ApplicationScoped
class RequestFilters {
    private static final String VERSION = "orizuru.version";
    private static final String ALIAS = "orizuru.alias";
    private static final String MATCHED = "orizuru.matched";
    private static final String REQUEST_ID = "orizuru.request-id";
    private static final String REQUEST_ID_HEADER = "X-Request-Id";
    /** JAX-RS would answer HEAD and OPTIONS by itself; to clients of this API a wrong method is an unknown path. */
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE");

    private static final String PASSWORD_EXPIRED =
            "The password must be changed before anything else: it was sent by mail (tsuru change-password).";

    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Za-z.:%_-]{1,64}");
    private static final Pattern SANE_REQUEST_ID = Pattern.compile("[\\w.:-]{1,128}");

    private final Operations operations;
    private final Authenticator authenticator;
    private final CallerBudgets budgets;
    private final Calls calls;
    private final Provider<RoutingContext> routing;
    private final TextMemory memory;
    private final SecureRandom random;
    private final BoundedAnswers answers;

    RequestFilters(
            Operations operations,
            Authenticator authenticator,
            CallerBudgets budgets,
            Calls calls,
            Provider<RoutingContext> routing,
            TextMemory memory,
            SecureRandom random,
            BoundedAnswers answers) {
        this.operations = operations;
        this.authenticator = authenticator;
        this.budgets = budgets;
        this.calls = calls;
        this.routing = routing;
        this.memory = memory;
        this.random = random;
        this.answers = answers;
    }

    /** Runs on the event loop: nothing here may block. */
    @ServerRequestFilter(preMatching = true)
    public @Nullable Response resolvePath(ContainerRequestContext request) {
        request.setProperty(REQUEST_ID, requestId(request.getHeaderString(REQUEST_ID_HEADER)));
        VersionedPaths.Destination destination = Border.destination(routing.get());
        if (destination == null || !METHODS.contains(request.getMethod())) {
            return Answers.unknownPath();
        }
        request.setProperty(VERSION, destination.version());
        request.setProperty(ALIAS, destination.alias());
        return null;
    }

    /** Runs on the operation's virtual thread. */
    @ServerRequestFilter
    public @Nullable Response identify(ContainerRequestContext request, ResourceInfo resource) {
        OperationDescriptor operation = operations.of(resource.getResourceMethod());
        if (operation == null) {
            return null;
        }
        String version = (String) request.getProperty(VERSION);
        if (!version.isEmpty()
                && !version.equals(operation.since())
                && !Boolean.TRUE.equals(request.getProperty(ALIAS))) {
            return Answers.unknownPath();
        }
        request.setProperty(MATCHED, true);
        String address = sourceAddress();
        Response refused = budgets.refusal(operation, address, request);
        if (refused != null) {
            return refused;
        }
        String token = token(request.getHeaderString("Authorization"));
        Authenticator.Bearer bearer = bearer(operation, token);
        Caller caller = bearer.caller();
        if (!caller.isAnonymous()) {
            refused = budgets.refusal(operation, token);
        }
        if (refused != null) {
            return refused;
        }
        if (caller.isAnonymous() && !operation.open()) {
            return Answers.unauthenticated();
        }
        if (bearer.passwordExpired() && !operation.open() && !withExpiredPassword(operation)) {
            return Answers.text(403, PASSWORD_EXPIRED);
        }
        refused = BodyLimit.refusal(routing.get().request(), operation.body());
        if (refused != null) {
            return refused;
        }
        calls.begin(new Call(caller, operation, (String) request.getProperty(REQUEST_ID), address), token);
        refused = foreignApp(caller, request);
        if (refused == null) {
            answers.begin(operation);
        }
        return refused;
    }

    /** The credential of a header, whatever scheme word stands before it; empty when there is none. */
    private static String token(@Nullable String authorization) {
        if (authorization == null || authorization.isBlank()) {
            return "";
        }
        String[] words = authorization.strip().split("\\s+");
        return words[words.length - 1];
    }

    private Authenticator.Bearer bearer(OperationDescriptor operation, String token) {
        if (token.isEmpty()) {
            return Authenticator.Bearer.NOBODY;
        }
        try {
            return authenticator.authenticate(token);
        } catch (DataAccessException | TransactionException e) {
            // What answers everybody must also answer when nobody can be told from anybody: the health check above all.
            if (operation.open() && Database.isAway(e)) {
                return Authenticator.Bearer.NOBODY;
            }
            throw e;
        }
    }

    private static boolean withExpiredPassword(OperationDescriptor operation) {
        return operation.handler().getAnnotation(Api.class).withExpiredPassword();
    }

    private static @Nullable Response foreignApp(Caller caller, ContainerRequestContext request) {
        String app = request.getUriInfo().getPathParameters().getFirst("app");
        if (caller.type() != Caller.Type.APP || app == null || app.equals(caller.name())) {
            return null;
        }
        return Answers.text(
                403, "app token mismatch, token for \"" + caller.name() + "\", request for \"" + app + "\"");
    }

    private String sourceAddress() {
        HttpServerRequest request = routing.get().request();
        String told =
                request.remoteAddress() == null ? "" : request.remoteAddress().host();
        // A proxy may tell anything; what is no address is of no use to anybody.
        return ADDRESS.matcher(told).matches()
                ? told
                : String.valueOf(request.connection().remoteAddress().hostAddress());
    }

    private String requestId(@Nullable String given) {
        if (given != null && SANE_REQUEST_ID.matcher(given).matches()) {
            return given;
        }
        byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @ServerResponseFilter
    public void addHeaders(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(REQUEST_ID) instanceof String id) {
            response.getHeaders().putSingle(REQUEST_ID_HEADER, id);
        }
        if (request.getProperty(MATCHED) != null) {
            memory.release(); // What it became is on record, or is nothing.
            response.getHeaders().putSingle("Supported-Tsuru", "1.0.1");
            response.getHeaders().putSingle("Supported-Crane", "1.0.0");
            response.getHeaders().putSingle("Supported-Tsuru-Admin", "1.0.0");
        }
    }
}
