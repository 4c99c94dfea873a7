package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The database neither answers nor goes. */
@ExtendWith(ServerExtension.class)
class SilentDatabaseIT {
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void theHealthCheckSaysWhatIsSilentWhileWhoAskedStillListens(TestServer server) throws Exception {
        List<ProcessHandle> database = processes(server);
        try {
            signal("STOP", database);
            for (int round = 0; round < 2; round++) {
                long began = System.nanoTime();
                List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    asked.add(http.sendAsync(request(server), BodyHandlers.ofString()));
                }
                for (CompletableFuture<HttpResponse<String>> each : asked) {
                    assertThat(each.get().statusCode()).isEqualTo(500);
                    assertThat(each.get().body()).contains("PostgreSQL: fail - it does not answer within 2 s");
                }
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
            }
        } finally {
            signal("CONT", database);
        }
        Site.await(
                "all well",
                () -> http.send(request(server), BodyHandlers.ofString()).statusCode() == 200);
    }

    private static HttpRequest request(TestServer server) {
        return HttpRequest.newBuilder(URI.create(server.api() + "/healthcheck?check=all"))
                .timeout(Duration.ofMinutes(1))
                .build();
    }

    private static List<ProcessHandle> processes(TestServer server) throws IOException {
        String pid = Files.readAllLines(server.data().resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    }

    private static void signal(String name, List<ProcessHandle> processes) throws Exception {
        for (ProcessHandle process : processes) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }
}
