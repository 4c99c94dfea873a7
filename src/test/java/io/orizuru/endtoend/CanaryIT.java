package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.Certificates;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
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
    private static final String GIVEN = "canary-given-55e0aa";

    /** Each puts its secret where it belongs and answers it; in this order. */
    private static final Map<String, Function<CanaryIT, String>> FIELDS = fields();

    private final GivingService service = GivingService.start("GIVEN", GIVEN);
    private MailServer mail;
    private TestServer server;
    private Tsuru admin;
    private Tsuru anonymous;
    private Tsuru user;
    private final StringBuilder errors = new StringBuilder();
    private final Map<String, String> secrets = new LinkedHashMap<>();

    /** Where what is no secret was found. */
    private final List<String> places = new ArrayList<>();

    private final List<String> found = new ArrayList<>();

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
        fields.put("repository's password", it -> it.deployPrivately("canary-repository-2b71f4"));
        fields.put("private key", CanaryIT::setCertificate);
        fields.put("private key in the wrong place", CanaryIT::setBadCertificate);
        fields.put("service's password", it -> it.offer("canary-service-8d20e1"));
        fields.put("parameter of an instance", it -> it.makeInstance("canary-parameter-c41b7f"));
        fields.put("variable of a bind", CanaryIT::bind);
        fields.put("app token", CanaryIT::appToken);
        fields.put("team token", CanaryIT::teamToken);
        fields.put("regenerated team token", CanaryIT::regenerateTeamToken);
        return fields;
    }

    @BeforeAll
    void start() {
        mail = new MailServer();
        server = TestServer.start(mail::configure);
        admin = Tsuru.of(server);
        anonymous = admin.as(null);
        user = anonymous;
        Installation.on(server, List.of("static")).create(APP, "static", Source.example("static"));
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        mail.close();
        service.close();
    }

    @Test
    void noSecretLiesOpenAnywhere() throws IOException {
        FIELDS.forEach((name, put) -> secrets.put(name, put.apply(this)));
        secrets.forEach((name, secret) -> assertThat(secret).as(name).hasSizeGreaterThan(15));

        look("the server's log", Files.readString(server.output()));
        look("the answers that refuse", errors.toString());
        look("the metrics", admin.get("/metrics").body());
        look("the events", events());
        look("the command lines", commandLines());
        int visible = places.size();
        try (Rows rows = Rows.of(server)) {
            rows.tables().forEach(table -> lookAtTable(table, rows.text(table)));
        }
        assertThat(places.size()).as("tables in which the search finds").isGreaterThan(visible);
        visible = places.size();
        lookAtFiles();
        assertThat(places.size()).as("files in which the search finds").isGreaterThan(visible);

        assertThat(found).isEmpty();
    }

    private void look(String place, String text) {
        if (text.contains(USER)) {
            places.add(place);
        }
        secrets.forEach((name, secret) -> {
            if (text.contains(secret)) {
                found.add("the " + name + " in " + place);
            }
        });
    }

    /** A column of bytes reads as hexadecimal digits. */
    private void lookAtTable(String table, String text) {
        look("the table " + table, text);
        secrets.forEach((name, secret) -> {
            if (text.contains(HexFormat.of().formatHex(secret.getBytes(UTF_8)))) {
                found.add("the " + name + " in bytes of the table " + table);
            }
        });
    }

    /**
     * The server's files, the database's own and its logs among them; but for those that a running unit is started from.
     * Each is read once.
     */
    private void lookAtFiles() throws IOException {
        try (Stream<Path> files = Files.walk(server.data())) {
            files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/apps/" + APP + "/units/"))
                    .forEach(file -> look(file.toString(), content(file)));
        }
    }

    private String deployPrivately(String password) {
        String deploy = "/1.0/apps/" + APP + "/deploy";
        refused(admin.post(deploy, "git-url", "http://127.0.0.1:9/blog", "git-password", password));
        refused(admin.post(deploy, "git-url", "https://git:" + password + "@127.0.0.1:9/blog"));
        Reply reply = admin.post(deploy, "git-url", "https://127.0.0.1:9/blog", "git-password", password);
        assertThat(reply.body()).contains("the repository cannot be fetched");
        errors.append(reply.headers()).append(reply.body());
        return password;
    }

    private String offer(String password) {
        String[] form = {"id", "store", "password", password, "endpoint", service.endpoint(), "team", Installation.TEAM
        };
        assertThat(admin.post("/1.0/services", form).status()).isEqualTo(201);
        refused(admin.post("/1.0/services", form));
        refused(admin.post(
                "/1.0/services",
                "id",
                "other",
                "password",
                password,
                "endpoint",
                "http://us:" + password + "@127.0.0.1",
                "team",
                Installation.TEAM));
        return password;
    }

    private String makeInstance(String parameter) {
        String[] form = {"name", "one", "owner", Installation.TEAM, "parameters.key", parameter};
        assertThat(admin.post("/1.0/services/store/instances", form).status()).isEqualTo(201);
        refused(admin.post("/1.0/services/store/instances", form));
        return parameter;
    }

    private String bind() {
        Reply bound = admin.put("/1.0/services/store/instances/one/" + APP, "parameters.key", GIVEN);
        assertThat(bound.status()).as(bound.body()).isEqualTo(200);
        assertThat(bound.error()).isEmpty();
        refused(admin.put("/1.0/services/store/instances/one/" + APP));
        errors.append(bound.body());
        return GIVEN;
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

    /** A line of the key, wherever the rest of it is. */
    private String setCertificate() {
        Certificates made = certificate("shown.example.net");
        assertThat(admin.post("/1.5/apps/" + APP + "/routers", "name", "tls").status())
                .isEqualTo(200);
        assertThat(admin.post("/1.0/apps/" + APP + "/cname", "cname", "shown.example.net")
                        .status())
                .isEqualTo(200);
        Reply set = set("shown.example.net", pem(made), key(made));
        assertThat(set.status()).as(set.body()).isEqualTo(200);
        Reply listed = admin.get("/1.24/apps/" + APP + "/certificate");
        assertThat(listed.body()).contains("BEGIN CERTIFICATE");
        errors.append(set.body()).append(listed.body());
        return middle(key(made));
    }

    private String setBadCertificate() {
        Certificates made = certificate("refused.example.net");
        String key = key(made);
        refused(set("shown.example.net", pem(made), key));
        refused(set("shown.example.net", key, key));
        refused(set("shown.example.net", pem(certificate("shown.example.net")), key));
        refused(set("shown.example.net", pem(made), key.replace("PRIVATE", "ENCRYPTED PRIVATE")));
        refused(set(
                "shown.example.net", pem(made), key.substring(0, key.length() - 60) + "\n-----END PRIVATE KEY-----\n"));
        refused(admin.put("/1.2/apps/none/certificate", "cname", "a.example.net", "key", key));
        return middle(key);
    }

    private static String middle(String key) {
        return key.lines().toList().get(1).substring(40, 64);
    }

    private Reply set(String name, String certificate, String key) {
        return admin.put("/1.2/apps/" + APP + "/certificate", "cname", name, "certificate", certificate, "key", key);
    }

    private Certificates certificate(String name) {
        try {
            Path directory = Files.createTempDirectory("canary-");
            return new Certificates(directory, "canary" + System.nanoTime(), "dns:" + name);
        } catch (IOException | InterruptedException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(Certificates made) {
        try {
            return made.certificatePem();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String key(Certificates made) {
        try {
            return made.keyPem().value();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private String appToken() {
        for (JsonNode variable : admin.get("/1.0/apps/" + APP + "/env").json()) {
            if (variable.path("name").asText().equals("TSURU_APP_TOKEN")) {
                return variable.path("value").asText();
            }
        }
        throw new AssertionError("the app has no token");
    }

    private String teamToken() {
        Reply created = admin.post("/1.6/tokens", "token_id", "canary", "team", Installation.TEAM);
        String token = created.json().path("token").asText();
        assertThat(admin.as(token).get("/1.0/info").status()).isEqualTo(200);
        refused(admin.as(token).post("/1.0/teams", "name", "cages"));
        return token;
    }

    private String regenerateTeamToken() {
        return admin.put("/1.6/tokens/canary", "regenerate", "true")
                .json()
                .path("token")
                .asText();
    }

    /** All of them, and what their custom data holds, which is BSON in base64. */
    private String events() {
        JsonNode list = admin.get("/1.1/events?limit=100").json();
        assertThat(list.findValuesAsText("UniqueID")).isNotEmpty();
        StringBuilder texts = new StringBuilder(list.toString());
        StringBuilder decoded = new StringBuilder();
        for (String id : list.findValuesAsText("UniqueID")) {
            JsonNode event = admin.get("/1.1/events/" + id).json();
            texts.append(event);
            for (String data : event.findValuesAsText("Data")) {
                decoded.append(new String(Base64.getDecoder().decode(data), UTF_8));
            }
        }
        assertThat(decoded).as("custom data").contains("Envs.0.Value", USER);
        return texts.append(decoded).toString();
    }

    private static String commandLines() {
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                .map(CanaryIT::content)
                .collect(Collectors.joining("\n"));
    }

    private static String content(Path file) {
        try {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        } catch (IOException goneMeanwhile) {
            return "";
        }
    }
}
