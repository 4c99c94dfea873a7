package io.orizuru;

import io.orizuru.auth.LocalSessions;
import io.orizuru.config.Settings;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/**
 * A short life of a server, in which the JVM learns what classes a start and the first requests need, and which of their
 * methods are worth compiling. It begins with nothing and all that it makes is thrown away.
 */
final class Training {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int ROUNDS = 20;
    private static final String APP = "/1.0/apps/trained";

    private final HttpClient client;
    private final URI api;
    private final String token;

    private Training(HttpClient client, URI api, String token) {
        this.client = client;
        this.api = api;
        this.token = token;
    }

    /** Asks what anybody may ask and does what most people do most, then ends the server. */
    static void run(Settings settings, URI api) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            String token = Arc.container().instance(LocalSessions.class).get().open(settings.adminEmail());
            new Training(client, api, token).train();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("the training run got no answer from " + api, e);
        } finally {
            Quarkus.asyncExit();
        }
    }

    private void train() throws IOException, InterruptedException {
        post("/1.0/teams", "name=trained");
        post("/1.0/pools", "name=trained&public=true&default=true&provisioner=process");
        post("/1.0/apps", "name=trained&teamOwner=trained");
        for (int round = 0; round < ROUNDS; round++) {
            for (String path :
                    List.of("/", "/info", "/healthcheck", "/metrics", "/1.0/apps", APP, APP + "/env", "/1.0/deploys")) {
                send(request(path).GET());
            }
            post(APP + "/env", "Envs.0.Name=ROUND&Envs.0.Value=" + round);
        }
    }

    private void post(String path, String form) throws IOException, InterruptedException {
        send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(api.resolve(path)).timeout(LIMIT).header("Authorization", "bearer " + token);
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
