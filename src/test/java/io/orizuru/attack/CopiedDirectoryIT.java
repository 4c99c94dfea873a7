package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server on a copy of the data directory of another one that runs: two platforms, which do nothing to each other. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CopiedDirectoryIT {
    @Test
    void theCopyHasUnitsARouterAndADatabaseOfItsOwnAndLeavesThoseOfTheOriginalAlone() throws Exception {
        try (TestServer original = TestServer.start(settings -> settings.put("router", "own-process"))) {
            Site site = Site.on(original);
            Site.await("the page", () -> site.page().equals("here"));
            Set<Long> units = site.supervisors();
            String unit = unit(site);
            long postmaster = postmaster(original);
            assertThat(units).hasSize(1);

            try (TestServer copy = TestServer.start(settings -> {
                copy(original.data(), Path.of(settings.required("data").asText()));
                settings.put("router", "own-process").put("stop-units", true);
            })) {
                Site twin = site.at(copy);
                Site.await("the page of the copy", () -> twin.page().equals("here"));
                // Until then the copied routes lead to the original's unit.
                Site.await("a unit of the copy", () -> !twin.supervisors().isEmpty());
                Site.await("the page of its own", () -> twin.page().equals("here"));
                assertThat(twin.supervisors()).hasSize(1).doesNotContainAnyElementsOf(units);
                assertThat(postmaster(copy)).isNotEqualTo(postmaster);
                assertThat(site.missedWhile(copy::terminate)).isEmpty();
                assertThat(twin.supervisors()).isEmpty();
            }

            assertThat(site.supervisors()).isEqualTo(units);
            assertThat(unit(site)).isEqualTo(unit);
            assertThat(site.page()).isEqualTo("here");
            assertThat(postmaster(original)).isEqualTo(postmaster);
        }
    }

    private static String unit(Site site) {
        return site.info().path("units").path(0).path("ID").asText() + " "
                + site.info().path("units").path(0).path("Restarts").asText();
    }

    private static void copy(Path from, Path to) {
        try {
            int code = new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(code).isZero();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static long postmaster(TestServer server) throws IOException {
        return Long.parseLong(Files.readAllLines(server.data().resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst());
    }
}
