package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A server that hides who there is and sends its mail into files; and its key is changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class KeyRotationIT {
    private TestServer server;
    private Tsuru admin;
    private Tsuru anonymous;

    @BeforeAll
    void start() {
        server = TestServer.start(settings -> settings.putObject("auth").put("hide-unknown-users", true));
        admin = Tsuru.of(server);
        anonymous = admin.as(null);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private List<Path> mails() {
        Path outbox = server.data().resolve("mail");
        if (Files.notExists(outbox)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(outbox)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anUnknownUserLooksLikeAWrongPassword() {
        Reply unknown = anonymous.post("/1.0/auth/login", "email", "no@example.com", "password", "whatever");
        Reply wrong = anonymous.post("/1.0/auth/login", "email", server.adminEmail(), "password", "whatever");
        assertThat(unknown.status()).isEqualTo(wrong.status()).isEqualTo(401);
        assertThat(unknown.body()).isEqualTo(wrong.body());

        for (String email : List.of("no@example.com", server.adminEmail())) {
            assertThat(anonymous.post("/1.0/users/" + email + "/password").status())
                    .isEqualTo(200);
            Reply reset = anonymous.post("/1.0/users/" + email + "/password", "token", "none", "password", "whatever");
            assertThat(reset.status()).isEqualTo(400);
            assertThat(reset.body()).isEqualTo("Invalid token\n");
        }
        Eventually.holds(() -> assertThat(mails()).hasSize(1));
    }

    @Test
    void everythingIsReadWithTheNewKeyAndTheOldOneIsGone() throws IOException {
        Installation here = Installation.on(server);
        here.create("kept", "static");
        admin.post("/1.0/apps/kept/env", "Envs.0.Name", "A", "Envs.0.Value", "a value", "Private", "true");
        JsonNode environment = admin.get("/1.0/apps/kept/env").json();
        String key = admin.get("/1.0/users/api-key").json().asText();
        Path keyFile = server.data().resolve("key.json");
        String old = Files.readString(keyFile);

        assertThatThrownBy(() -> server.runCommand("rotate-key"))
                .as("while the server runs")
                .hasMessageContaining("failed");
        assertThat(Files.readString(keyFile)).isEqualTo(old);
        server.terminate();
        assertThat(server.runCommand("rotate-key")).contains("encrypted anew");
        server.restart();

        assertThat(Files.readString(keyFile)).doesNotContain(primary(old));
        assertThat(admin.get("/1.0/apps/kept/env").json()).isEqualTo(environment);
        assertThat(admin.get("/1.0/users/api-key").json().asText()).isEqualTo(key);
        server.terminate();
        Files.writeString(keyFile, old);
        assertThatThrownBy(() -> server.restart()).hasMessageContaining("another key");
    }

    private static String primary(String keySet) {
        return keySet.replaceAll("(?s).*\"primaryKeyId\":\\s*(\\d+).*", "$1");
    }
}
