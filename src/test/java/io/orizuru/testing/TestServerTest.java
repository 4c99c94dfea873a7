package io.orizuru.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TestServerTest {
    private static final List<String> FAKE = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            FakeProgram.class.getName());

    @Test
    void startsOnFreePortsAndLogsIn() {
        try (TestServer server = TestServer.start(FAKE, settings -> {})) {
            assertThat(server.isRunning()).isTrue();
            assertThat(server.api().getPort()).isNotEqualTo(server.router().getPort());
            assertThat(server.adminToken()).isEqualTo("t0k3n");
            assertThat(server.outputTail()).contains("ready");
        }
    }

    @Test
    void keepsAddressesAndDataOverAKill() throws IOException {
        try (TestServer server = TestServer.start(FAKE, settings -> {})) {
            ProcessHandle first = server.process();
            ProcessHandle unit = unit(server).orElseThrow();

            server.kill();

            assertThat(first.isAlive()).isFalse();
            assertThat(unit.isAlive()).isTrue();
            assertThat(server.outputTail()).doesNotContain("asked to end");
            server.restart();
            assertThat(server.process()).isNotEqualTo(first);
            assertThat(server.data().resolve("starts")).hasContent("xx");
        }
    }

    @Test
    void asksTheServerToEnd() {
        try (TestServer server = TestServer.start(FAKE, settings -> {})) {
            // A JVM that a signal ends says so: 128 and the signal's number.
            assertThat(server.terminate()).isEqualTo(128 + 15);
            assertThat(server.isRunning()).isFalse();
            assertThat(server.outputTail()).endsWith("asked to end");
        }
    }

    @Test
    void leavesNothingBehindButItsOutput() throws IOException {
        TestServer server = TestServer.start(FAKE, settings -> {});
        ProcessHandle unit = unit(server).orElseThrow();

        server.kill();
        server.close();

        assertThat(unit.isAlive()).isFalse();
        assertThat(server.data()).doesNotExist();
        assertThat(server.output()).exists();
    }

    @Test
    void saysWhyAServerDidNotStart() {
        assertThatThrownBy(() -> TestServer.start(FAKE, settings -> settings.put("broken", "yes")))
                .hasMessageContaining("ended with 3 before it answered")
                .hasMessageContaining("cannot start: broken is yes");
    }

    private static Optional<ProcessHandle> unit(TestServer server) throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(server.data().resolve("unit"))));
    }
}
