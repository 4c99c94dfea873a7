package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.endtoend.Source;
import io.orizuru.testing.TestServer;
import java.io.ByteArrayOutputStream;
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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Somebody who may deploy apps, and visits them through the router. */
final class Tenant {
    private static final String TEAM = "tenants";
    private static final String BOUNDARY = "4f1c7be3a9d2";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final TestServer server;

    private Tenant(TestServer server) {
        this.server = server;
    }

    /** With a team, a pool of the process engine and a platform that builds nothing. */
    static Tenant of(TestServer server) {
        Tenant tenant = new Tenant(server);
        assertThat(tenant.json("/1.0/teams", "{\"name\": \"" + TEAM + "\"}").statusCode())
                .isEqualTo(201);
        assertThat(tenant.json("/1.0/pools", "{\"name\": \"p\", \"public\": true, \"provisioner\": \"process\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(tenant.parts("/1.0/platforms", new byte[0], Map.of("name", "generic"))
                        .statusCode())
                .isEqualTo(200);
        return tenant;
    }

    /** Makes an app and deploys it. */
    void create(String app, Map<String, String> files) {
        HttpResponse<String> created = form(
                "/1.0/apps",
                Map.of("name", app, "platform", "generic", "pool", "p", "teamOwner", TEAM, "description", ""));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(deploy(app, files)).endsWith("\nOK\n");
    }

    String deploy(String app, Map<String, String> files) {
        return parts("/1.0/apps/" + app + "/deploy", Source.archive(files), Map.of("origin", "app-deploy"))
                .body();
    }

    JsonNode info(String app) {
        return read(send(request("/1.0/apps/" + app).GET()).body());
    }

    /** The addresses of an app's units. */
    List<String> addresses(String app) {
        return info(app).path("units").findValuesAsText("IP");
    }

    HttpResponse<String> form(String path, Map<String, String> fields) {
        String text = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(text)));
    }

    HttpResponse<String> put(String path, Map<String, String> fields) {
        String text = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .PUT(BodyPublishers.ofString(text)));
    }

    HttpResponse<String> delete(String path) {
        return send(request(path).DELETE());
    }

    HttpResponse<String> visit(String app, String path) {
        return send(HttpRequest.newBuilder(URI.create(server.router() + path))
                .timeout(Duration.ofSeconds(60))
                .setHeader("Host", app + ".apps.example.com"));
    }

    /** Sends what must not be sent twice. */
    HttpResponse<String> end(String app) {
        return send(HttpRequest.newBuilder(URI.create(server.router() + "/"))
                .timeout(Duration.ofSeconds(60))
                .setHeader("Host", app + ".apps.example.com")
                .POST(BodyPublishers.noBody()));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.api() + path))
                .timeout(Duration.ofMinutes(3))
                .header("Authorization", "bearer " + server.adminToken());
    }

    private HttpResponse<String> json(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
    }

    private HttpResponse<String> parts(String path, byte[] archive, Map<String, String> fields) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        fields.forEach((name, value) -> body.writeBytes(
                ("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
                        .getBytes(UTF_8)));
        if (archive.length > 0) {
            body.writeBytes(("--" + BOUNDARY
                            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"archive.tar.gz\"\r\n"
                            + "Content-Type: application/octet-stream\r\n\r\n")
                    .getBytes(UTF_8));
            body.writeBytes(archive);
            body.writeBytes("\r\n".getBytes(UTF_8));
        }
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static JsonNode read(String text) {
        try {
            return new JsonMapper().readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
