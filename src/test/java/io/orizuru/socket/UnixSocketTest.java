package io.orizuru.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class UnixSocketTest {
    private static final int SOON = 200;

    @TempDir
    Path directory;

    private Path path;
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        path = directory.resolve("socket");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path), 1);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsWrittenArrivesAndTheEndIsSeen(boolean virtual) throws Exception {
        byte[] much = new byte[4_000_000];
        try (UnixSocket socket = connected();
                SocketChannel peer = listener.accept()) {
            CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> echo(peer, much.length), on(virtual));
            CompletableFuture<byte[]> back = CompletableFuture.supplyAsync(() -> readAll(socket), on(virtual));
            socket.getOutputStream().write(much);
            echo.get();
            assertThat(back.get()).hasSize(much.length);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReadEndsWhenItsTimeIsOverAndTheConnectionGoesOn(boolean virtual) throws Exception {
        try (UnixSocket socket = connected();
                SocketChannel peer = listener.accept()) {
            socket.setSoTimeout(SOON);
            CompletableFuture.runAsync(
                            () -> assertThatThrownBy(
                                            () -> socket.getInputStream().read())
                                    .isInstanceOf(SocketTimeoutException.class),
                            on(virtual))
                    .get();
            peer.write(ByteBuffer.wrap(new byte[] {7}));
            assertThat(socket.getInputStream().read()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closingEndsWhoReads(boolean virtual) throws Exception {
        UnixSocket socket = connected();
        try (SocketChannel peer = listener.accept()) {
            CompletableFuture<Integer> read = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return socket.getInputStream().read();
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    on(virtual));
            TimeUnit.MILLISECONDS.sleep(SOON);
            assertThat(peer.isOpen()).isTrue();
            socket.close();
            assertThatThrownBy(read::get)
                    .isInstanceOf(ExecutionException.class)
                    .rootCause()
                    .isInstanceOfAny(SocketException.class, java.nio.channels.ClosedSelectorException.class);
        }
    }

    @Test
    void aConnectToWhoAcceptsNobodyEndsInTime() throws Exception {
        List<UnixSocket> waiting = new ArrayList<>();
        try {
            long began = System.nanoTime();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            UnixSocket socket = new UnixSocket(path);
                            waiting.add(socket);
                            socket.connect(socket.getRemoteSocketAddress(), SOON);
                        }
                    })
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        } finally {
            for (UnixSocket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void whereNobodyListensIsToldAtOnce() throws Exception {
        Path nowhere = directory.resolve("nowhere");
        try (UnixSocket socket = new UnixSocket(nowhere)) {
            assertThatThrownBy(() -> socket.connect(socket.getRemoteSocketAddress(), 60_000))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining(nowhere.toString());
        }
    }

    @Test
    void aDeepDirectoryHasItsSocketsAtAShortPlaceOfItsOwn() throws Exception {
        Path deep = directory.resolve("x".repeat(120));
        Path other = directory.resolve("y".repeat(120));
        assertThat(SocketPlace.directory(directory, "s")).isEqualTo(directory.toRealPath());
        Path place = SocketPlace.directory(deep, "s");
        assertThat(place).isNotEqualTo(SocketPlace.directory(other, "s")).isEqualTo(SocketPlace.directory(deep, "s"));
        assertThat(SocketPlace.fits(place.resolve("s"))).isTrue();
        Files.createDirectories(deep);
        Path link = Files.createSymbolicLink(directory.resolve("link"), deep);
        assertThat(SocketPlace.directory(link, "s")).isEqualTo(place);
    }

    private UnixSocket connected() throws IOException {
        UnixSocket socket = new UnixSocket(path);
        socket.connect(socket.getRemoteSocketAddress(), SOON);
        return socket;
    }

    private static Executor on(boolean virtual) {
        return work -> (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(work);
    }

    private static byte[] readAll(UnixSocket socket) {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void echo(SocketChannel peer, int bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(bytes);
            while (buffer.hasRemaining() && peer.read(buffer) >= 0) {
                // Until all is there.
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                peer.write(buffer);
            }
            peer.shutdownOutput();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
