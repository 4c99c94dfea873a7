package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PseudoTerminalTest {
    private static final Path MULTIPLEXER = Path.of("/dev/ptmx");

    private static Process run(PseudoTerminal terminal, String command) throws IOException {
        return new ProcessBuilder(
                        // As shells in units are: whoever starts the tests may have keys ignored.
                        "/usr/bin/env",
                        "--default-signal",
                        "/usr/bin/setsid",
                        "/bin/sh",
                        "-c",
                        "exec /bin/sh -c \"$1\" <>\"$0\" >&0 2>&0",
                        terminal.otherSide().toString(),
                        command)
                .start();
    }

    /** Reads on a thread of its own until the terminal ends. */
    private static CompletableFuture<String> shown(PseudoTerminal terminal) {
        CompletableFuture<String> all = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            ByteArrayOutputStream shown = new ByteArrayOutputStream();
            byte[] buffer = new byte[PseudoTerminal.BUFFER];
            for (int read = terminal.read(buffer); read >= 0; read = terminal.read(buffer)) {
                shown.write(buffer, 0, read);
            }
            all.complete(shown.toString(StandardCharsets.UTF_8));
        });
        return all;
    }

    @Test
    void itIsATerminalWithAWindowAndAnEnd() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.open(MULTIPLEXER)) {
            terminal.resize(133, 44);
            CompletableFuture<String> shown = shown(terminal);
            Process process = run(terminal, "stty size; read line; echo \"got $line\"; [ -t 0 ] && exit 5");
            terminal.write("some words\n".getBytes(StandardCharsets.UTF_8));
            assertThat(process.waitFor()).isEqualTo(5);
            terminal.hangUp();
            assertThat(shown.get(20, TimeUnit.SECONDS)).contains("44 133", "got some words");
        }
    }

    @Test
    void aKeyIsASignalToWhatRunsThere() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.open(MULTIPLEXER)) {
            CompletableFuture<String> shown = shown(terminal);
            Process process = run(terminal, "trap 'echo asked; exit 9' INT; echo ready; sleep 50");
            while (process.isAlive()) {
                terminal.write(new byte[] {3});
                process.waitFor(100, TimeUnit.MILLISECONDS);
            }
            terminal.hangUp();
            assertThat(process.exitValue()).isIn(9, 130);
            assertThat(shown.get(20, TimeUnit.SECONDS)).contains("^C");
        }
    }

    @Test
    void muchInBothDirectionsAtOnceGoesThrough() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.open(MULTIPLEXER)) {
            // Before the terminal is told to hand on what comes, it would keep a line of 4096 bytes and drop the rest.
            Process process = run(terminal, "stty raw -echo; printf r; head -c 1000000");
            assertThat(terminal.read(new byte[1])).isEqualTo(1);
            CompletableFuture<String> shown = shown(terminal);
            terminal.write("0123456789".repeat(100_000).getBytes(StandardCharsets.UTF_8));
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            terminal.hangUp();
            assertThat(shown.get(20, TimeUnit.SECONDS).length()).isGreaterThan(900_000);
        }
    }

    @Test
    void closingItEndsWhoWaitsAndHangsUpWhoIsThere() throws Exception {
        PseudoTerminal terminal = PseudoTerminal.open(MULTIPLEXER);
        CompletableFuture<String> shown = shown(terminal);
        Process process = run(terminal, "sleep 50");
        terminal.close();
        terminal.close();
        assertThat(shown.get(10, TimeUnit.SECONDS)).isEmpty();
        terminal.write(new byte[] {1}); // Is lost.
        process.destroyForcibly();
    }

    @Test
    void whatIsNoMultiplexerIsNamed() {
        assertThatThrownBy(() -> PseudoTerminal.open(Path.of("/dev/null")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a pseudo-terminal could not be had: unlocking it failed");
        assertThatThrownBy(() -> PseudoTerminal.open(Path.of("/nowhere")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("opening /nowhere failed with the error 2");
    }
}
