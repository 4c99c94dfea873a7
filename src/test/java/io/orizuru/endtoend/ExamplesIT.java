package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bundled examples, from their first deploy to their removal. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class ExamplesIT {
    private static final String FAILED = "---- ERROR during deploy: ----";

    /** An example, how it is broken on purpose, and what its broken unit says last. */
    enum Example {
        STATIC("static", "static", "It flies", "health check /") {
            @Override
            Source broken() {
                return source().replacing("index.html", "It flies", "It fell")
                        .replacing("tsuru.yaml", "  path: /", "  path: /\n  deploy_timeout_seconds: 2");
            }
        },
        PYTHON("python", "python", "Guest book", "the ink is dry") {
            @Override
            Source broken() {
                return source().replacing("app.py", "server.serve_forever()", "sys.exit('the ink is dry')");
            }
        },
        NODE("node", "nodejs", "from Node", "the clock has stopped") {
            @Override
            Source broken() {
                return source().with("server.js", "throw new Error('the clock has stopped');\n");
            }
        },
        GO("go", "go", "from Go", "the tally is lost") {
            @Override
            Source broken() {
                return source().replacing(
                                "main.go",
                                "var visitors int64",
                                "var visitors int64\n\tlog.Fatal(\"the tally is lost\")");
            }
        },
        JAVA("java", "java", "from Java", "the spring is broken") {
            @Override
            Source broken() {
                return source().replacing(
                                "Clock.java",
                                "server.start()",
                                "if (true) throw new IOException(\"the spring is broken\")");
            }
        };

        private final String directory;
        private final String platform;
        private final String sign;
        private final String lastWords;

        Example(String directory, String platform, String sign, String lastWords) {
            this.directory = directory;
            this.platform = platform;
            this.sign = sign;
            this.lastWords = lastWords;
        }

        abstract Source broken();

        Source source() {
            return Source.example(directory);
        }

        boolean greets() {
            return this != STATIC;
        }

        String app() {
            return "my-" + directory;
        }
    }

    private final Installation here;
    private final Tsuru tsuru;

    ExamplesIT(TestServer server) {
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    @BeforeAll
    void everyExampleHasItsPlatform() {
        Set<String> platforms = Set.copyOf(tsuru.get("/1.0/platforms").json().findValuesAsText("Name"));
        assertThat(platforms)
                .containsAll(Stream.of(Example.values()).map(e -> e.platform).toList());
    }

    @AfterAll
    void allIsSound() {
        here.assertSound();
    }

    @ParameterizedTest
    @EnumSource
    void anExampleLivesAsItShould(Example example) throws Exception {
        isDeployed(example);
        if (example.greets()) {
            getsAnotherVariableWithoutAFailedRequest(example);
        }
        isBrokenOnPurpose(example);
        isScaled(example);
        isStoppedStartedAndRestarted(example);
        tellsItsLog(example);
        isRemoved(example);
    }

    private void isDeployed(Example example) {
        here.create(example.app(), example.platform);
        Reply deployed = tsuru.deploy(example.app(), example.source().archive());
        assertThat(deployed.status()).as(deployed.body()).isEqualTo(200);
        assertThat(deployed.header("Content-Type")).isEqualTo("text");
        assertThat(deployed.header("X-Tsuru-Eventid")).matches("[0-9a-f]{24}");
        assertThat(deployed.body())
                .contains("Building version 1 for the platform " + example.platform, "Starting 1 new unit [web: 1]")
                .endsWith("\nOK\n");
        assertThat(page(example)).contains(example.sign);
        JsonNode info = here.info(example.app());
        assertThat(info.path("deploys").asInt()).isEqualTo(1);
        assertThat(info.path("units")).singleElement().satisfies(unit -> {
            assertThat(unit.path("Status").asText()).isEqualTo("started");
            assertThat(unit.path("Routable").asBoolean()).isTrue();
        });
        assertThat(tsuru.get("/1.0/deploys?app=" + example.app()).json().findValuesAsText("ID"))
                .containsExactly(deployed.header("X-Tsuru-Eventid"));
    }

    private void getsAnotherVariableWithoutAFailedRequest(Example example) {
        Visits visits = Visits.of(here.visitor(example.app()));
        try (visits) {
            Reply set = tsuru.post(
                    env(example), "Envs.0.Name", "GREETING", "Envs.0.Value", "Bonjour & salut", "NoRestart", "false");
            assertThat(set.header("Content-Type")).isEqualTo("application/x-json-stream");
            assertThat(set.error()).as(set.body()).isEmpty();
            assertThat(page(example)).contains("Bonjour");
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(visits.served()).isPositive();
    }

    private void isBrokenOnPurpose(Example example) {
        JsonNode before = here.lastingInfo(example.app());
        String environment = tsuru.get(env(example)).body();
        String page = page(example);
        Visits visits = Visits.of(here.visitor(example.app()));
        try (visits) {
            Reply failed = tsuru.deploy(example.app(), example.broken().archive());
            assertThat(failed.status()).isEqualTo(200);
            assertThat(failed.body())
                    .contains("is not healthy", example.lastWords, FAILED, "did not become healthy")
                    .doesNotEndWith("\nOK\n");
            Reply told = tsuru.get("/1.0/deploys/" + failed.header("X-Tsuru-Eventid"));
            assertThat(told.json().path("Error").asText()).contains("did not become healthy");
            assertThat(told.json().path("Log").asText()).contains(example.lastWords);
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.lastingInfo(example.app())).isEqualTo(before);
        assertThat(tsuru.get(env(example)).body()).isEqualTo(environment);
        if (example == Example.STATIC) {
            assertThat(page(example)).isEqualTo(page);
        }
    }

    private void isScaled(Example example) {
        Visits visits = Visits.of(here.visitor(example.app()));
        try (visits) {
            Reply added = tsuru.put(path(example, "/units"), "units", "2", "process", "web");
            assertThat(added.error()).as(added.body()).isEmpty();
            assertThat(here.units(example.app())).hasSize(3);
            Reply removed = tsuru.delete(path(example, "/units?units=1&process=web"));
            assertThat(removed.error()).as(removed.body()).isEmpty();
            assertThat(here.units(example.app())).hasSize(2);
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(tsuru.delete(path(example, "/units?units=7&process=web")).status())
                .isEqualTo(400);
    }

    private void isStoppedStartedAndRestarted(Example example) {
        Reply stopped = tsuru.post(path(example, "/stop"));
        assertThat(stopped.error()).as(stopped.body()).isEmpty();
        // A unit that is told to end has its time for it.
        Eventually.holds(() -> assertThat(here.processes(example.app())).isEmpty());
        assertThat(page(example)).startsWith("50");
        Reply started = tsuru.post(path(example, "/start"));
        assertThat(started.error()).as(started.body()).isEmpty();
        assertThat(page(example)).contains(example.sign);
        Set<String> units = here.units(example.app());
        assertThat(units).hasSize(2);
        Visits visits = Visits.of(here.visitor(example.app()));
        try (visits) {
            Reply restarted = tsuru.post(path(example, "/restart"));
            assertThat(restarted.error()).as(restarted.body()).isEmpty();
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.units(example.app())).hasSize(2).doesNotContainAnyElementsOf(units);
    }

    private void tellsItsLog(Example example) throws IOException {
        if (example.greets()) {
            String unit = here.units(example.app()).iterator().next();
            Eventually.holds(() -> assertThat(
                            log(example, "lines=500&source=web&unit=" + unit).findValuesAsText("Message"))
                    .anyMatch(message -> message.contains("on port")));
        }
        tsuru.post(path(example, "/log"), "message", "one", "message", "two", "source", "me", "unit", "u1");
        assertThat(log(example, "lines=10&source=me").findValuesAsText("Message"))
                .containsExactly("one", "two");
        assertThat(log(example, "lines=1&source=me").findValuesAsText("Message"))
                .containsExactly("two");
        assertThat(log(example, "lines=10&unit=u1").findValuesAsText("Unit")).containsOnly("u1");
        assertThat(tsuru.get(path(example, "/log?lines=10&source=nobody")).body())
                .isBlank();
        isFollowed(example);
    }

    private void isFollowed(Example example) throws IOException {
        HttpResponse<InputStream> followed =
                tsuru.open("GET", path(example, "/log?lines=1&source=me&follow=1"), null, new byte[0]);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(followed.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).contains("two");
            tsuru.post(path(example, "/log"), "message", "three", "source", "me");
            assertThat(lines.readLine()).contains("three");
        }
    }

    private void isRemoved(Example example) throws IOException {
        String app = example.app();
        Reply removed = tsuru.delete("/1.0/apps/" + app);
        assertThat(removed.error()).as(removed.body()).isEmpty();
        assertThat(tsuru.get("/1.0/apps/" + app).status()).isEqualTo(404);
        assertThat(here.visitor(app).look("/").status()).isEqualTo(404);
        assertThat(here.processes(app)).isEmpty();
        assertThat(here.files(app)).isEmpty();
        try (Rows rows = Rows.of(here.server())) {
            // Events are the record of what happened, and numbers of versions are never given out twice.
            assertThat(rows.tablesWith(app)).isSubsetOf("event", "event_log", "version_counter");
        }
    }

    @Test
    void anArchiveThatIsNoneIsRefusedAndTellsWhy() {
        here.create("no-archive", "static");
        Reply failed = tsuru.deploy("no-archive", "this is no archive".getBytes(StandardCharsets.UTF_8));
        assertThat(failed.body()).contains(FAILED).doesNotEndWith("\nOK\n");
        assertThat(here.info("no-archive").path("units")).isEmpty();
        assertThat(here.info("no-archive").path("deploys").asInt()).isZero();
        assertThat(here.processes("no-archive")).isEmpty();
    }

    private String page(Example example) {
        return here.visitor(example.app()).page();
    }

    private JsonNode log(Example example, String query) {
        Reply reply = tsuru.get(path(example, "/log?" + query));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.json();
    }

    private static String env(Example example) {
        return path(example, "/env");
    }

    private static String path(Example example, String rest) {
        return "/1.0/apps/" + example.app() + rest;
    }
}
