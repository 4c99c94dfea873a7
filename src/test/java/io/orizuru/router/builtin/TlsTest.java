package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.Endpoint;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.HostCertificate;
import io.orizuru.secret.Secret;
import io.orizuru.testing.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
    private static final String HOST = TestRouter.HELLO;
    private static final int LARGE = 5_000_000;

    @TempDir
    static Path files;

    private Certificates certificate;
    private TestBackend backend;
    private TestRouter router;

    @BeforeEach
    void start() throws Exception {
        certificate = new Certificates(files, "hello-" + System.nanoTime(), "dns:" + HOST);
        backend = new TestBackend("hello", TlsTest::answer);
        router = new TestRouter(options -> options.withTls(new Endpoint("127.0.0.1", 0))
                .withTimeouts(
                        TestRouter.timeouts(Duration.ofMillis(500), Duration.ofSeconds(20), Duration.ofSeconds(20))));
        router.route(backend);
        show(1, certificate);
    }

    private static void answer(TestBackend.Call call) throws IOException {
        switch (call.target()) {
            case TestBackend.RAW -> {
                call.write(String.join(
                        "\r\n",
                        "HTTP/1.1 101 Switching Protocols",
                        "Connection: upgrade",
                        "Upgrade: websocket",
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                        "",
                        ""));
                call.socket().getInputStream().transferTo(call.out());
            }
            case "/large" -> call.reply("x".repeat(LARGE));
            default -> call.reply(call.header("x-forwarded-proto") + " " + call.header("x-forwarded-port") + ";");
        }
    }

    @AfterEach
    void stop() throws IOException {
        router.close();
        backend.close();
    }

    @Test
    void unitsAreToldThatTheVisitorCameOverTls() throws Exception {
        try (SSLSocket socket = connect(HOST)) {
            ask(socket, "/", "");
            assertThat(TestRouter.readUntil(socket, ";"))
                    .endsWith("https " + router.router.plane().tlsPort() + ";");
        }
    }

    @Test
    void largeAnswersAndTunnelsComeThrough() throws Exception {
        try (SSLSocket socket = connect(HOST)) {
            ask(socket, "/large", "Connection: close\r\n");
            byte[] answer = socket.getInputStream().readAllBytes();
            assertThat(answer).hasSizeGreaterThan(LARGE).endsWith("xxx".getBytes(StandardCharsets.US_ASCII));
        }
        try (SSLSocket socket = connect(HOST)) {
            ask(
                    socket,
                    TestBackend.RAW,
                    String.join(
                            "\r\n",
                            "Connection: upgrade",
                            "Upgrade: websocket",
                            "Sec-WebSocket-Version: 13",
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                            ""));
            assertThat(TestRouter.readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 101");
            TestRouter.write(socket, "and back;");
            assertThat(TestRouter.readUntil(socket, ";")).isEqualTo("and back;");
        }
    }

    @Test
    void whoAsksForNoNameOrAnotherOneIsToldThatItIsNotHere() {
        assertThatThrownBy(() -> connect("other.localhost"))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("unrecognized_name");
        assertThatThrownBy(() -> connect(null)).isInstanceOf(SSLException.class);
    }

    @Test
    void whatIsNoTlsIsClosedAndNothingInItIsServed() throws Exception {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), router.router.plane().tlsPort())) {
            socket.setSoTimeout(20_000);
            TestRouter.write(socket, "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("HTTP/1.1");
        }
    }

    @Test
    void whoSaysNothingIsClosedAfterAWhile() throws Exception {
        try (Socket silent = new Socket(
                        InetAddress.getLoopbackAddress(), router.router.plane().tlsPort());
                SSLSocket idle = connect(HOST)) {
            silent.setSoTimeout(20_000);
            assertThat(silent.getInputStream().readAllBytes()).isEmpty();
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void anOlderEpochChangesNothingAndNoneTakesItAway() throws Exception {
        Certificates newer = new Certificates(files, "newer-" + System.nanoTime(), "dns:" + HOST);
        show(5, newer);
        show(4, certificate);
        assertThatThrownBy(() -> connect(HOST)).isInstanceOf(SSLException.class);
        certificate = newer;
        connect(HOST).close();

        router.router.applyCertificates(List.of(new AppCertificates("hello", 6, List.of())));
        assertThatThrownBy(() -> connect(HOST)).hasMessageContaining("unrecognized_name");
        assertThat(router.router.observeCertificates()).isEmpty();
    }

    @Test
    void oneThatCannotBeUsedHarmsNoOther() throws Exception {
        router.router.applyCertificates(List.of(new AppCertificates(
                "broken", 9, List.of(new HostCertificate("broken.localhost", "", "nothing", new Secret("nothing"))))));
        assertThatThrownBy(() -> connect("broken.localhost")).hasMessageContaining("unrecognized_name");
        connect(HOST).close();
    }

    @Test
    void anAnswerBeforeTheBodyWasSentComesThroughWhole() throws Exception {
        try (SSLSocket socket = connect(HOST)) {
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: nobody.localhost\r\nContent-Length: 1000000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).startsWith("HTTP/1.1 404").endsWith("\n");
        }
    }

    private void show(long epoch, Certificates shown) throws Exception {
        router.router.applyCertificates(List.of(new AppCertificates(
                "hello", epoch, List.of(new HostCertificate(HOST, "", shown.certificatePem(), shown.keyPem())))));
    }

    private SSLSocket connect(@Nullable String name) throws Exception {
        Socket plain = new Socket(
                InetAddress.getLoopbackAddress(), router.router.plane().tlsPort());
        plain.setSoTimeout(20_000);
        SSLSocket socket = (SSLSocket)
                certificate.trustedAlone().getSocketFactory().createSocket(plain, "127.0.0.1", plain.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(name == null ? List.of() : List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    private static void ask(SSLSocket socket, String path, String headers) throws IOException {
        TestRouter.write(socket, "GET " + path + " HTTP/1.1\r\nHost: " + HOST + "\r\n" + headers + "\r\n");
    }
}
