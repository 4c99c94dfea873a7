package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The server dies in the middle of things, as by a power cut, and comes back. {@link CrashWalkIT} has it die everywhere. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class CrashIT {
    private static final String APP = "phoenix";
    private static final int HALTED = 137;
    private static final Pattern FLIES = Pattern.compile("It flies: (\\d+)\\.");

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;
    private int deploys;

    CrashIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
        here.create(APP, "static", version(deploys));
    }

    /** A test that failed must not take the others with it. */
    @BeforeEach
    void serverRuns() {
        if (!server.isRunning()) {
            server.restart();
        }
        Matcher served = FLIES.matcher(here.visitor(APP).page());
        assertThat(served.find()).isTrue();
        deploys = Integer.parseInt(served.group(1));
    }

    /** The page says which deploy it comes from. */
    private static Source version(int deploy) {
        return Source.example("static").replacing("index.html", "It flies.", "It flies: " + deploy + ".");
    }

    @Test
    void aKilledServerFindsItsUnitsAgain() {
        Set<Long> processes = here.processes(APP);
        Set<String> units = here.units(APP);
        JsonNode info = here.lastingInfo(APP);
        server.kill();
        assertThat(here.processes(APP)).isEqualTo(processes);
        server.restart();
        assertThat(here.visitor(APP).page()).contains("It flies: " + deploys + ".");
        assertThat(here.units(APP)).isEqualTo(units);
        assertThat(here.processes(APP)).isEqualTo(processes);
        assertThat(here.lastingInfo(APP)).isEqualTo(info);
    }

    @Test
    void aDeployOfABrokenVersionGoesBackAfterTheCrash() {
        Set<String> units = here.units(APP);
        server.restart(List.of("-Dorizuru.fail-point=converge.after-start"));
        Source broken =
                version(deploys + 1).replacing("tsuru.yaml", "It flies", "It sings\"\n  deploy_timeout_seconds: 2 #");
        try {
            tsuru.deploy(APP, broken.archive());
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
        server.restart();
        Visits visits = Visits.of(here.visitor(APP));
        try (visits) {
            Eventually.holds(() -> assertThat(runningEvents()).isEmpty());
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(lastDeploy().path("Error").asText()).contains("did not become healthy");
        assertServes(deploys);
        assertThat(here.units(APP)).isEqualTo(units);
        assertWholeAndFree(here.processes(APP).size());
    }

    @Test
    void aVariableThatWasAcceptedIsSetThoughTheServerDied() {
        server.restart(List.of("-Dorizuru.fail-point=event.after-accept"));
        try {
            tsuru.post("/1.0/apps/" + APP + "/env", "Envs.0.Name", "ASHES", "Envs.0.Value", "warm");
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
        server.restart();
        Eventually.holds(() -> assertThat(runningEvents()).isEmpty());
        assertThat(tsuru.get("/1.0/apps/" + APP + "/env?env=ASHES").body()).contains("warm");
        assertServes(deploys);
    }

    @Test
    void aRestartedServerTakesItsOwnLeasesAtOnce() {
        dieUnderALease();
        try (EmbeddedPostgres _ = databaseAlone();
                Rows rows = Rows.of(server)) {
            assertThat(rows.column("select resource from lease where expires_at > now() + interval '15 seconds'"))
                    .as("leases that others would have to wait for any longer")
                    .isEmpty();
            rows.change("update lease set expires_at = now() + interval '1 hour'");
        }
        server.restart();
        Eventually.holds(() -> assertThat(runningEvents()).isEmpty());
        assertServes(deploys);
    }

    @Test
    void whatAnotherServerHoldsIsTakenOverWhenItsLeaseHasRunOut() {
        dieUnderALease();
        String end;
        try (EmbeddedPostgres _ = databaseAlone();
                Rows rows = Rows.of(server)) {
            rows.change("update lease set owner = 'another/life/1', expires_at = now() + interval '10 seconds'");
            end = rows.column("select expires_at from lease").getFirst();
        }
        server.restart();
        Eventually.holds(() -> assertThat(runningEvents()).isEmpty());
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column(
                            "select id from event where target_value = ? and ended_at > ?::timestamptz", APP, end))
                    .as("what ended after the other one's lease had run out")
                    .hasSize(1);
        }
        assertServes(deploys);
    }

    /** It ended with its server. */
    private EmbeddedPostgres databaseAlone() {
        EmbeddedPostgres database = EmbeddedPostgres.start(server.data());
        database.awaitReady();
        return database;
    }

    /** A variable is being set when the server dies. */
    private void dieUnderALease() {
        server.restart(List.of("-Dorizuru.fail-point=event.after-attempt"));
        try {
            tsuru.post("/1.0/apps/" + APP + "/env", "Envs.0.Name", "LEASED", "Envs.0.Value", "yes");
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
    }

    @Test
    void aSecondServerOnTheSameDataIsRefused() {
        assertThat(server.startAnother()).contains(server.data().toString());
        assertThat(server.isRunning()).isTrue();
        assertServes(deploys);
    }

    private void assertServes(int deploy) {
        assertThat(here.visitor(APP).page()).contains("It flies: " + deploy + ".");
    }

    /** One set of units, on record and in the world, and nothing that a dead operation still holds. */
    private void assertWholeAndFree(int processes) {
        assertThat(here.units(APP)).hasSize(1);
        Eventually.holds(() -> assertThat(here.processes(APP)).hasSize(processes));
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column("select event from target_lock")).isEmpty();
            assertThat(rows.column("select resource from lease where expires_at > now()"))
                    .isEmpty();
            assertThat(rows.column("select id from unit where app = ?", APP)).hasSize(1);
            assertThat(rows.column("select id from event where running")).isEmpty();
        }
    }

    private List<String> runningEvents() {
        try (Rows rows = Rows.of(server)) {
            return rows.column("select id from event where running");
        }
    }

    private JsonNode lastDeploy() {
        return tsuru.get("/1.0/deploys?app=" + APP + "&limit=1").json().path(0);
    }
}
