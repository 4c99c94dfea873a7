package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Puts a text that stands nowhere else into every field that is secret, and looks for it everywhere. A new secret field is a
 * new line of {@link #FIELDS}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class CanaryIT {
    private static final String USER = "canary@example.com";
    private static final String APP = "cage";

    /** Each puts its secret where it belongs and answers it; in this order. */
    private static final Map<String, Function<CanaryIT, String>> FIELDS = fields();

    private MailServer mail;
    private TestServer server;
    private Tsuru admin;
    private Tsuru anonymous;
    private Tsuru user;
    private final StringBuilder errors = new StringBuilder();

    private static Map<String, Function<CanaryIT, String>> fields() {
        Map<String, Function<CanaryIT, String>> fields = new LinkedHashMap<>();
        fields.put("administrator's password", it -> it.server.adminPassword());
        fields.put("administrator's session", it -> it.server.adminToken());
        fields.put("mail server's password", it -> MailServer.PASSWORD);
        fields.put("password", it -> it.register("canary-password-5dd81c"));
        fields.put("session", it -> it.logIn("canary-password-5dd81c"));
        fields.put("changed password", it -> it.change("canary-password-5dd81c", "canary-changed-77ab02"));
        fields.put("API key", it -> it.user.get("/1.0/users/api-key").json().asText());
        fields.put("mailed token", CanaryIT::askForToken);
        fields.put("mailed password", CanaryIT::resetPassword);
        fields.put("password where a name belongs", it -> it.mistype("canary-mistyped-3c9e44"));
        fields.put("wrong password", it -> it.mistake("canary-wrong-10f6d8"));
        fields.put("unknown token", it -> it.unknownToken("canary-token-e0b7c5"));
        fields.put("private variable", it -> it.setVariable("canary-variable-91f3a0"));
        fields.put("variable that is refused", it -> it.setBadVariable("canary-refused-64d2b9"));
        fields.put("app token", CanaryIT::appToken);
        return fields;
    }

    @BeforeAll
    void start() {
        mail = new MailServer();
        server = TestServer.start(mail::configure);
        admin = Tsuru.of(server);
        anonymous = admin.as(null);
        user = anonymous;
        Installation.on(server).create(APP, "python", Source.example("python"));
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        mail.close();
    }

    @Test
    void noSecretLiesOpenAnywhere() throws IOException {
        Map<String, String> secrets = new LinkedHashMap<>();
        FIELDS.forEach((name, put) -> secrets.put(name, put.apply(this)));

        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("the server's log", Files.readString(server.output()));
        texts.put("the answers that refuse", errors.toString());
        texts.put("the metrics", admin.get("/metrics").body());
        texts.put("the events", events());
        texts.put("the command lines", commandLines());
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.tablesWith(USER)).as("that the search finds").isNotEmpty();
            secrets.forEach((name, secret) -> {
                assertThat(secret).as(name).hasSizeGreaterThan(15);
                assertThat(rows.tablesWith(secret))
                        .as("tables with the " + name)
                        .isEmpty();
                assertThat(filesWith(secret)).as("files with the " + name).isEmpty();
                texts.forEach((where, text) ->
                        assertThat(text).as(where + ", for the " + name).doesNotContain(secret));
            });
        }
    }

    private Reply refused(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isBetween(400, 499);
        errors.append(reply.headers()).append(reply.body());
        return reply;
    }

    private String register(String password) {
        assertThat(anonymous
                        .post("/1.0/users", "email", USER, "password", password)
                        .status())
                .isEqualTo(201);
        refused(anonymous.post("/1.0/users", "email", USER, "password", password));
        return password;
    }

    private String logIn(String password) {
        Reply reply = anonymous.post("/1.0/auth/login", "email", USER, "password", password);
        String token = reply.json().path("token").asText();
        user = admin.as(token);
        return token;
    }

    private String change(String old, String chosen) {
        refused(user.put("/1.0/users/password", "old", old + "x", "new", chosen, "confirm", chosen));
        Reply changed = user.put("/1.0/users/password", "old", old, "new", chosen, "confirm", chosen);
        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        return chosen;
    }

    private String askForToken() {
        anonymous.post("/1.0/users/" + USER + "/password");
        return mail.secretFor(USER, 1);
    }

    private String resetPassword() {
        String token = mail.secretFor(USER, 1);
        refused(anonymous.post("/1.0/users/" + USER + "/password", "token", token, "password", "short"));
        assertThat(anonymous
                        .post("/1.0/users/" + USER + "/password", "token", token)
                        .status())
                .isEqualTo(200);
        refused(anonymous.post("/1.0/users/" + USER + "/password", "token", token));
        return mail.secretFor(USER, 2);
    }

    private String mistype(String password) {
        refused(anonymous.post("/1.0/auth/login", "email", password, "password", "x"));
        refused(anonymous.post("/1.0/auth/login", "email", password + "@example.com", "password", "not known"));
        return password;
    }

    private String mistake(String password) {
        refused(anonymous.post("/1.0/auth/login", "email", USER, "password", password));
        refused(anonymous.postJson("/1.0/auth/login", "{\"email\": [], \"password\": \"" + password + "\"}"));
        return password;
    }

    private String unknownToken(String token) {
        refused(admin.as(token).get("/1.0/users/info"));
        refused(anonymous.post("/1.0/users/" + USER + "/password", "token", token));
        return token;
    }

    private String setVariable(String value) {
        Reply set = admin.post(
                "/1.0/apps/" + APP + "/env", "Envs.0.Name", "SECRET", "Envs.0.Value", value, "Private", "true");
        assertThat(set.error()).as(set.body()).isEmpty();
        errors.append(set.body());
        return value;
    }

    private String setBadVariable(String value) {
        refused(admin.postJson(
                "/1.0/apps/" + APP + "/env", "{\"envs\": [{\"name\": \"1 bad\", \"value\": \"" + value + "\"}]}"));
        refused(admin.post("/1.0/apps/none/env", "Envs.0.Name", "A", "Envs.0.Value", value));
        return value;
    }

    private String appToken() {
        for (JsonNode variable : admin.get("/1.0/apps/" + APP + "/env").json()) {
            if (variable.path("name").asText().equals("TSURU_APP_TOKEN")) {
                return variable.path("value").asText();
            }
        }
        throw new AssertionError("the app has no token");
    }

    private String events() {
        JsonNode list = admin.get("/1.1/events?limit=100").json();
        assertThat(list.findValuesAsText("UniqueID")).isNotEmpty();
        return list
                + list.findValuesAsText("UniqueID").stream()
                        .map(id -> admin.get("/1.1/events/" + id).body())
                        .collect(Collectors.joining());
    }

    private static String commandLines() {
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                .map(CanaryIT::content)
                .collect(Collectors.joining("\n"));
    }

    /**
     * The server's files that hold a text, the database's own and its logs among them; but for those that a running unit is
     * started from.
     */
    private List<Path> filesWith(String text) {
        try (Stream<Path> files = Files.walk(server.data())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/apps/" + APP + "/units/"))
                    .filter(file -> content(file).contains(text))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String content(Path file) {
        try {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        } catch (IOException goneMeanwhile) {
            return "";
        }
    }
}
