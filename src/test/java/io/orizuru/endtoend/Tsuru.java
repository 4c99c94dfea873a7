package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.orizuru.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to the server as the recorded {@code tsuru} client does: its headers, its encodings, one request a connection.
 * The client itself is no part of the tests.
 */
final class Tsuru {
    /** Until the answer's head. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String BOUNDARY = "7d5b9c1e8f0a4b6f9e2d";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI api;
    private final @Nullable String token;
    private final @Nullable String key;

    Tsuru(URI api, @Nullable String token) {
        this(api, token, null);
    }

    private Tsuru(URI api, @Nullable String token, @Nullable String key) {
        this.api = api;
        this.token = token;
        this.key = key;
    }

    /** The administrator's. */
    static Tsuru of(TestServer server) {
        return new Tsuru(server.api(), server.adminToken());
    }

    Tsuru as(@Nullable String otherToken) {
        return new Tsuru(api, otherToken);
    }

    /** The same one, which sends a key with each request. */
    Tsuru withKey(String idempotencyKey) {
        return new Tsuru(api, token, idempotencyKey);
    }

    Reply get(String path) {
        return send("GET", path);
    }

    Reply delete(String path) {
        return send("DELETE", path);
    }

    Reply post(String path, String... form) {
        return form("POST", path, form);
    }

    Reply put(String path, String... form) {
        return form("PUT", path, form);
    }

    Reply postJson(String path, String json) {
        return sendJson("POST", path, json);
    }

    Reply sendJson(String method, String path, String json) {
        return await(start(method, path, "application/json", json.getBytes(UTF_8)));
    }

    Reply send(String method, String path) {
        return await(start(method, path, null, new byte[0]));
    }

    /** Sends a form: names and values in turn. */
    Reply form(String method, String path, String... pairs) {
        return await(startForm(method, path, pairs));
    }

    CompletableFuture<Reply> startForm(String method, String path, String... pairs) {
        return start(method, path, FORM, encoded(pairs).getBytes(UTF_8));
    }

    Reply multipart(String method, String path, byte @Nullable [] archive, String... pairs) {
        return await(start(method, path, "multipart/form-data; boundary=" + BOUNDARY, parts(archive, pairs)));
    }

    /** {@code tsuru app deploy}: the archive, and how it came about. */
    Reply deploy(String app, byte[] archive) {
        return await(startDeploy(app, archive));
    }

    CompletableFuture<Reply> startDeploy(String app, byte[] archive) {
        return start(
                "POST",
                "/1.0/apps/" + app + "/deploy",
                "multipart/form-data; boundary=" + BOUNDARY,
                parts(archive, "origin", "app-deploy", "message", "a try"));
    }

    /** A deploy whose answer is read while it grows. */
    HttpResponse<InputStream> openDeploy(String app, byte[] archive) {
        return open(
                "POST",
                "/1.0/apps/" + app + "/deploy",
                "multipart/form-data; boundary=" + BOUNDARY,
                parts(archive, "origin", "app-deploy"));
    }

    /** An answer that is read while it grows; closing its stream drops the connection. */
    HttpResponse<InputStream> open(String method, String path, @Nullable String contentType, byte[] content) {
        try {
            return http.send(request(method, path, contentType, content), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    CompletableFuture<Reply> start(String method, String path, @Nullable String contentType, byte[] content) {
        BodyHandler<String> whole = BodyHandlers.ofString();
        return http.sendAsync(request(method, path, contentType, content), whole)
                .thenApply(answer -> new Reply(answer.statusCode(), answer.headers(), answer.body()));
    }

    HttpRequest request(String method, String path, @Nullable String contentType, byte[] content) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path))
                .timeout(PATIENCE)
                .setHeader("User-Agent", "tsuru-client/1.34.0")
                .setHeader("X-Tsuru-Verbosity", "0")
                .setHeader("Connection", "close")
                .method(method, content.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(content));
        if (token != null) {
            request.setHeader("Authorization", "bearer " + token);
        }
        if (key != null) {
            request.setHeader("Idempotency-Key", key);
        }
        if (contentType != null) {
            request.setHeader("Content-Type", contentType);
        }
        return request.build();
    }

    static Reply await(CompletableFuture<Reply> answer) {
        return answer.orTimeout(3, TimeUnit.MINUTES).join();
    }

    private static String encoded(String... pairs) {
        List<String> encoded = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            encoded.add(URLEncoder.encode(pairs[i], UTF_8) + "=" + URLEncoder.encode(pairs[i + 1], UTF_8));
        }
        return String.join("&", encoded);
    }

    private static byte[] parts(byte @Nullable [] archive, String... pairs) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < pairs.length; i += 2) {
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n"
                            + pairs[i + 1] + "\r\n")
                    .getBytes(UTF_8));
        }
        if (archive != null) {
            body.writeBytes(("--" + BOUNDARY
                            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"archive.tar.gz\"\r\n"
                            + "Content-Type: application/octet-stream\r\n\r\n")
                    .getBytes(UTF_8));
            body.writeBytes(archive);
            body.writeBytes("\r\n".getBytes(UTF_8));
        }
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return body.toByteArray();
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted", e);
    }

    /** A query of names and values in turn, with its question mark. */
    static String query(String... pairs) {
        return "?" + encoded(pairs);
    }
}
