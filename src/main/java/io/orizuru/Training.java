package io.orizuru;

import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** A short life of a server, in which the JVM learns what classes a start and the first requests need. */
final class Training {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int ROUNDS = 20;

    private Training() {}

    /** Asks what anybody may ask, then ends the server. */
    static void run(URI api) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int round = 0; round < ROUNDS; round++) {
                for (String path : List.of("/", "/info", "/healthcheck", "/metrics", "/1.0/apps")) {
                    HttpRequest request = HttpRequest.newBuilder(api.resolve(path))
                            .timeout(LIMIT)
                            .build();
                    client.send(request, HttpResponse.BodyHandlers.ofString());
                }
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("the training run got no answer from " + api, e);
        } finally {
            Quarkus.asyncExit();
        }
    }
}
