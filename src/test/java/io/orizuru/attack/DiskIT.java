package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.files.Room;
import io.orizuru.files.Trees;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** A server whose disk gets full: it says so, takes nothing more, and what frees room goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class DiskIT {
    private static final long MIB = 1L << 20;
    private static final Map<String, String> QUIET = Map.of("Procfile", "worker: exec sleep 100000\n");

    private final HttpClient http = HttpClient.newHttpClient();
    private Path data = Path.of("/");
    private TestServer server;
    private Tenant tenant;

    @BeforeAll
    void start() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount");
        server = TestServer.start(settings -> {
            data = Path.of(settings.required("data").asText());
            try {
                Files.createDirectories(data);
                HostileTrees.run(
                        Path.of("/"), "mount", "-t", "tmpfs", "-o", "size=800m,mode=755", "tmpfs", data.toString());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        tenant = Tenant.of(server);
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
            HostileTrees.run(Path.of("/"), "umount", "--lazy", data.toString());
            Trees.delete(data.resolveSibling(""));
        }
    }

    @Test
    @Order(1)
    void whatIsBegunWhileThereIsRoomEndsBeforeTheRestIsUsedUp() throws Exception {
        tenant.create("victim", QUIET);
        tenant.create("other", QUIET);
        assertThat(get("/healthcheck?check=all")).contains("disk: WORKING");
        String said = tenant.deploy(
                "victim",
                Map.of(
                        "Procfile",
                        "worker: exec sleep 100000\n",
                        "tsuru.yaml",
                        "hooks:\n  build:\n    - for i in $(seq 100); do"
                                + " dd if=/dev/zero of=f$i bs=1M count=20 2>/dev/null; sleep 0.05; done\n"));
        assertThat(said)
                .contains("the build was ended: the disk of the data directory has ", "MiB free, less than the 128 MiB")
                .doesNotEndWith("\nOK\n");
        assertThat(tenant.deploy("victim", QUIET)).endsWith("\nOK\n");
    }

    @Test
    @Order(2)
    void aDiskThatIsNearlyFullIsToldAndNothingThatGrowsIsTaken() throws Exception {
        fill(100 * MIB);
        assertThat(status("/healthcheck?check=all")).isEqualTo(500);
        assertThat(get("/healthcheck?check=all")).contains("disk: fail - the disk of the data directory has ");
        assertThat(get("/metrics")).contains("orizuru_disk_free_bytes{disk=\"the data directory\"");
        assertThat(server.run("doctor").output()).contains("disk-has-room: disk/");

        assertThat(tenant.deploy("victim", QUIET)).contains("remove apps or versions, or give it more room");
        for (String path : List.of("/1.0/apps", "/1.0/apps/victim/env")) {
            HttpResponse<String> refused = tenant.form(path, Map.of("name", "more", "Envs.0.Name", "a"));
            assertThat(refused.statusCode()).as(path + refused.body()).isEqualTo(507);
        }
        HttpResponse<String> units = tenant.put("/1.0/apps/victim/units", Map.of("units", "2", "process", "worker"));
        assertThat(units.statusCode()).as(units.body()).isEqualTo(507);
    }

    @Test
    @Order(3)
    void whatFreesRoomGoesOn() throws Exception {
        assertThat(tenant.info("victim").path("name").asText()).isEqualTo("victim");
        assertThat(tenant.form("/1.0/apps/victim/stop", Map.of()).statusCode()).isEqualTo(200);
        HttpResponse<String> login = tenant.form(
                "/1.0/users/" + server.adminEmail() + "/tokens", Map.of("password", server.adminPassword()));
        assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
        assertThat(tenant.delete("/1.0/apps/other").body()).contains("Done removing application");
        assertThat(data.resolve("units/apps/other")).doesNotExist();
    }

    @Test
    @Order(4)
    void aDiskWithoutAnyRoomIsToldAndSurvived() throws Exception {
        fill(0);
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> reply = tenant.form(
                    "/1.0/users/" + server.adminEmail() + "/tokens", Map.of("password", server.adminPassword()));
            assertThat(reply.statusCode()).as(reply.body()).isIn(200, 503, 507);
        }
        assertThat(status("/healthcheck")).isEqualTo(200);
        empty();
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (status("/healthcheck?check=all") != 200) {
            assertThat(System.nanoTime()).as(get("/healthcheck?check=all")).isLessThan(deadline);
            Thread.sleep(200);
        }
        assertThat(tenant.deploy("victim", QUIET)).endsWith("\nOK\n");
        assertThat(server.run("doctor").output()).contains("0 findings");
    }

    private void fill(long left) throws IOException {
        byte[] block = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(data.resolve("filler-" + left))) {
            while (Room.of(data).freeBytes() > left) {
                out.write(block);
            }
        } catch (IOException e) {
            // It is full.
        }
    }

    private void empty() throws IOException {
        Files.deleteIfExists(data.resolve("filler-0"));
        Files.deleteIfExists(data.resolve("filler-" + 100 * MIB));
    }

    private int status(String path) throws Exception {
        return answer(path).statusCode();
    }

    private String get(String path) throws Exception {
        return answer(path).body();
    }

    private HttpResponse<String> answer(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.api() + path))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
