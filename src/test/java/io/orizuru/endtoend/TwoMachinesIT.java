package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Servers of two machines on one database: units belong to the machine that runs them, whoever is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class TwoMachinesIT {
    private static final String APP = "settled";
    /** Longer than a lease. */
    private static final long LEASE_AND_MORE_MS = 18_000;

    private Pair pair;
    private TestServer one;
    private TestServer other;
    private Installation here;
    private Tsuru atOther;

    @BeforeAll
    void start() throws IOException {
        pair = Pair.ofTwoMachines();
        one = pair.one();
        other = pair.other();
        here = Installation.on(one);
        atOther = pair.tsuru(other);
    }

    @AfterAll
    void end() throws IOException {
        pair.close();
    }

    private CompletableFuture<Reply> set(String value) {
        return atOther.startForm("POST", "/1.0/apps/" + APP + "/env", "Envs.0.Name", "STEP", "Envs.0.Value", value);
    }

    private Set<String> units() {
        return Set.copyOf(pair.column("select id from unit where app = ?", APP));
    }

    @Test
    void whatIsAskedForElsewhereIsDoneWhereTheUnitsAreAndNowhereElse() throws Exception {
        here.create(APP, "static", Source.example("static"));
        Set<String> first = units();

        Reply reply = Tsuru.await(set("one"));
        assertThat(reply.error()).as(reply.body()).isEmpty();
        Set<String> second = units();
        assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
        Eventually.holds(() -> assertThat(pair.unitsOnDisk(one, APP)).containsExactlyElementsOf(second));
        assertThat(pair.unitsOnDisk(other, APP)).isEmpty();
        Eventually.holds(() -> assertThat(pair.visitorAt(other, APP).page()).contains("It flies."));

        one.kill();
        CompletableFuture<Reply> waiting = set("two");
        Thread.sleep(LEASE_AND_MORE_MS);
        assertThat(waiting).as("nobody else does it").isNotDone();
        assertThat(units()).isEqualTo(second);
        assertThat(pair.unitsOnDisk(other, APP)).isEmpty();
        assertThat(pair.visitorAt(other, APP).page()).as("units live on").contains("It flies.");

        one.restart();
        assertThat(Tsuru.await(waiting).error()).isEmpty();
        assertThat(units()).hasSize(1).doesNotContainAnyElementsOf(second);
        assertThat(pair.unitsOnDisk(other, APP)).isEmpty();
        assertThat(atOther.get("/1.0/apps/" + APP + "/env?env=STEP").body()).contains("\"two\"");
    }
}
