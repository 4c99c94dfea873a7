package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
    @TempDir
    Path directory;

    @Test
    void aPortThatSomethingListensOnIsNotGiven() throws IOException {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(0));
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> new Ports(directory, port, port).reserve("a"))
                    .hasMessage("no port from " + port + " to " + port + " is free");
        }
    }

    @Test
    void aPortIsReservedOnceUntilItsUnitReleasesIt() throws IOException {
        int port = freePort();
        Ports ports = new Ports(directory, port, port);
        assertThat(ports.reserve("a")).isEqualTo(port);
        assertThatThrownBy(() -> new Ports(directory, port, port).reserve("b")).isInstanceOf(IOException.class);
        ports.release(port, "b");
        assertThatThrownBy(() -> ports.reserve("b")).isInstanceOf(IOException.class);
        ports.release(port, "a");
        assertThat(ports.reserve("b")).isEqualTo(port);
        ports.sweep(unit -> !unit.equals("b"), Duration.ofMinutes(1));
        assertThatThrownBy(() -> ports.reserve("c")).isInstanceOf(IOException.class);
        ports.sweep(unit -> unit.equals("b"), Duration.ZERO);
        assertThatThrownBy(() -> ports.reserve("c")).isInstanceOf(IOException.class);
        ports.sweep(unit -> !unit.equals("b"), Duration.ZERO);
        assertThat(ports.reserve("c")).isEqualTo(port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(0));
            return socket.getLocalPort();
        }
    }
}
