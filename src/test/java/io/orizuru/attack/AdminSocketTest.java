package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.remote.RemoteRouters;
import io.orizuru.router.remote.StandaloneRouter;
import io.orizuru.socket.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Somebody on the router's machine who wants to tell it where visitors go, or to hear its credential. */
@Timeout(60)
class AdminSocketTest {
    @TempDir
    Path data;

    private StandaloneRouter router;
    private Path socket;

    @BeforeEach
    void start() throws Exception {
        router = StandaloneRouter.start(settings());
        socket = data.resolve("router/admin.socket");
    }

    @AfterEach
    void stop() throws IOException {
        router.close();
    }

    @Test
    void theAdminListenerIsNowhereOnTheNetworkAndItsSocketForItsUserAlone() throws IOException {
        assertThat(listeners()).as("addresses that this process listens on").isEqualTo(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void aServerTellsItsRoutesThere() throws Exception {
        try (RemoteRouters server = new RemoteRouters(settings().routersApart())) {
            server.start();
            assertThat(server.states()).allMatch(state -> state.trouble() == null);
            server.named(settings().defaultRouter())
                    .apply(new AppRoutes("site", 1, Set.of("site.localhost"), List.of()));
        }
        assertThat(ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).contains("WORKING");
    }

    @Test
    void whoDoesNotShowTheCredentialIsAnsweredBeforeTheBodyIsRead() throws Exception {
        assertThat(ask("POST /v1/table HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n"))
                .startsWith("HTTP/1.1 401");
        assertThat(ask("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n"))
                .startsWith("HTTP/1.1 405");
    }

    @Test
    void nonsenseIsRefusedAndTheNextRequestIsAnswered() throws Exception {
        for (String nonsense : List.of(
                "NONSENSE\r\n\r\n",
                "GET / HTTP/9.9\r\n\r\n",
                "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nX: " + "y".repeat(100_000) + "\r\n\r\n")) {
            assertThat(ask(nonsense)).startsWith("HTTP/1.1 40");
        }
        assertThat(ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 503");
    }

    @Test
    void aDirectoryWhereOthersMayWriteIsNoPlaceForIt() throws Exception {
        Path open = Files.createDirectory(data.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path other = Files.createDirectory(data.resolve("other"));
        Settings settings = SettingsReader.read(
                List.of(
                        "--data",
                        other.toString(),
                        "--router-listen",
                        "127.0.0.1:0",
                        "--router-admin-listen",
                        "unix:" + open.resolve("admin")),
                Map.of(),
                data,
                false);
        assertThatThrownBy(() -> StandaloneRouter.start(settings)).hasMessageContaining("others may write there");
    }

    private Settings settings() throws InvalidSettings {
        return SettingsReader.read(
                List.of("--no-router", "--data", data.toString(), "--router-listen", "127.0.0.1:0"),
                Map.of(),
                data,
                false);
    }

    private String ask(String request) throws IOException {
        try (UnixSocket visitor = new UnixSocket(socket)) {
            visitor.connect(visitor.getRemoteSocketAddress(), 5_000);
            visitor.setSoTimeout(Math.toIntExact(Duration.ofSeconds(10).toMillis()));
            visitor.getOutputStream().write(request.getBytes(UTF_8));
            return new String(visitor.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** Sockets of the network in this process that listen. */
    private static long listeners() throws IOException {
        Set<String> own;
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            own = open.map(AdminSocketTest::target).collect(java.util.stream.Collectors.toSet());
        }
        long count = 0;
        for (String table : List.of("tcp", "tcp6")) {
            count += Files.readAllLines(Path.of("/proc/self/net", table)).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length > 9 && words[3].equals("0A"))
                    .filter(words -> own.contains("socket:[" + words[9] + "]"))
                    .count();
        }
        return count;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
