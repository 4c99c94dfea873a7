package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.testing.Certificates;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API's own socket: its certificate, and which peers may speak for somebody else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ListenerIT {
    private static final String PROXY = "127.0.0.2";
    private static final String STRANGER = "127.0.0.3";
    private static final String CLIENT = "203.0.113.7";

    private final Path certificate;
    private final Path key;
    private final Certificates first;
    private final Certificates second;
    private TestServer server;

    ListenerIT(@TempDir Path directory) throws Exception {
        first = new Certificates(directory, "first", "ip:127.0.0.1");
        second = new Certificates(directory, "second", "ip:127.0.0.1");
        certificate = directory.resolve("certificate.pem");
        key = directory.resolve("key.pem");
    }

    @BeforeAll
    void start() throws Exception {
        show(first);
        server = TestServer.start(
                settings -> {
                    settings.put("tls-certificate", certificate.toString()).put("tls-key", key.toString());
                    settings.putArray("trusted-proxies").add(PROXY + "/32");
                },
                first);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private void show(Certificates shown) throws Exception {
        Files.writeString(key, shown.keyPem().value());
        Files.writeString(certificate, shown.certificatePem());
    }

    @Test
    void aChangedCertificateIsShownWithoutAStart() throws Exception {
        assertThat(health(first)).isEqualTo(200);
        show(second);
        try {
            Eventually.holds(() -> assertThat(reaches(second)).isTrue());
            assertThat(reaches(first)).isFalse();
        } finally {
            show(first);
            Eventually.holds(() -> assertThat(reaches(first)).isTrue());
        }
    }

    @Test
    void cleartextIsNotAnswered() {
        URI cleartext = URI.create(server.api().toString().replace("https:", "http:"));
        HttpRequest request =
                HttpRequest.newBuilder(cleartext.resolve("/healthcheck")).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThatThrownBy(() -> client.send(request, BodyHandlers.discarding()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void onlyATrustedProxySpeaksForSomebodyElse() throws Exception {
        assertThat(sourceOfTeam("by-proxy", PROXY)).isEqualTo(CLIENT);
        assertThat(sourceOfTeam("by-stranger", STRANGER)).isEqualTo(STRANGER);
    }

    /** The address on record for the event of a request that comes from {@code peer} and says it is another's. */
    private String sourceOfTeam(String name, String peer) throws Exception {
        HttpRequest create = request("/1.0/teams")
                .header("Content-Type", "application/json")
                .header("X-Forwarded-For", CLIENT)
                .header("X-Forwarded-Proto", "https")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\": \"" + name + "\"}", UTF_8))
                .build();
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(first.trustedAlone())
                .localAddress(InetAddress.getByName(peer))
                .build()) {
            assertThat(client.send(create, BodyHandlers.discarding()).statusCode())
                    .isEqualTo(201);
            HttpRequest events =
                    request("/1.1/events?target.type=team&target.value=" + name).build();
            String told = client.send(events, BodyHandlers.ofString()).body();
            return new JsonMapper().readTree(told).path(0).path("SourceIP").asText();
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.api().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "bearer " + server.adminToken());
    }

    private boolean reaches(Certificates trusted) throws Exception {
        try {
            return health(trusted) == 200;
        } catch (SSLException another) {
            return false;
        }
    }

    private int health(Certificates trusted) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(server.api().resolve("/healthcheck"))
                .timeout(Duration.ofSeconds(20))
                .build();
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(trusted.trustedAlone()).build()) {
            return client.send(request, BodyHandlers.discarding()).statusCode();
        }
    }
}
