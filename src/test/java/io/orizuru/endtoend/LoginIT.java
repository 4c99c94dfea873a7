package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logging in, accounts and teams. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class LoginIT {
    private final TestServer server;
    private final Installation here;
    private final Tsuru admin;
    private final Tsuru anonymous;

    LoginIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        admin = here.tsuru();
        anonymous = admin.as(null);
    }

    private String register(String email, String password) {
        assertThat(anonymous
                        .post("/1.0/users", "email", email, "password", password)
                        .status())
                .isEqualTo(201);
        return logIn(email, password);
    }

    private String logIn(String email, String password) {
        Reply reply = anonymous.post("/1.0/users/" + email + "/tokens", "password", password);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json().path("token").asText();
    }

    @Test
    void theSchemesAreToldToEverybody() {
        assertThat(anonymous.get("/1.0/auth/scheme").json().path("name").asText())
                .isEqualTo("native");
        JsonNode schemes = anonymous.get("/1.18/auth/schemes").json();
        assertThat(schemes).hasSize(1);
        assertThat(schemes.path(0).path("name").asText()).isEqualTo("native");
        assertThat(schemes.path(0).path("default").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/1.0/auth/login", "/auth/login", "/1.0/users/admin@example.com/tokens"})
    void bothPathsLogIn(String path) {
        Reply reply = anonymous.post(path, "email", server.adminEmail(), "password", server.adminPassword());
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        Tsuru tsuru = admin.as(reply.json().path("token").asText());
        JsonNode info = tsuru.get("/1.0/users/info").json();
        assertThat(info.path("Email").asText()).isEqualTo(server.adminEmail());
        assertThat(info.path("Roles")).isNotEmpty();
    }

    @Test
    void aWrongPasswordAndAnUnknownUserAreRefused() {
        assertThat(anonymous
                        .post("/1.0/auth/login", "email", server.adminEmail(), "password", "wrong-one")
                        .status())
                .isEqualTo(401);
        assertThat(anonymous
                        .post("/1.0/auth/login", "email", "who@example.com", "password", "wrong-one")
                        .status())
                .isIn(401, 404);
        assertThat(anonymous
                        .post("/1.0/auth/login", "email", server.adminEmail())
                        .status())
                .isEqualTo(400);
    }

    @Test
    void thePathThatNamesTheUserRefusesAsTheOtherDoes() {
        String path = "/1.0/users/" + server.adminEmail() + "/tokens";
        assertThat(anonymous.post(path, "password", "wrong-one").status()).isEqualTo(401);
        assertThat(anonymous.post(path).status()).isEqualTo(400);
    }

    @Test
    void loggingOutEndsThatSessionOnly() {
        String first = register("leaver@example.com", "leave me alone");
        String second = logIn("leaver@example.com", "leave me alone");
        assertThat(admin.as(first).delete("/1.0/users/tokens").status()).isEqualTo(200);
        assertThat(admin.as(first).get("/1.0/users/info").status()).isEqualTo(401);
        assertThat(admin.as(second).get("/1.0/users/info").status()).isEqualTo(200);
    }

    @Test
    void anApiKeyWorksUntilAnotherIsMade() {
        Tsuru user = admin.as(register("keys@example.com", "many keys"));
        String key = user.get("/1.0/users/api-key").json().asText();
        assertThat(key).isNotEmpty();
        assertThat(user.get("/1.0/users/api-key").json().asText()).isEqualTo(key);
        assertThat(admin.as(key).get("/1.0/users/info").json().path("Email").asText())
                .isEqualTo("keys@example.com");
        String other = user.post("/1.0/users/api-key").json().asText();
        assertThat(other).isNotEqualTo(key);
        assertThat(admin.as(key).get("/1.0/users/info").status()).isEqualTo(401);
        assertThat(admin.as(other).get("/1.0/users/info").status()).isEqualTo(200);
    }

    @Test
    void aUserIsRemovedWithAllThatLetsItIn() {
        String token = register("goner@example.com", "gone soon");
        String key = admin.as(token).get("/1.0/users/api-key").json().asText();
        assertThat(anonymous
                        .post("/1.0/users", "email", "goner@example.com", "password", "gone soon")
                        .status())
                .isEqualTo(409);
        assertThat(admin.delete("/1.0/users?user=goner%40example.com").status()).isEqualTo(200);
        assertThat(admin.as(token).get("/1.0/users/info").status()).isEqualTo(401);
        assertThat(admin.as(key).get("/1.0/users/info").status()).isEqualTo(401);
        assertThat(anonymous
                        .post("/1.0/users/goner@example.com/tokens", "password", "gone soon")
                        .status())
                .isIn(401, 404);
        assertThat(admin.delete("/1.0/users?user=goner%40example.com").status()).isEqualTo(404);
    }

    @Test
    void teamsAreMadeListedAndRemoved() {
        assertThat(admin.postJson("/1.0/teams", "{\"name\": \"herons\", \"tags\": [\"a\", \"b\"]}")
                        .status())
                .isEqualTo(201);
        assertThat(admin.post("/1.0/teams", "name", "herons").status()).isEqualTo(409);
        assertThat(admin.post("/1.0/teams", "name", "No Team!").status()).isEqualTo(400);
        assertThat(admin.get("/1.0/teams").json().findValuesAsText("name")).contains("herons");
        assertThat(admin.delete("/1.0/teams/herons").status()).isEqualTo(200);
        assertThat(admin.get("/1.0/teams").json().findValuesAsText("name")).doesNotContain("herons");
        assertThat(admin.delete("/1.0/teams/herons").status()).isEqualTo(404);
    }

    @Test
    void aTeamThatOwnsAnAppStays() {
        here.create("owned", "static");
        assertThat(admin.delete("/1.0/teams/" + Installation.TEAM).status()).isEqualTo(403);
    }
}
