package io.orizuru.conformance;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Sends the requests of scenarios. Follows no redirects. */
final class ApiClient implements AutoCloseable {
    /** Until the answer's first byte. */
    private static final Duration FIRST_BYTE = Duration.ofMinutes(1);
    /** Until its last: builds stream for a while. */
    private static final Duration LAST_BYTE = Duration.ofMinutes(5);

    private final String base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /**
     * @param base where the API is, for example {@code http://127.0.0.1:8080}; a path goes before every request's
     */
    ApiClient(URI base) {
        String text = base.toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * Sends a request whose variables are filled in.
     *
     * @param token null sends no credentials
     * @throws IOException if there is no answer in time
     */
    Answer send(Scenario.Request request, @Nullable String token) throws IOException, InterruptedException {
        Map<String, String> headers = new HashMap<>();
        Optional<RequestBody> body = RequestBody.of(request);
        body.ifPresent(encoded -> headers.put("Content-Type", encoded.contentType()));
        if (token != null) {
            headers.put("Authorization", "bearer " + token);
        }
        if (request.headers() != null) {
            headers.putAll(request.headers());
        }
        URI target = target(request);
        if ("websocket".equalsIgnoreCase(headers.get("Upgrade"))) {
            return upgrade(target, headers);
        }
        HttpRequest.Builder builder = HttpRequest.newBuilder(target)
                .timeout(FIRST_BYTE)
                .method(
                        Objects.requireNonNull(request.method(), "a request needs a method"),
                        body.map(RequestBody::content).orElseGet(HttpRequest.BodyPublishers::noBody));
        headers.forEach(builder::setHeader);
        return answer(await(http.sendAsync(builder.build(), HttpResponse.BodyHandlers.ofByteArray())));
    }

    /**
     * Logs in with a password and returns the token.
     *
     * @throws IOException if the server refuses
     */
    String login(String email, String password) throws IOException, InterruptedException {
        Scenario.Request request = new Scenario.Request(
                "POST",
                "/1.0/auth/login",
                null,
                null,
                JsonNodeFactory.instance.objectNode().put("email", email).put("password", password),
                null,
                null,
                null);
        Answer answer = send(request, null);
        if (answer.status() != 200 || !answer.body().path("token").isTextual()) {
            throw new IOException(
                    "cannot log in as " + email + ": " + answer.status() + " " + Json.plain(answer.body()));
        }
        return answer.body().path("token").textValue();
    }

    private URI target(Scenario.Request request) throws IOException {
        String path =
                Percent.encode(Objects.requireNonNull(request.path(), "a request needs a path"), "/%:@,;=+$!*'()~-._");
        String query =
                request.query() == null || request.query().isEmpty() ? "" : "?" + RequestBody.form(request.query());
        try {
            return URI.create(base + path + query);
        } catch (IllegalArgumentException e) {
            throw new IOException("\"" + base + path + query + "\" is no address", e);
        }
    }

    private static Answer answer(HttpResponse<byte[]> response) {
        Map<String, String> headers = lastOfEach(response.headers());
        return new Answer(
                response.statusCode(), headers, Json.ofBody(response.body(), headers.getOrDefault("content-type", "")));
    }

    private static Map<String, String> lastOfEach(HttpHeaders headers) {
        Map<String, String> last = new HashMap<>();
        headers.map().forEach((name, values) -> last.put(name.toLowerCase(Locale.ROOT), values.getLast()));
        return last;
    }

    /** A plain request cannot ask for an upgrade with this client; its WebSocket does, and is dropped at once. */
    private Answer upgrade(URI target, Map<String, String> headers) throws IOException, InterruptedException {
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(FIRST_BYTE);
        headers.forEach((name, value) -> {
            boolean ofHandshake = name.equalsIgnoreCase("Connection")
                    || name.equalsIgnoreCase("Upgrade")
                    || name.regionMatches(true, 0, "Sec-WebSocket-", 0, "Sec-WebSocket-".length());
            if (!ofHandshake) {
                builder.header(name, value);
            }
        });
        URI socket = URI.create(target.toString().replaceFirst("^http", "ws"));
        try {
            await(builder.buildAsync(socket, new WebSocket.Listener() {})).abort();
            return new Answer(101, Map.of(), Json.ofBody(new byte[0], ""));
        } catch (WebSocketHandshakeException refused) {
            Map<String, String> answered = lastOfEach(refused.getResponse().headers());
            Object body = refused.getResponse().body();
            byte[] content = body == null ? new byte[0] : body.toString().getBytes(StandardCharsets.UTF_8);
            return new Answer(
                    refused.getResponse().statusCode(),
                    answered,
                    Json.ofBody(content, answered.getOrDefault("content-type", "")));
        }
    }

    private static <T> T await(CompletableFuture<T> answer) throws IOException, InterruptedException {
        try {
            return answer.get(LAST_BYTE.toMillis(), MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the answer did not end within " + LAST_BYTE, e);
        } finally {
            answer.cancel(true);
        }
    }

    /** Drops connections; requests under way end with an error. */
    @Override
    public void close() {
        http.shutdownNow();
    }
}
