package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.files.Trees;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What builds and units write stops neither a start, nor a removal, nor another app. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class TreesIT {
    private static final Map<String, String> QUIET = Map.of("Procfile", "worker: exec sleep 100000\n");

    private final TestServer server;
    private final Path apps;
    private Tenant tenant;

    TreesIT(TestServer server) {
        this.server = server;
        this.apps = server.data().resolve("units/apps");
        this.tenant = Tenant.of(server);
    }

    @BeforeAll
    void makeANeighbour() {
        tenant.create("neighbour", QUIET);
    }

    @Test
    void aBuildThatMakesDirectoriesWithoutEndFailsInWords() throws Exception {
        tenant.create("digger", QUIET);
        String said = tenant.deploy(
                "digger",
                Map.of(
                        "Procfile", "worker: exec sleep 100000\n",
                        "dig.py", HostileTrees.deep(60_000),
                        "tsuru.yaml", "hooks:\n  build:\n    - python3 dig.py\n"));
        assertThat(said)
                .contains("directories more than 200 deep, the limit: \"d/d/d/")
                .doesNotEndWith("\nOK\n");
        assertThat(tenant.info("digger").path("units").size()).isEqualTo(1);
    }

    @Test
    void whatAKilledServerLeftOfSuchABuildStopsNoStart() throws Exception {
        server.kill();
        Path left = Files.createDirectories(apps.resolve("neighbour/builds/.build-left-1-1"));
        HostileTrees.run(left, HostileTrees.deep(20_000));
        Files.createDirectories(apps.resolve("lost+found"));
        Path broken = Files.createDirectories(apps.resolve("broken/units/broken-web-1"));
        Files.writeString(broken.resolve("unit.json"), "{");
        server.restart();
        assertThat(left).doesNotExist();
        assertThat(tenant.info("neighbour").path("units").size()).isEqualTo(1);
        await("the trash to be empty", () -> trash().isEmpty());
        Trees.delete(apps.resolve("broken"));
        Trees.delete(apps.resolve("lost+found"));
    }

    @Test
    void anAppWhoseUnitDugDeepIsRemovedWithAllOfIt() throws Exception {
        tenant.create(
                "mole",
                Map.of(
                        "Procfile",
                        "worker: python3 dig.py; exec sleep 100000\n",
                        "dig.py",
                        HostileTrees.deep(30_000)
                                + "import time\nopen('/home/application/current/made', 'w').close()\n"));
        await("the unit to have dug", () -> Files.exists(apps.resolve("mole/builds/v1/made")));
        assertThat(tenant.delete("/1.0/apps/mole").body()).contains("Done removing application");
        assertNothingLeft("mole");
    }

    @Test
    void whatAUnitPrintsWithoutEndFillsNoDiskAndStopsNoRemoval() throws Exception {
        tenant.create("printer", Map.of("Procfile", "worker: exec yes\n"));
        Path log = onlyUnit("printer").resolve("log");
        long largest = 0;
        for (long end = System.nanoTime() + Duration.ofSeconds(6).toNanos(); System.nanoTime() < end; ) {
            largest = Math.max(largest, Files.size(log));
            Thread.onSpinWait();
        }
        // As much as may wait, and what comes between two looks on a machine that is busy.
        assertThat(largest).isLessThan(2L << 30);
        assertThat(tenant.delete("/1.0/apps/printer").body()).contains("Done removing application");
        assertNothingLeft("printer");
    }

    @Test
    void aUnitWhoseDirectoryIsTakenAwayEndsAndComesBack() throws Exception {
        tenant.create("robbed", QUIET);
        Path unit = onlyUnit("robbed");
        ProcessHandle former = supervisor(unit);
        Trees.delete(unit);
        await("its process to end", () -> !former.isAlive());
        await("another one to take its place", () -> livingUnits("robbed") == 1);
    }

    @Test
    void noCommandLineTellsWhereTheDataIsOrWhoseItIs() throws Exception {
        tenant.create("hidden", QUIET);
        List<String> lines = supervisor(onlyUnit("hidden"))
                .descendants()
                .map(process -> commandLine(process.pid()))
                .toList();
        assertThat(lines)
                .isNotEmpty()
                .noneMatch(line -> line.contains(server.data().toString()) || line.contains("hidden"));
        assertThat(commandLine(supervisor(onlyUnit("hidden")).pid()))
                .doesNotContain(server.data().toString());
    }

    private void assertNothingLeft(String app) {
        await("the trash to be empty", () -> trash().isEmpty());
        assertThat(apps.resolve(app)).doesNotExist();
        assertThat(server.run("doctor").output()).doesNotContain("app/" + app, "group/", "removed-is-gone");
    }

    private List<Path> trash() {
        Path trash = server.data().resolve("units/trash");
        if (Files.notExists(trash)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(trash)) {
            return found.toList();
        } catch (IOException e) {
            return List.of(trash);
        }
    }

    private Path onlyUnit(String app) throws IOException {
        try (Stream<Path> found = Files.list(apps.resolve(app).resolve("units"))) {
            return found.filter(path -> !path.getFileName().toString().startsWith("."))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private long livingUnits(String app) {
        try (Stream<Path> found = Files.list(apps.resolve(app).resolve("units"))) {
            return found.filter(unit -> Files.exists(unit.resolve("run")))
                    .filter(unit -> supervisor(unit).isAlive())
                    .count();
        } catch (IOException | java.util.NoSuchElementException e) {
            return 0;
        }
    }

    private static ProcessHandle supervisor(Path unit) {
        try {
            String line = Files.readString(unit.resolve("run"));
            return ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' '))))
                    .orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String commandLine(long pid) {
        try {
            return new String(Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline")), UTF_8)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            Thread.onSpinWait();
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
