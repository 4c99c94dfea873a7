package io.orizuru.http;

import io.orizuru.failure.Failure;
import io.quarkus.vertx.http.runtime.filters.QuarkusRequestWrapper;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Response;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Operations that answer with a WebSocket. They are found, authenticated and authorised as all others are; then the request
 * becomes the socket, and the operation lasts as long as it is open.
 *
 * <p>Clients of this API cannot show why a handshake was refused. So a request for a WebSocket gets one in any case, and what
 * went wrong comes as a text that begins with {@code Error:}.
 */
@ApplicationScoped
public class Sockets {
    private static final Logger LOG = Logger.getLogger(Sockets.class);
    private static final long HANDSHAKE_SECONDS = 10;
    private static final MethodHandle DONE = done();

    private final Provider<RoutingContext> routing;
    private final Operations operations;

    Sockets(Provider<RoutingContext> routing, Operations operations) {
        this.routing = routing;
        this.operations = operations;
    }

    /** The framework never notices that a request which became a WebSocket is over, and would wait for it when it stops. */
    private static MethodHandle done() {
        try {
            return MethodHandles.privateLookupIn(QuarkusRequestWrapper.class, MethodHandles.lookup())
                    .findVirtual(QuarkusRequestWrapper.class, "done", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this version of the framework ends requests in another way", e);
        }
    }

    /** A parameter of the request's query, or nothing. */
    public Optional<String> parameter(String name) {
        List<String> values = routing.get().queryParam(name);
        return values.isEmpty() || values.getFirst().isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }

    /**
     * Refuses a request that asks for no WebSocket, and one from a page of another site: what browsers send along by
     * themselves must not be enough.
     */
    public void requireAsked() {
        HttpServerRequest request = routing.get().request();
        if (!isAsked(request)) {
            throw Failure.invalid(
                    "Bad Request\nthe client asks for no WebSocket: the headers Connection: Upgrade, Upgrade:"
                            + " websocket and Sec-WebSocket-Key are wanted, with the version 13, over HTTP/1.1");
        }
        String origin = request.getHeader("Origin");
        if (origin != null && !isOwn(origin, request)) {
            throw Failure.forbidden(
                    "the origin \"" + origin + "\" is another site than this one, \"" + request.authority() + "\"");
        }
    }

    /** Programs that are no browsers name something that no page can be, if anything. */
    private static boolean isOwn(String origin, HttpServerRequest request) {
        if (origin.startsWith("ws:") || origin.startsWith("wss:")) {
            return true;
        }
        try {
            URI page = URI.create(origin);
            return page.getAuthority() != null
                    && request.authority() != null
                    && page.getAuthority().equalsIgnoreCase(request.authority().toString());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isAsked(HttpServerRequest request) {
        return has(request, "Upgrade", "websocket")
                && has(request, "Connection", "upgrade")
                && has(request, "Sec-WebSocket-Version", "13")
                && request.getHeader("Sec-WebSocket-Key") != null
                && request.version() == io.vertx.core.http.HttpVersion.HTTP_1_1;
    }

    private static boolean has(HttpServerRequest request, String header, String word) {
        return request.headers().getAll(header).stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .anyMatch(value -> value.strip().toLowerCase(Locale.ROOT).equals(word));
    }

    /**
     * Makes the request that is being served a WebSocket and returns when the work is done and the socket closed.
     *
     * @param work answers the reason that the socket is closed with
     */
    public Response serve(Function<Socket, String> work) {
        requireAsked();
        HttpServerRequest request = routing.get().request();
        Socket socket = accept(request);
        String reason = "";
        try {
            reason = work.apply(socket);
        } finally {
            socket.close(reason);
            end(request);
        }
        return Response.ok().build(); // Nothing of it is sent: the response was the handshake's.
    }

    private static Socket accept(HttpServerRequest request) {
        Context context = ((HttpServerRequestInternal) request).context();
        CompletableFuture<Socket> accepted = new CompletableFuture<>();
        context.runOnContext(go -> request.toWebSocket()
                .onSuccess((ServerWebSocket socket) -> accepted.complete(new Socket(socket, context)))
                .onFailure(accepted::completeExceptionally));
        try {
            return accepted.get(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw Failure.invalid("the WebSocket's handshake failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    private static void end(HttpServerRequest request) {
        try {
            DONE.invokeExact(QuarkusRequestWrapper.get(request));
        } catch (Throwable e) {
            LOG.warnf(e, "a WebSocket's request was not ended");
        }
    }

    /** Whatever is refused is told over the socket that was asked for. */
    @ServerResponseFilter
    public void tell(ContainerResponseContext response, ResourceInfo resource) {
        OperationDescriptor operation =
                resource.getResourceMethod() == null ? null : operations.of(resource.getResourceMethod());
        HttpServerRequest request = routing.get().request();
        if (operation == null
                || !operation.socket()
                || response.getStatus() < 400
                || request.response().ended()
                || !isAsked(request)) {
            return;
        }
        tell(request, response.getEntity());
        response.setEntity(null); // The response was the handshake's.
    }

    private static void tell(HttpServerRequest request, @Nullable Object failure) {
        try {
            Socket socket = accept(request);
            socket.send("Error: " + String.valueOf(failure).strip() + "\n");
            socket.close("");
        } catch (Failure e) {
            LOG.debugf("a failure could not be told over a WebSocket: %s", e.getMessage());
        } finally {
            end(request);
        }
    }
}
