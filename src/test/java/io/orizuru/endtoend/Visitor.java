package io.orizuru.endtoend;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Somebody who looks at an app through the router. Every look is a request on a connection that is kept. */
final class Visitor {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI router;
    private final String host;

    /** @param host the app's name in the router's domain */
    Visitor(URI router, String host) {
        this.router = router;
        this.host = host;
    }

    Reply look(String path) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(router + path))
                .timeout(PATIENCE)
                .setHeader("Host", host)
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            return new Reply(answer.statusCode(), answer.headers(), answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The page at the root, or why there was none. */
    String page() {
        try {
            Reply reply = look("/");
            return reply.status() == 200 ? reply.body() : reply.status() + " " + reply.body();
        } catch (IOException e) {
            return e.toString();
        }
    }
}
