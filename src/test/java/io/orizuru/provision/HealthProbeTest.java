package io.orizuru.provision;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthProbeTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final HealthProbe probe = new HealthProbe();
    private final ServerSocket unit;

    HealthProbeTest() throws IOException {
        unit = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        unit.close();
    }

    private interface Answer {
        void write(OutputStream out) throws Exception;
    }

    private void answers(Answer answer) {
        Thread.ofVirtual().start(() -> {
            while (!unit.isClosed()) {
                try {
                    Socket visitor = unit.accept();
                    Thread.ofVirtual().start(() -> {
                        try (visitor) {
                            visitor.getInputStream().read(new byte[4096]);
                            answer.write(visitor.getOutputStream());
                        } catch (Exception e) {
                            // The probe is over.
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private void answers(String body) {
        answers(out ->
                out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).getBytes(UTF_8)));
    }

    private static AppManifest.HealthCheck check(@Nullable String match, Duration timeout) {
        return new AppManifest.HealthCheck(
                "/",
                "GET",
                "http",
                match == null ? 200 : 0,
                match,
                Map.of(),
                0,
                Duration.ofSeconds(3),
                timeout,
                LONG,
                false);
    }

    private HealthProbe.Verdict ask(@Nullable String match, Duration timeout, Duration left, Checkpoint border)
            throws InterruptedException {
        return probe.ask("a team", check(match, timeout), "127.0.0.1", unit.getLocalPort(), left, border);
    }

    private static void aByteNowAndThen(OutputStream out) throws Exception {
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8));
        while (true) {
            out.write('x');
            out.flush();
            Thread.sleep(100);
        }
    }

    @Test
    void aTryEndsWithItsTimeHoweverSlowlyTheAnswerComes() throws InterruptedException {
        answers(HealthProbeTest::aByteNowAndThen);
        assertThat(ask(null, Duration.ofSeconds(1), LONG, () -> {}).problem()).contains("within 1 s");
        assertThat(ask(null, LONG, Duration.ofSeconds(1), () -> {}).problem()).contains("within 1 s");
    }

    @Test
    void aHeadThatNeverEndsIsTheSame() throws InterruptedException {
        answers(out -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
            for (int i = 0; ; i++) {
                out.write(("X-" + i + ": " + "y".repeat(1000) + "\r\n").getBytes(UTF_8));
                out.flush();
                Thread.sleep(5);
            }
        });
        HealthProbe.Verdict verdict = ask(null, Duration.ofSeconds(3), LONG, () -> {});
        assertThat(verdict.healthy()).isFalse();
    }

    @Test
    void whoeverCancelsNeedNotWaitForTheAnswer() {
        answers(HealthProbeTest::aByteNowAndThen);
        assertThatThrownBy(() -> ask(null, LONG, LONG, () -> {
                    throw new IllegalStateException("cancelled");
                }))
                .hasMessage("cancelled");
    }

    @Test
    void ofAnEndlessBodyTheFirstMebibyteCounts() throws InterruptedException {
        answers(out -> {
            out.write("HTTP/1.1 200 OK\r\n\r\nit works".getBytes(UTF_8));
            byte[] much = "x".repeat(1 << 16).getBytes(UTF_8);
            while (true) {
                out.write(much);
            }
        });
        assertThat(ask("^it works", Duration.ofSeconds(30), LONG, () -> {}).healthy())
                .isTrue();
    }

    @Test
    void anExpressionThatWouldGoBackForEverIsFoundOrNotInBoundedTime() throws InterruptedException {
        answers("a".repeat(1 << 20));
        HealthProbe.Verdict verdict = ask(".*.*.*.*.*.*x", Duration.ofSeconds(30), LONG, () -> {});
        assertThat(verdict.healthy()).isFalse();
        assertThat(verdict.answered()).isTrue();
    }

    @Test
    void anExpressionOfFormerTimesStopsNoStart() throws InterruptedException {
        answers("fine");
        HealthProbe.Verdict verdict = ask("(?=f)fine", Duration.ofSeconds(30), LONG, () -> {});
        assertThat(verdict.healthy()).isTrue();
        assertThat(verdict.problem()).contains("healthcheck.match is not looked at", "a lookahead");
    }
}
