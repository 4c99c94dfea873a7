package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Plays, at one address, the systems outside the server that scenarios refer to as {@code ${helper_url}}: a service under
 * {@code /service}, a service broker under {@code /broker}, a webhook receiver at {@code /hook}, an outside router under
 * {@code /router} and a Kubernetes API under {@code /kube}.
 */
final class OutsideSystems implements AutoCloseable {
    /** One of the systems; its paths start after its prefix, with a slash. */
    @FunctionalInterface
    interface Played {
        Reply answer(Call call) throws InterruptedException;
    }

    /**
     * A request that the server sent.
     *
     * @param path as sent, still percent-encoded
     * @param query as sent, empty if there is none
     */
    record Call(String method, String path, String query, String body) {
        Call below(String prefix) {
            return new Call(method, path.substring(prefix.length()), query, body);
        }
    }

    /** What is answered. */
    record Reply(int status, String contentType, String body) {
        static Reply empty(int status) {
            return new Reply(status, "application/json", "");
        }

        static Reply json(int status, JsonNode body) {
            return new Reply(status, "application/json", Json.text(body));
        }

        static Reply text(int status, String body) {
            return new Reply(status, "text/plain", body);
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, Played> systems = new LinkedHashMap<>();

    private OutsideSystems(HttpServer server) {
        this.server = server;
        systems.put("/service/", new PlayedService(closed));
        systems.put("/broker/", new PlayedBroker());
        systems.put("/router/", new PlayedRouter());
        systems.put("/kube/", new PlayedKubernetes(closed));
        systems.put("/hook", new PlayedWebhookReceiver());
    }

    /** Starts them on a free port of the loopback. */
    static OutsideSystems start() {
        try {
            OutsideSystems outside = new OutsideSystems(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            outside.server.createContext("/", outside::handle);
            outside.server.setExecutor(outside.threads);
            outside.server.start();
            return outside;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            @Nullable String query = exchange.getRequestURI().getRawQuery();
            Reply reply = answer(new Call(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    query == null ? "" : query,
                    body));
            exchange.getResponseHeaders().set("Content-Type", reply.contentType);
            byte[] content = reply.body.getBytes(StandardCharsets.UTF_8);
            boolean hasBody = content.length > 0 && !exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(reply.status, hasBody ? content.length : -1);
            if (hasBody) {
                exchange.getResponseBody().write(content);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Reply answer(Call call) throws InterruptedException {
        for (Map.Entry<String, Played> system : systems.entrySet()) {
            String prefix = system.getKey();
            if (call.path.startsWith(prefix)) {
                return system.getValue()
                        .answer(call.below(prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix));
            }
        }
        return Reply.text(404, "not found");
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
