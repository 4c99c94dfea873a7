package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The server is asked to end, in the middle of things. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class ShutdownIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int TERMINATED = 143;

    private final TestServer server;

    ShutdownIT(TestServer server) {
        this.server = server;
    }

    @Test
    void aDeployGoesOnWithTheNextStartAndStreamsEnd() {
        Installation here = Installation.on(server);
        Tsuru tsuru = here.tsuru();
        here.create("leave", "python", Source.slow(0));
        Set<Long> processes = here.processes("leave");
        CompletableFuture<Reply> log = tsuru.start("GET", "/1.0/apps/leave/log?lines=10&follow=1", null, new byte[0]);
        CompletableFuture<Reply> deploy =
                tsuru.startDeploy("leave", Source.slow(9).archive());
        Eventually.holds(() -> {
            try (Rows rows = Rows.of(server)) {
                assertThat(rows.column("select id from unit where app = 'leave' and not healthy"))
                        .hasSize(1);
            }
        });

        long begin = System.nanoTime();
        assertThat(server.terminate()).isEqualTo(TERMINATED);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT);
        Reply told = Tsuru.await(deploy);
        assertThat(told.body()).contains("the server is stopping", told.header("X-Tsuru-Eventid"));
        assertThat(told.body()).doesNotEndWith("\nOK\n");
        assertThat(Tsuru.await(log).status()).isEqualTo(200);
        assertThat(here.processes("leave")).as("units go on").containsAll(processes);

        server.restart();
        try (Rows rows = Rows.of(server)) {
            // Taken at once, where a lease would last fifteen seconds; on a slow machine it may have ended by now.
            Eventually.holds(() -> assertThat(rows.column("select resource from lease union all"
                            + " select 'ended' from event where target_value = 'leave' and kind = 'app.deploy'"
                            + " group by target_value having not bool_or(running)"))
                    .containsAnyOf("app/leave", "ended"));
        }
        assertThat(here.visitor("leave").page()).containsPattern("after [09] s");
        Eventually.holds(() -> assertThat(here.visitor("leave").page()).contains("after 9 s"));
        Eventually.holds(() -> {
            try (Rows rows = Rows.of(server)) {
                assertThat(rows.column(
                                "select running || '/' || error || '/' || attempts from event where id = ?",
                                told.header("X-Tsuru-Eventid")))
                        .containsExactly("false//1");
                assertThat(rows.column("select id from unit where app = 'leave'"))
                        .hasSize(1);
                assertThat(rows.column("select resource from lease")).isEmpty();
            }
        });
    }

    @Test
    void unitsEndWithAServerThatIsToStopThemAndComeBackWithTheNext() {
        try (TestServer tidy = TestServer.start(settings -> settings.put("stop-units", true))) {
            Installation here = Installation.on(tidy);
            here.create("tidy", "static", Source.example("static"));
            assertThat(here.processes("tidy")).isNotEmpty();
            assertThat(tidy.terminate()).isEqualTo(TERMINATED);
            assertThat(here.processes("tidy")).isEmpty();
            tidy.restart();
            Eventually.holds(() -> assertThat(here.visitor("tidy").page()).contains("It flies."));
        }
    }

    @Test
    void theAppOfTheTourEndsWithTheTour() throws InterruptedException {
        try (TestServer toured = TestServer.start()) {
            toured.terminate();
            Installation here = new Installation(toured, new Tsuru(toured.api(), null));
            Path project = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
            Process tour = toured.startCommand("quickstart", List.of("-Dorizuru.home=" + project));
            try {
                Eventually.holds(Duration.ofMinutes(2), () -> assertThat(toured.outputTail())
                        .contains("Your first app:"));
                assertThat(here.processes("hello")).isNotEmpty();
                tour.destroy();
                assertThat(tour.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(here.processes("hello")).isEmpty();
            } finally {
                tour.destroyForcibly();
            }
        }
    }
}
