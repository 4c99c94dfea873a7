package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Somebody with a token, at the API of a server. */
record Caller(URI api, String token, HttpClient http) {
    static Caller admin(TestServer server) {
        return new Caller(
                server.api(),
                server.adminToken(),
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    /** A user, made and logged in by the administrator. */
    Caller user(String email) {
        String password = "a password of " + email;
        form("POST", "/1.0/users", "email", email, "password", password);
        return login(email, password);
    }

    Caller login(String email, String password) {
        HttpResponse<String> session = form("POST", "/1.0/auth/login", "email", email, "password", password);
        return new Caller(api, json(session).required("token").asText(), http);
    }

    HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    CompletableFuture<HttpResponse<String>> start(String path) {
        return http.sendAsync(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> delete(String path) {
        return send(request(path).DELETE());
    }

    HttpResponse<String> json(String method, String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> form(String method, String path, String... pairs) {
        return send(form(request(path), method, pairs));
    }

    HttpResponse<String> formWithKey(String key, String path, String... pairs) {
        return send(form(request(path).header("Idempotency-Key", key), "POST", pairs));
    }

    private static HttpRequest.Builder form(HttpRequest.Builder request, String method, String... pairs) {
        List<String> encoded = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            encoded.add(URLEncoder.encode(pairs[i], UTF_8) + "=" + URLEncoder.encode(pairs[i + 1], UTF_8));
        }
        return request.header("Content-Type", "application/x-www-form-urlencoded")
                .method(method, HttpRequest.BodyPublishers.ofString(String.join("&", encoded)));
    }

    /** A connection on which something is asked for and nothing is read. */
    Socket askAndReadNothing(String path) {
        try {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(4 << 10);
            socket.connect(new java.net.InetSocketAddress(api.getHost(), api.getPort()));
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + api.getAuthority() + "\r\nAuthorization: bearer "
                                    + token + "\r\n\r\n")
                            .getBytes(UTF_8));
            socket.getOutputStream().flush();
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(api + path))
                .timeout(Duration.ofMinutes(2))
                .header("Authorization", "bearer " + token);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(HttpResponse<String> answer) {
        try {
            return new JsonMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + answer.statusCode() + " " + answer.body(), e);
        }
    }
}
