package io.orizuru.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.db.TestDatabase;
import io.orizuru.event.Run;
import io.orizuru.event.ServerIdentity;
import io.orizuru.event.Step;
import io.orizuru.event.TestIdentity;
import io.orizuru.failure.Failure;
import io.orizuru.provision.process.ProcessEngine;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.orizuru.router.Traffic;
import io.orizuru.router.Wakes;
import io.orizuru.testing.RawTar;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An app whose pool changes to one of another engine; both engines are real ones, under two names. */
@Timeout(120)
class EngineChangeTest {
    private static final String APP = "mover";
    private static final @Nullable Integer USER = "root".equals(System.getProperty("user.name")) ? 61_900 : null;

    @TempDir
    Path directory;

    private TestDatabase postgres;
    private ProcessEngine here;
    private ProcessEngine there;
    private final WatchingRouter router = new WatchingRouter();
    private Reconciler reconciler;
    private String command = "orizuru-static .";

    @BeforeEach
    void start() throws IOException, InvalidSettings {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        postgres = new TestDatabase();
        postgres.database()
                .sql("insert into pool (name, provisioner) values ('p', 'process')")
                .update();
        postgres.database()
                .sql("insert into team (name, created_by) values ('t', 'o')")
                .update();
        postgres.database().sql("""
                        insert into app (name, pool, plan, team_owner, owner, unix_user)
                        values ('mover', 'p', '{}', 't', 'o', 1)""").update();
        here = engine("here", 28_000);
        there = engine("there", 28_100);
        ServerIdentity server = TestIdentity.in(Files.createDirectory(directory.resolve("server")));
        reconciler = new Reconciler(
                new UnitStore(postgres.database(), server, postgres.json()),
                new Engines(List.of(here, named("elsewhere", there))),
                new Routers(List.of(router), new Wakes()),
                new RouterAddresses(List.of(), 80),
                new SecureRandom(),
                server);
    }

    @AfterEach
    void stop() throws IOException {
        for (ProcessEngine engine : List.of(here, there)) {
            engine.stopAll();
            engine.close();
        }
        postgres.close();
    }

    private ProcessEngine engine(String name, int firstPort) {
        ProcessEngine engine = new ProcessEngine(
                ProcessEngine.Options.of(directory.resolve(name), new BuildEnvironment(Map.of(), List.of()))
                        .withPorts(firstPort, firstPort + 50)
                        .withStopTimeout(Duration.ofSeconds(2)),
                line -> {},
                Clock.systemUTC());
        engine.start();
        return engine;
    }

    private static Engine named(String name, Engine engine) {
        return (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (self, method, arguments) -> {
                    try {
                        return method.getName().equals("name") ? name : method.invoke(engine, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void build(Engine engine) throws IOException {
        Path archive = directory.resolve("archive.tar");
        Files.write(archive, new RawTar().file("index.html", 0644, "moved").tar());
        engine.build(new BuildRequest("key", APP, 1, "static", archive, Map.of(), USER, false), line -> {}, () -> {});
    }

    private static Desired desired(String provisioner, int generation) {
        Desired.DesiredProcess web = new Desired.DesiredProcess("web", 1, generation, 1, true, AppManifest.EMPTY);
        return new Desired(
                APP,
                generation,
                provisioner,
                List.of(web),
                Map.of("main", Set.of("mover.test")),
                Exposure.NONE,
                Map.of());
    }

    private void converge(Desired desired, int epoch) {
        reconciler.converge(new PlainRun(epoch), desired, this::spec);
    }

    private UnitSpec spec(UnitRecord unit) {
        return new UnitSpec(
                unit.id(), APP, unit.process(), command, List.of(), 1, unit.release(), Map.of(), 0, 0, USER);
    }

    private static List<String> units(Engine engine) {
        return engine.observe(APP).stream().map(ObservedUnit::id).toList();
    }

    @Test
    void theNewUnitsServeBeforeTheOldOnesGoAndNothingStaysAtTheOldEngine() throws IOException {
        build(here);
        converge(desired("process", 1), 1);
        List<String> old = units(here);
        build(there);
        converge(desired("elsewhere", 2), 2);

        assertThat(router.seen)
                .as("when the routes moved, the units before and the new ones answered")
                .containsExactly("here 1, there 0, to here", "here 1, there 1, to there");
        assertThat(here.observe(APP)).isEmpty();
        assertThat(here.apps()).doesNotContain(APP);
        assertThat(units(there)).hasSize(1).doesNotContainAnyElementsOf(old);

        build(here);
        converge(desired("process", 3), 3);
        assertThat(units(here)).hasSize(1);
        assertThat(there.apps()).doesNotContain(APP);
    }

    @Test
    void aMoveThatFailsLeavesWhatServedAndNothingAtTheNewEngine() throws IOException {
        build(here);
        converge(desired("process", 1), 1);
        List<String> old = units(here);
        build(there);
        command = "exit 3";
        assertThatThrownBy(() -> converge(desired("elsewhere", 2), 2))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("did not become healthy");
        command = "orizuru-static .";
        converge(desired("process", 1), 3);

        assertThat(units(here)).isEqualTo(old);
        assertThat(answers(router.backends.getFirst())).isTrue();
        assertThat(there.apps()).doesNotContain(APP);
    }

    private static boolean answers(Backend backend) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(backend.host(), backend.port()), 2000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Looks at the world whenever routes move to other backends. */
    private final class WatchingRouter implements Router {
        private final List<String> seen = new ArrayList<>();
        private List<Backend> backends = List.of();

        @Override
        public String name() {
            return "main";
        }

        @Override
        public String type() {
            return "watching";
        }

        @Override
        public boolean tls() {
            return false;
        }

        @Override
        public void applyCertificates(List<AppCertificates> certificates) {
            throw new UnsupportedOperationException("it has no TLS");
        }

        @Override
        public List<AppCertificates> observeCertificates() {
            return List.of();
        }

        @Override
        public void apply(AppRoutes routes) {
            if (!routes.backends().equals(backends)) {
                assertThat(backends).allMatch(EngineChangeTest::answers);
                assertThat(routes.backends()).hasSize(1).allMatch(EngineChangeTest::answers);
                seen.add("here " + units(here).size() + ", there "
                        + units(there).size() + ", to "
                        + (units(here).contains(routes.backends().getFirst().unit()) ? "here" : "there"));
            }
            backends = routes.backends();
        }

        @Override
        public List<AppRoutes> observe() {
            return List.of();
        }

        @Override
        public boolean awaitIdle(Set<Backend> leaving, Duration limit) {
            assertThat(leaving).as("what is drained still answers").allMatch(EngineChangeTest::answers);
            return true;
        }

        @Override
        public List<Traffic> traffic(String app) {
            return List.of();
        }
    }

    /** Under a lease that nobody else wants. */
    private record PlainRun(long epoch) implements Run {
        @Override
        public String event() {
            return "event";
        }

        @Override
        public String target() {
            return APP;
        }

        @Override
        public String owner() {
            return "somebody@example.com";
        }

        @Override
        public String team() {
            return "the team of somebody";
        }

        @Override
        public void check() {}

        @Override
        public <T> T await(Supplier<T> work) {
            return work.get();
        }

        @Override
        public void beyondCancelling() {}

        @Override
        public void cancellableAgain() {}

        @Override
        public void log(String message) {}

        @Override
        public <T extends @Nullable Object> T transaction(Supplier<T> work) {
            return work.get();
        }

        @Override
        public void transact(Runnable work) {
            work.run();
        }

        @Override
        public <T> T once(Step<T> step, Supplier<T> work) {
            return work.get();
        }

        @Override
        public <T> Optional<T> done(Step<T> step) {
            return Optional.empty();
        }

        @Override
        public void endData(Object data) {}

        @Override
        public void atEnd(Runnable inSameTransaction) {}
    }
}
