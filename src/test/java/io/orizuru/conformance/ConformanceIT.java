package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Replays all scenarios on one fresh server and holds every step against the ledger and the deviations.
 *
 * <p>System properties, for a developer:
 *
 * <ul>
 *   <li>{@code orizuru.base}, {@code orizuru.admin.password}: a server that runs already, and is fresh
 *   <li>{@code orizuru.have}: what it has, comma-separated, in the words of the scenarios' {@code needs}
 *   <li>{@code orizuru.set}: {@code name=value,...}, variables of the scenarios ({@code docker_node}, {@code base_image} …)
 *   <li>{@code conformance.only}: a text in the names of the scenarios to replay
 *   <li>{@code ledger.write=true}: write the ledger instead of holding the steps against it
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceIT {
    static final Path FILES = Path.of(System.getProperty("basedir", "."), "src/test/resources/conformance");
    static final List<String> REFERENCES = List.of("1.12", "1.31");

    /** What a server of this version has; the build must not lose one silently. */
    private static final String HAVE = "none,app,router-tls";

    private static final Path LEDGER = FILES.resolve("ledger.txt");

    private final boolean writing = Boolean.getBoolean("ledger.write");
    private final String only = System.getProperty("conformance.only", "");
    private final Set<String> have =
            Set.of(System.getProperty("orizuru.have", HAVE).split(","));
    private final Set<StepKey> passed = new TreeSet<>();
    private final Set<String> replayed = new HashSet<>();

    private final Verdict verdict;

    private @Nullable TestServer server;
    private @Nullable OutsideSystems outside;
    private @Nullable ApiClient client;
    private @Nullable Replay replay;

    ConformanceIT() throws IOException {
        verdict = new Verdict(Ledger.read(LEDGER), Deviation.read(FILES.resolve("deviations.yaml")));
    }

    @BeforeAll
    void open() throws IOException, InterruptedException {
        URI base;
        String email = "admin@example.com";
        String password;
        if (System.getProperty("orizuru.base") == null) {
            server = TestServer.start();
            base = server.api();
            email = server.adminEmail();
            password = server.adminPassword();
        } else {
            base = URI.create(System.getProperty("orizuru.base"));
            password = System.getProperty("orizuru.admin.password", "");
        }
        outside = OutsideSystems.start();
        client = new ApiClient(base);
        Map<String, String> variables = new HashMap<>();
        variables.put("admin_token", client.login(email, password));
        variables.put("admin_email", email);
        variables.put("helper_url", outside.url().toString());
        variables.put("redis_server", "127.0.0.1:6379");
        for (String setting : System.getProperty("orizuru.set", "").split(",")) {
            int sign = setting.indexOf('=');
            if (sign > 0) {
                variables.put(setting.substring(0, sign), setting.substring(sign + 1));
            }
        }
        replay = new Replay(client, Variables.of(variables));
    }

    @AfterAll
    void close() throws IOException {
        if (client != null) {
            client.close();
        }
        if (outside != null) {
            outside.close();
        }
        if (server != null) {
            server.close();
        }
        if (writing) {
            verdict.ledger()
                    .after(passed, key -> replayed.contains(key.reference() + "/" + key.scenario()))
                    .write(LEDGER);
        }
    }

    @TestFactory
    Stream<DynamicContainer> everyStepIsAnsweredAsTheLedgerSays() {
        return REFERENCES.stream()
                .map(reference -> DynamicContainer.dynamicContainer(
                        reference,
                        Scenario.in(FILES.resolve("scenarios").resolve(reference)).stream()
                                .filter(scenario -> scenario.name().contains(only))
                                .map(scenario ->
                                        DynamicTest.dynamicTest(scenario.name(), () -> replay(reference, scenario)))));
    }

    private void replay(String reference, Scenario scenario) throws InterruptedException {
        if (!have.containsAll(scenario.needs())) {
            assertThat(verdict.ledger().steps())
                    .as("steps in the ledger of a scenario that is skipped, since it needs %s", scenario.needs())
                    .noneMatch(key ->
                            key.reference().equals(reference) && key.scenario().equals(scenario.name()));
            abort("it needs " + scenario.needs());
        }
        replayed.add(reference + "/" + scenario.name());
        List<String> complaints = new ArrayList<>();
        for (Replay.Outcome outcome : Objects.requireNonNull(replay).run(scenario)) {
            StepKey key = new StepKey(reference, scenario.name(), outcome.step().id());
            if (outcome.passed() && !verdict.deviations().containsKey(key)) {
                passed.add(key);
            }
            verdict.complaint(key, outcome).ifPresent(complaints::add);
        }
        if (!writing && !complaints.isEmpty()) {
            fail(String.join("\n", complaints));
        }
    }
}
