package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.http.OperationDescriptor;
import io.orizuru.http.ServedOperations;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manners of the API, which hold for every operation. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class MannersIT {
    private static final String APP = "polite";
    private static final String ENV = "/1.0/apps/" + APP + "/env";
    private static final String FORM = "application/x-www-form-urlencoded";

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;
    /** The first line of a log that nobody writes to; begun early, since it takes half a minute. */
    private final CompletableFuture<String> keptAlive;

    MannersIT(TestServer server) {
        this.server = server;
        // The real limit takes 700 MB to reach.
        server.restart(List.of("-Dquarkus.http.limits.max-body-size=4M"));
        here = Installation.on(server);
        tsuru = here.tsuru();
        here.create("silent", "static");
        keptAlive = CompletableFuture.supplyAsync(this::firstLineOfSilence);
        here.create(APP, "python", Source.example("python"));
    }

    private String firstLineOfSilence() {
        try (Wire wire = new Wire(server.api())) {
            wire.send(head("GET", "/1.0/apps/silent/log?lines=0&follow=1", "")).lineWith("x-json-stream");
            while (!wire.line().isEmpty()) {
                // The rest of the head.
            }
            String size = wire.line();
            return size + ":" + wire.line();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String head(String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: api\r\nAuthorization: bearer " + server.adminToken() + "\r\n"
                + headers + "\r\n";
    }

    // Paths.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/apps",
                "/1.0/apps",
                "/healthcheck/",
                "/1.18/auth/schemes",
                "/auth/schemes",
                "/pools/here",
                "//apps"
            })
    void aPathAnswersWithoutAVersionAndWithItsOwn(String path) {
        assertThat(tsuru.get(path).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/apps/",
                "/1.1/apps",
                "/2.0/apps",
                "/1/apps",
                "/v1.0/apps",
                "/1.0.0/apps",
                "/1.0/1.0/apps",
                "/1.0/auth/schemes",
                "/nothing",
                "/1.0",
                "/apps/" + APP + "/nothing"
            })
    void anyOtherPathIsNotFound(String path) {
        Reply reply = tsuru.get(path);
        assertThat(reply.status()).as(reply.body()).isEqualTo(404);
        assertThat(reply.body()).contains("404 page not found");
    }

    @Test
    void aliasesAnswerExactlyAsTheyAreDocumented() {
        for (OperationDescriptor operation : ServedOperations.all()) {
            for (String alias : operation.aliases()) {
                String path = alias.replaceAll("\\{app[^}]*}", APP).replaceAll("\\{[^}]*}", "absent");
                Reply reply = tsuru.send(operation.method(), path);
                assertThat(reply.body()).as(operation.method() + " " + path).doesNotContain("page not found");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"DELETE,/1.0/apps", "PUT,/1.0/info", "POST,/1.0/apps/polite/units", "PATCH,/1.0/apps/polite"})
    void aMethodThatAPathDoesNotHaveIsNotFound(String method, String path) {
        assertThat(tsuru.send(method, path).status()).isEqualTo(404);
    }

    // Answers.

    @Test
    void everyAnswerNamesTheClientsThatItUnderstandsAndTheRequest() {
        Reply reply = tsuru.get("/1.0/apps");
        assertThat(reply.header("Supported-Tsuru")).isEqualTo("1.0.1");
        assertThat(reply.header("Supported-Crane")).isEqualTo("1.0.0");
        assertThat(reply.header("Supported-Tsuru-Admin")).isEqualTo("1.0.0");
        assertThat(reply.header("X-Request-Id")).isNotEmpty();
        assertThat(reply.header("X-Request-Id"))
                .isNotEqualTo(tsuru.get("/1.0/apps").header("X-Request-Id"));
    }

    @Test
    void aRequestsOwnIdIsEchoedUnlessItIsStrange() throws IOException {
        try (Wire wire = new Wire(server.api())) {
            String answer = wire.send(head("GET", "/info", "X-Request-Id: mine-1\r\nConnection: close\r\n"))
                    .rest();
            assertThat(answer).containsIgnoringCase("X-Request-Id: mine-1\r\n");
        }
        try (Wire wire = new Wire(server.api())) {
            String answer = wire.send(head("GET", "/info", "X-Request-Id: <b>mine</b>\r\nConnection: close\r\n"))
                    .rest();
            assertThat(answer).doesNotContain("<b>").containsIgnoringCase("X-Request-Id: ");
        }
    }

    @Test
    void anEmptyListIsAnAnswerWithoutABody() {
        Reply reply = tsuru.get("/1.0/apps?name=none-of-that-name");
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void aSilentStreamIsKeptAlive() throws Exception {
        assertThat(keptAlive.get(60, TimeUnit.SECONDS)).isEqualTo("1:");
    }

    // Input.

    @Test
    void formJsonAndMultipartSayTheSame() {
        String[] form = {
            "Envs.0.Name",
            "WAY",
            "Envs.0.Value",
            "a b&ü",
            "Envs.1.Name",
            "OTHER",
            "Envs.1.Value",
            "",
            "NoRestart",
            "true"
        };
        List<JsonNode> results = new ArrayList<>();
        results.add(after(tsuru.post(ENV, form)));
        results.add(after(tsuru.post(
                ENV,
                "envs.0.name",
                "WAY",
                "ENVS.0.VALUE",
                "a b&ü",
                "envs.1.name",
                "OTHER",
                "envs.1.value",
                "",
                "norestart",
                "1")));
        results.add(after(tsuru.postJson(
                ENV,
                "{\"envs\": [{\"name\": \"WAY\", \"value\": \"a b&ü\"}, {\"Name\": \"OTHER\", \"value\": \"\"}],"
                        + " \"noRestart\": true, \"unknown\": {}}")));
        results.add(after(tsuru.multipart("POST", ENV, null, form)));
        assertThat(results.getFirst().findValuesAsText("name")).contains("WAY", "OTHER");
        assertThat(results).allSatisfy(result -> assertThat(result).isEqualTo(results.getFirst()));
    }

    private JsonNode after(Reply set) {
        assertThat(set.status()).as(set.body()).isEqualTo(200);
        assertThat(set.error()).as(set.body()).isEmpty();
        JsonNode environment = tsuru.get(ENV).json();
        tsuru.delete(ENV + "?env=WAY&env=OTHER&noRestart=true");
        return environment;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /1.0/apps/none/env | application/json | {broken | 404 | App none not found",
                "POST | ENV | application/json | {broken | 400 | unable to parse as json",
                "POST | ENV | application/json | [1, 2] | 400 | ''",
                "POST | ENV | application/json | {\"envs\": \"text\"} | 400 | envs",
                "POST | ENV | application/json | {\"envs\": [{\"name\": 7.5, \"value\": {}}]} | 400 | envs",
                "POST | ENV | application/json | {} | 400 | ''",
                "POST | ENV | application/x-www-form-urlencoded | Envs.0.Name=%zz | 400 | percent",
                "POST | ENV | application/x-www-form-urlencoded | Envs.0.Name=1A&Envs.0.Value=x | 400 | 1A",
                "POST | ENV | application/x-www-form-urlencoded | Envs.999999999.Name=A | 400 | ''",
                "POST | ENV | application/x-www-form-urlencoded | Envs=1&Envs.0.Name=A | 400 | ''",
                "POST | ENV | application/x-www-form-urlencoded | Envs.0.Name=A&Private=perhaps | 400 | rivate",
                "POST | ENV | multipart/form-data | x | 400 | boundary",
                "POST | ENV | multipart/form-data; boundary=abc | no part at all | 400 | ''",
                "PUT | /1.0/apps/polite/units | application/x-www-form-urlencoded | units=many | 400 | units",
                "PUT | /1.0/apps/polite/units | application/x-www-form-urlencoded | units=-1 | 400 | units",
                "PUT | /1.0/apps/polite/units | application/x-www-form-urlencoded | units=1&process=none | 400 | none",
                "POST | /1.0/apps | application/x-www-form-urlencoded | name=Bad%20Name&platform=static | 400 | ''",
                "POST | /1.0/apps | application/x-www-form-urlencoded | name=good&platform=cobol | 400 | ''",
                "POST | /1.0/apps/polite/deploy | application/x-www-form-urlencoded | origin=moon | 400 | Invalid deployment origin",
                "POST | /1.0/apps/polite/deploy | application/x-www-form-urlencoded | a=b | 400 | upload a file",
                "GET | /1.0/apps/polite/log | text/plain | '' | 400 | lines",
                "GET | /1.0/apps/polite/log?lines=few | text/plain | '' | 400 | lines",
                "GET | /1.0/deploys/short | text/plain | '' | 400 | ObjectId",
                "POST | /1.0/apps/polite/log | application/x-www-form-urlencoded | message=%zz | 400 | percent",
                "POST | /1.0/apps/polite/repository/clone | application/x-www-form-urlencoded | git-url=file:///etc | 400 | begins with https://",
                "POST | /1.0/apps/none/repository/clone | application/x-www-form-urlencoded | git-url=https://example.com/x | 404 | App not found",
                "POST | /1.8/apps/polite/routable | application/x-www-form-urlencoded | version=9&isRoutable=true | 400 | version",
                "POST | /app/polite/routable | application/x-www-form-urlencoded | version=9&isRoutable=true | 400 | version",
                "POST | /app/none/routable | application/x-www-form-urlencoded | version=1&isRoutable=true | 404 | App none not found",
                "POST | /1.5/apps/polite/routers | application/json | {broken | 400 | unable to parse as json",
                "POST | /app/polite/routers | application/json | {broken | 400 | unable to parse as json",
                "POST | /app/polite/routers | application/x-www-form-urlencoded | name=absent | 404 | absent",
                "PUT | /1.5/apps/polite/routers/main | application/json | {\"opts\": {}} | 400 | updating is not supported",
                "PUT | /app/polite/routers/main | application/json | {\"opts\": {}} | 400 | updating is not supported",
                "PUT | /app/polite/routers/absent | application/json | {} | 404 | absent",
                "GET | /app/none/routers | text/plain | '' | 404 | App none not found",
                "DELETE | /app/polite/routers/absent | text/plain | '' | 404 | absent",
                "DELETE | /1.12/apps/polite/units/absent?force=perhaps | text/plain | '' | 400 | force",
                "POST | /1.9/apps/none/units/autoscale | application/json | {} | 404 | App none not found",
                "DELETE | /1.9/apps/none/units/autoscale?process=web | text/plain | '' | 404 | App none not found",
                "POST | /1.29/apps/none/units/autoscale/swap | application/x-www-form-urlencoded | version=1 | 404 | App none not found",
                "POST | /1.0/swap | application/x-www-form-urlencoded | app1=polite&app2=polite | 400 | itself",
                "POST | /1.0/teams | application/json | {\"name\": \"\"} | 400 | ''"
            })
    void badInputIsRefusedAndSaysWhy(
            String method, String path, String type, String body, int status, String contained) {
        Reply reply = Tsuru.await(tsuru.start(method, path.equals("ENV") ? ENV : path, type, body.getBytes(UTF_8)));
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).isNotBlank().contains(contained);
        assertThat(reply.header("Content-Type")).startsWith("text/plain");
    }

    @Test
    void jsonThatIsNestedTooDeepIsRefused() {
        Reply reply = tsuru.postJson(ENV, "{\"envs\": " + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(tsuru.get("/1.0/apps").status()).isEqualTo(200);
    }

    @Test
    void aBodyThatIsDeclaredTooLargeIsRefusedWithAText() throws IOException {
        try (Wire wire = new Wire(server.api())) {
            String answer = wire.send(head(
                            "POST",
                            ENV,
                            "Content-Type: " + FORM + "\r\nContent-Length: 900000000\r\nConnection: close\r\n"))
                    .rest();
            assertThat(answer).startsWith("HTTP/1.1 413 ");
            assertThat(bodyOf(answer)).isNotBlank();
        }
    }

    @Test
    void aBodyThatGrowsTooLargeIsRefusedWithAText() throws IOException {
        try (Wire wire = new Wire(server.api())) {
            wire.send(head(
                    "POST", ENV, "Content-Type: " + FORM + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"));
            String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
            for (int i = 0; i < 80; i++) {
                wire.send(chunk);
            }
            String answer = wire.send("0\r\n\r\n").rest();
            assertThat(answer).startsWith("HTTP/1.1 413 ");
            assertThat(bodyOf(answer)).isNotBlank();
        }
    }

    @Test
    void headersThatAreTooLargeAreRefused() throws IOException {
        try (Wire wire = new Wire(server.api())) {
            String answer = wire.send(head("GET", "/info", "X-Large: " + "x".repeat(60_000) + "\r\n"))
                    .rest();
            assertThat(answer).startsWith("HTTP/1.1 431 ");
        }
    }

    private static String bodyOf(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    // Clients.

    @Test
    void aClientThatGoesAwayDoesNotStopItsWork() throws IOException {
        String form = "Envs.0.Name=GREETING&Envs.0.Value=Servus";
        try (Wire wire = new Wire(server.api())) {
            wire.send(head("POST", ENV, "Content-Type: " + FORM + "\r\nContent-Length: " + form.length() + "\r\n")
                            + form)
                    .lineWith("\"Message\"");
        }
        Eventually.holds(() -> assertThat(here.visitor(APP).page()).contains("Servus"));
        try (Rows rows = Rows.of(server)) {
            Eventually.holds(() -> assertThat(rows.column(
                            "select running || '/' || error from event where kind = 'app.update.env.set'"
                                    + " and target_value = ? order by started_at desc limit 1",
                            APP))
                    .containsExactly("false/"));
        }
    }

    @Test
    void aDeployGoesOnWithoutItsClient() throws IOException {
        here.create("left-alone", "static");
        tsuru.openDeploy("left-alone", Source.example("static").archive())
                .body()
                .close();
        Eventually.holds(() -> assertThat(here.visitor("left-alone").page()).contains("It flies"));
        Eventually.holds(() ->
                assertThat(here.info("left-alone").path("deploys").asInt()).isEqualTo(1));
    }

    @Test
    void slowReadersDoNotDisturbOthers() throws IOException {
        String[] lines = new String[2 * 200];
        for (int i = 0; i < lines.length; i += 2) {
            lines[i] = "message";
            lines[i + 1] = "x".repeat(1_000);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(tsuru.post("/1.0/apps/" + APP + "/log", lines).status()).isEqualTo(200);
        }
        List<Wire> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                Wire wire = new Wire(server.api(), 4_096);
                slow.add(wire);
                wire.send(head("GET", "/1.0/apps/" + APP + "/log?lines=2000&follow=1", ""));
                assertThat(wire.line()).contains(" 200 ");
            }
            long begin = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThat(tsuru.get("/1.0/apps").status()).isEqualTo(200);
                assertThat(tsuru.post("/1.0/apps/" + APP + "/log", "message", "more")
                                .status())
                        .isEqualTo(200);
            }
            assertThat((System.nanoTime() - begin) / 1_000_000_000L).isLessThan(15);
        } finally {
            for (Wire wire : slow) {
                wire.close();
            }
        }
    }

    // The description.

    @Test
    void theDescriptionIsWholeAndSound() {
        JsonNode description = tsuru.as(null).get("/openapi.json").json();
        assertThat(description.path("openapi").asText()).startsWith("3.1.");
        assertThat(description.at("/info/title").asText()).isNotEmpty();
        assertThat(description.at("/info/version").asText()).isNotEmpty();
        Set<String> ids = new HashSet<>();
        description.path("paths").properties().forEach(path -> {
            assertThat(path.getKey()).startsWith("/");
            path.getValue().properties().forEach(operation -> {
                JsonNode said = operation.getValue();
                String name = operation.getKey() + " " + path.getKey();
                assertThat(operation.getKey()).isIn("get", "put", "post", "delete", "patch", "head");
                assertThat(ids.add(said.path("operationId").asText()))
                        .as("own id of " + name)
                        .isTrue();
                assertThat(said.path("responses")).as("answers of " + name).isNotEmpty();
                said.path("responses").properties().forEach(answer -> {
                    assertThat(answer.getKey()).matches("[1-5]\\d\\d");
                    assertThat(answer.getValue().path("description").asText()).isNotEmpty();
                });
                assertThat(namesIn(path.getKey()))
                        .as("parameters of " + name)
                        .isEqualTo(pathParameters(said.path("parameters")));
            });
        });
    }

    @Test
    void everyOperationIsDescribed() {
        JsonNode paths = tsuru.get("/openapi.json").json().path("paths");
        for (OperationDescriptor operation : ServedOperations.all()) {
            List<String> ways = new ArrayList<>(operation.aliases());
            ways.add(operation.path());
            ways.add("/" + operation.since() + operation.path());
            for (String way : ways) {
                JsonNode said = paths.path(way).path(operation.method().toLowerCase(Locale.ROOT));
                assertThat(said.path("summary").asText())
                        .as(operation.method() + " " + way)
                        .isEqualTo(operation.title());
                assertThat(said.path("security").isEmpty()).isEqualTo(operation.open());
            }
        }
    }

    private static Set<String> namesIn(String path) {
        Set<String> names = new HashSet<>();
        Matcher matcher = Pattern.compile("\\{(\\w+)}").matcher(path);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    private static Set<String> pathParameters(JsonNode parameters) {
        Set<String> names = new HashSet<>();
        for (JsonNode parameter : parameters) {
            if (parameter.path("in").asText().equals("path")) {
                assertThat(parameter.path("required").asBoolean()).isTrue();
                names.add(parameter.path("name").asText());
            }
        }
        return names;
    }
}
