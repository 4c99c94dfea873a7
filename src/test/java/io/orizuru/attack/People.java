package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Users of a server with just the permissions that a test gives them, and what they ask for. */
final class People {
    static final String PASSWORD = "correct horse";
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI api;
    final Person admin;

    People(TestServer server) {
        this.api = server.api();
        this.admin = new Person(server.adminEmail(), server.adminToken());
    }

    record Said(int status, String body) {
        JsonNode json() {
            try {
                return new ObjectMapper().readTree(body);
            } catch (JsonProcessingException e) {
                throw new AssertionError(body, e);
            }
        }

        Said ok() {
            assertThat(status).as(body).isBetween(200, 299);
            return this;
        }
    }

    /** A name that no other test uses. */
    static String fresh(String name) {
        return name + COUNT.incrementAndGet();
    }

    /** A user who holds these permissions in a context, and no others. */
    Person user(String context, String value, String... permissions) {
        String email = fresh("user") + "@example.com";
        admin.post("/1.0/users", "email", email, "password", PASSWORD).ok();
        Person user = logIn(email);
        if (permissions.length > 0) {
            give(email, role(context, permissions), value);
        }
        return user;
    }

    Person logIn(String email) {
        Said said = admin.post("/1.0/auth/login", "email", email, "password", PASSWORD)
                .ok();
        return new Person(email, said.json().path("token").asText());
    }

    String role(String context, String... permissions) {
        String role = fresh("role");
        admin.post("/1.0/roles", "name", role, "context", context).ok();
        for (String permission : permissions) {
            admin.post("/1.0/roles/" + role + "/permissions", "permission", permission)
                    .ok();
        }
        return role;
    }

    void give(String email, String role, String value) {
        admin.post("/1.0/roles/" + role + "/user", "email", email, "context", value)
                .ok();
    }

    String team() {
        String team = fresh("team");
        admin.post("/1.0/teams", "name", team).ok();
        return team;
    }

    /** An app of a team, in a pool of its own name that lets everybody in. */
    String app(String team, String... more) {
        String app = fresh("app");
        List<String> form = new ArrayList<>(List.of("name", app, "teamOwner", team));
        form.addAll(List.of(more));
        admin.post("/1.0/apps", form.toArray(String[]::new)).ok();
        return app;
    }

    static String encoded(String... pairs) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parts.add(URLEncoder.encode(pairs[i], UTF_8) + "=" + URLEncoder.encode(pairs[i + 1], UTF_8));
        }
        return String.join("&", parts);
    }

    /** Somebody who asks. */
    final class Person {
        final String email;
        final String token;

        private Person(String email, String token) {
            this.email = email;
            this.token = token;
        }

        Said get(String path) {
            return send("GET", path, "", "");
        }

        Said delete(String path) {
            return send("DELETE", path, "", "");
        }

        Said post(String path, String... form) {
            return send("POST", path, "application/x-www-form-urlencoded", encoded(form));
        }

        Said put(String path, String... form) {
            return send("PUT", path, "application/x-www-form-urlencoded", encoded(form));
        }

        Said send(String method, String path, String type, String body) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path))
                    .timeout(Duration.ofMinutes(1))
                    .header("Authorization", "bearer " + token)
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
            if (!type.isEmpty()) {
                request.header("Content-Type", type);
            }
            try {
                HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
                return new Said(answer.statusCode(), answer.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Acts by another credential. */
        Person by(String other) {
            return new Person(email, other);
        }
    }
}
