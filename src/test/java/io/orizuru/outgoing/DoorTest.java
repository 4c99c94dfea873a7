package io.orizuru.outgoing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.orizuru.config.Network;
import io.orizuru.outgoing.OutgoingFailure.Rule;
import io.orizuru.secret.Secret;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only 127.0.0.1 is allowed here: 127.0.0.2 is as forbidden as any address inside. */
@Timeout(60)
final class DoorTest {
    private static final List<Network> ALLOWED = List.of(Network.parse("127.0.0.1/32"));
    private static final Map<String, String> NAMES = Map.of(
            "here.test", "127.0.0.1",
            "there.test", "127.0.0.1",
            "inside.test", "127.0.0.2");
    private static final Door.Limits LIMITS =
            new Door.Limits(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(20), 64 * 1024, 3);
    private static final String ENDLESS = "x".repeat(8 * 1024);

    private static final Peer.Script OK = Peer.answering("200 OK", "ok");

    @TempDir
    Path directory;

    private final Door door = new Door(LIMITS, ALLOWED, DoorTest::resolve);

    @Test
    void callsAndAnswers() throws IOException {
        try (Peer peer = new Peer(Peer.answering("404 Not Found", "{}", "X-Kind: a", "x-kind: b"))) {
            Answer answer = door.call(Call.of("PUT", peer.at("here.test") + "/v2//catalog?a=b%20c#part")
                    .content(Content.json("{\"x\":1}"))
                    .header("X-Broker-API-Version", "2.17")
                    .basic("me", new Secret("open sesame")));

            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.text()).isEqualTo("{}");
            assertThat(answer.head().headers().get("X-KIND")).containsExactly("a", "b");
            Peer.Received request = peer.received().getFirst();
            assertThat(request.line()).isEqualTo("PUT /v2//catalog?a=b%20c HTTP/1.1");
            assertThat(request.body()).isEqualTo("{\"x\":1}");
            assertThat(request.headers())
                    .containsEntry("host", "here.test:" + peer.port())
                    .containsEntry("content-type", "application/json")
                    .containsEntry("content-length", "7")
                    .containsEntry("x-broker-api-version", "2.17")
                    .containsEntry("user-agent", "orizuru")
                    .containsEntry("authorization", "Basic bWU6b3BlbiBzZXNhbWU=");
        }
    }

    @Test
    void callsALiteralAddress() throws IOException {
        try (Peer peer = new Peer(Peer.answering("200 OK", "yes"))) {
            assertThat(door.call(Call.get(peer.at("127.0.0.1"))).text()).isEqualTo("yes");
            assertThat(door.call(Call.get(peer.at("[::ffff:127.0.0.1]"))).text())
                    .isEqualTo("yes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "GET"})
    void knowsAnswersWithoutABody(String method) throws IOException {
        String status = method.equals("HEAD") ? "200 OK\r\nContent-Length: 999999999" : "204 No Content";
        try (Peer peer = new Peer((request, out) -> Peer.write(out, "HTTP/1.1 " + status + "\r\n\r\n"))) {
            assertThat(door.call(Call.of(method, peer.at("here.test"))).bytes()).isEmpty();
        }
    }

    @Test
    void aNameIsLookedUpOnceSoThatItCannotChangeInBetween() throws IOException {
        Queue<String> answers = new ArrayDeque<>(List.of("127.0.0.1", "127.0.0.2"));
        Door rebound =
                new Door(LIMITS, ALLOWED, name -> List.of(InetAddress.ofLiteral(String.valueOf(answers.poll()))));
        try (Peer peer = new Peer(Peer.answering("200 OK", "first"))) {
            assertThat(rebound.call(Call.get(peer.at("rebind.test"))).text()).isEqualTo("first");
            assertThat(answers).hasSize(1);
            assertThat(peer.received()).hasSize(1);

            OutgoingFailure failure = refusal(rebound, Call.get(peer.at("rebind.test")));
            assertThat(failure.rule()).isEqualTo(Rule.DESTINATION);
            assertThat(failure.host()).isEqualTo("rebind.test");
            assertThat(peer.connections()).isEqualTo(1);
        }
    }

    @Test
    void aNameThatChangesDuringARedirectIsJudgedAgain() throws IOException {
        AtomicInteger lookups = new AtomicInteger();
        Door rebound = new Door(
                LIMITS, ALLOWED, name -> List.of(InetAddress.ofLiteral("127.0.0." + lookups.incrementAndGet())));
        try (Peer peer = new Peer(Peer.answering("302 Found", "", "Location: /again"))) {
            assertThat(refusal(rebound, Call.get(peer.at("rebind.test"))).rule())
                    .isEqualTo(Rule.DESTINATION);
            assertThat(lookups).hasValue(2);
            assertThat(peer.connections()).isEqualTo(1);
        }
    }

    @Test
    void triesTheNextAddressWhenOneDoesNotConnect() throws IOException {
        Door two = new Door(
                LIMITS,
                List.of(Network.parse("127.0.0.0/8")),
                name -> List.of(InetAddress.ofLiteral("127.0.0.9"), InetAddress.ofLiteral("127.0.0.1")));
        try (Peer peer = new Peer(Peer.answering("200 OK", "yes"))) {
            assertThat(two.call(Call.get(peer.at("two.test"))).text()).isEqualTo("yes");
        }
    }

    @Test
    void aWideAllowanceDoesNotOpenTheMetadataService() {
        Door wide = new Door(LIMITS, List.of(Network.parse("169.254.0.0/16")), DoorTest::resolve);

        assertThat(refusal(wide, Call.get("http://169.254.169.254/"))).hasMessageContaining("metadata");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.2/, DESTINATION",
        "//127.0.0.2/, DESTINATION",
        "http://inside.test/, DESTINATION",
        "//169.254.169.254/latest/meta-data/, DESTINATION",
        "http://[::1]/, DESTINATION",
        "http://[::ffff:10.0.0.1]/, DESTINATION",
        "http://2130706433/, FORM",
        "http://127.1/, FORM",
        "http://here.test@127.0.0.2/, FORM",
        "http://127.0.0.2\\@here.test/, FORM",
        "http:///inside.test, FORM",
        "'http://here.test/a b', FORM",
        "file:///etc/passwd, SCHEME",
        "gopher://127.0.0.1/, SCHEME",
    })
    void aRedirectIsJudgedAsTheCallWas(String location, Rule rule) throws IOException {
        try (Peer peer = new Peer(Peer.answering("302 Found", "", "Location: " + location))) {
            assertThat(refusal(door, Call.get(peer.at("here.test"))).rule()).isEqualTo(rule);
            assertThat(peer.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/next, /next",
        "next?x=1, /a/next?x=1",
        "?page=2, /a/b?page=2",
        "../up, /up",
        "//there.test:PORT/, /",
    })
    void followsARedirect(String location, String path) throws IOException {
        try (Peer peer = new Peer((request, out) -> {
            boolean first = request.line().contains("/a/b?page=1");
            String to = location.replace("PORT", port(request));
            (first ? Peer.answering("302 Found", "", "Location: " + to) : Peer.answering("200 OK", "there"))
                    .answer(request, out);
        })) {
            Answer answer = door.call(Call.get(peer.at("here.test") + "/a/b?page=1"));

            assertThat(answer.text()).isEqualTo("there");
            assertThat(answer.head().address()).endsWith(path);
            assertThat(peer.received().getLast().line()).isEqualTo("GET " + path + " HTTP/1.1");
        }
    }

    @Test
    void redirectsThatGoRoundAreEnded() throws IOException {
        try (Peer peer = new Peer(Peer.answering("301 Moved Permanently", "", "Location: /"))) {
            OutgoingFailure failure = refusal(door, Call.get(peer.at("here.test")));

            assertThat(failure.rule()).isEqualTo(Rule.REDIRECT);
            assertThat(failure).hasMessageContaining("more than 3 times");
            assertThat(peer.connections()).isEqualTo(4);
        }
    }

    @Test
    void aRedirectIsTheAnswerWhenNoneIsFollowed() throws IOException {
        try (Peer peer = new Peer(Peer.answering("302 Found", "", "Location: http://127.0.0.2/"))) {
            Answer answer = door.call(Call.get(peer.at("here.test")).redirects(0));

            assertThat(answer.status()).isEqualTo(302);
            assertThat(answer.header("location")).hasValue("http://127.0.0.2/");
        }
    }

    @Test
    void credentialsStayWithTheirOrigin() throws IOException {
        try (Peer other = new Peer(Peer.answering("200 OK", "other"));
                Peer peer = new Peer((request, out) -> Peer.answering(
                                "302 Found",
                                "",
                                "Location: " + (request.line().contains("/first") ? "/second" : other.at("here.test")))
                        .answer(request, out))) {
            door.call(Call.get(peer.at("here.test") + "/first")
                    .bearer(new Secret("t0ken"))
                    .header("Cookie", "session=1")
                    .header("X-Api-Key", "key")
                    .header("Accept", "text/plain"));

            assertThat(peer.received().get(1).headers()).containsKeys("authorization", "cookie", "x-api-key", "accept");
            assertThat(other.received().getFirst().headers())
                    .doesNotContainKeys("authorization", "cookie", "x-api-key")
                    .containsKey("accept");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, 302, GET, ''",
        "POST, 303, GET, ''",
        "PUT, 303, GET, ''",
        "POST, 307, POST, x",
        "PUT, 308, PUT, x"
    })
    void aRedirectSaysWhatBecomesOfTheBody(String method, String status, String then, String body) throws IOException {
        try (Peer peer = new Peer((request, out) -> (request.line().contains("/first")
                        ? Peer.answering(status + " x", "", "Location: /second")
                        : OK)
                .answer(request, out))) {
            door.call(Call.of(method, peer.at("here.test") + "/first").content(Content.text("text/plain", "x")));

            assertThat(peer.received().get(1).line()).startsWith(then + " /second");
            assertThat(peer.received().get(1).body()).isEqualTo(body);
        }
    }

    @Test
    void aBodyDoesNotGoToAnotherOrigin() throws IOException {
        try (Peer other = new Peer(OK);
                Peer peer = new Peer(Peer.answering("307 x", "", "Location: " + other.at("here.test")))) {
            Call call = Call.post(peer.at("here.test"), Content.form(Map.of("client_secret", "s&3")));

            assertThat(refusal(door, call).rule()).isEqualTo(Rule.REDIRECT);
            assertThat(peer.received().getFirst().body()).isEqualTo("client_secret=s%263");
            assertThat(other.connections()).isZero();
        }
    }

    @Test
    void aStreamIsSentOnceOnly() throws IOException {
        try (Peer peer = new Peer(Peer.answering("307 x", "", "Location: /second"))) {
            Content content = Content.stream("text/plain", new ByteArrayInputStream(new byte[] {'a', 'b'}), -1);

            assertThat(refusal(door, Call.post(peer.at("here.test"), content)).rule())
                    .isEqualTo(Rule.REDIRECT);
            assertThat(peer.received()).hasSize(1);
            assertThat(peer.received().getFirst().body()).isEqualTo("ab");
        }
    }

    @Test
    void anAnswerThatSaysItIsTooLongIsNotRead() throws IOException {
        try (Peer peer =
                new Peer((request, out) -> Peer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n"))) {
            OutgoingFailure failure = refusal(door, Call.get(peer.at("here.test")));

            assertThat(failure.rule()).isEqualTo(Rule.SIZE);
            assertThat(failure).hasMessageContaining("65536 bytes");
        }
    }

    @Test
    void anEndlessAnswerIsCutOff() throws IOException {
        for (boolean chunked : new boolean[] {true, false}) {
            try (Peer peer = new Peer((request, out) -> {
                Peer.write(out, "HTTP/1.1 200 OK\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n" : "") + "\r\n");
                while (true) {
                    Peer.write(out, chunked ? "2000\r\n" + ENDLESS + "\r\n" : ENDLESS);
                }
            })) {
                assertThat(refusal(door, Call.get(peer.at("here.test"))).rule()).isEqualTo(Rule.SIZE);
            }
        }
    }

    @Test
    void anAnswerOfExactlyTheLimitIsWhole() throws IOException {
        try (Peer peer = new Peer(Peer.answering("200 OK", "12345"))) {
            assertThat(door.call(Call.get(peer.at("here.test")).answerLimit(5)).text())
                    .isEqualTo("12345");
            assertThat(refusal(door, Call.get(peer.at("here.test")).answerLimit(4))
                            .rule())
                    .isEqualTo(Rule.SIZE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y\r\n", "X"})
    void anEndlessHeadIsCutOff(String more) throws IOException {
        try (Peer peer = new Peer((request, out) -> {
            Peer.write(out, "HTTP/1.1 200 OK\r\n");
            while (true) {
                Peer.write(out, more.repeat(1000));
            }
        })) {
            assertThat(refusal(door, Call.get(peer.at("here.test"))).rule()).isEqualTo(Rule.SIZE);
        }
    }

    @Test
    void aSlowDripEndsWithTheTimeOfTheWholeCall() throws IOException {
        for (String head : List.of("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Slow: ", "")) {
            CountDownLatch over = new CountDownLatch(1);
            try (Peer peer = new Peer((request, out) -> {
                Peer.write(out, head);
                while (!await(over, 50)) {
                    Peer.write(out, "x");
                }
            })) {
                long start = System.nanoTime();
                OutgoingFailure failure =
                        refusal(door, Call.get(peer.at("here.test")).timeout(Duration.ofMillis(700)));

                assertThat(failure.rule()).isEqualTo(Rule.TIME);
                assertThat(failure).hasMessageContaining("700 ms");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            } finally {
                over.countDown();
            }
        }
    }

    @Test
    void interimAnswersDoNotGoOnForEver() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (Peer peer = new Peer((request, out) -> {
            while (!await(over, 5)) {
                Peer.write(out, "HTTP/1.1 102 Processing\r\n\r\n");
            }
        })) {
            Call call = Call.get(peer.at("here.test")).timeout(Duration.ofMillis(500));
            assertThat(refusal(door, call).rule()).isEqualTo(Rule.TIME);
        } finally {
            over.countDown();
        }
    }

    @Test
    void aSilentPeerIsGivenUp() throws IOException {
        Door impatient = new Door(
                new Door.Limits(Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofSeconds(20), 1024, 0),
                ALLOWED,
                DoorTest::resolve);
        CountDownLatch over = new CountDownLatch(1);
        try (Peer peer = new Peer((request, out) -> await(over, 20_000))) {
            OutgoingFailure failure = refusal(impatient, Call.get(peer.at("here.test")));

            assertThat(failure.rule()).isEqualTo(Rule.TIME);
            assertThat(failure).hasMessageContaining("silent");
        } finally {
            over.countDown();
        }
    }

    @Test
    void aPeerThatDoesNotTakeTheBodyIsGivenUp() throws IOException {
        try (ServerSocket deaf = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            Call call = Call.post(
                            "http://here.test:" + deaf.getLocalPort(),
                            Content.stream("application/octet-stream", new Endless(), -1))
                    .timeout(Duration.ofMillis(700));

            assertThat(refusal(door, call).rule()).isEqualTo(Rule.TIME);
        }
    }

    @Test
    void aNameThatIsNotFoundInTimeIsGivenUp() {
        CountDownLatch over = new CountDownLatch(1);
        Door slow = new Door(LIMITS, ALLOWED, name -> {
            await(over, 20_000);
            return List.of();
        });
        try {
            Call call = Call.get("http://slow.test/").timeout(Duration.ofMillis(200));
            assertThat(refusal(slow, call).rule()).isEqualTo(Rule.RESOLUTION);
        } finally {
            over.countDown();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', CONNECTION",
        "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal', CONNECTION",
        "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf', PROTOCOL",
        "'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n', PROTOCOL",
        "'SSH-2.0-OpenSSH_9.9\r\n\r\n', PROTOCOL",
        "'', CONNECTION",
    })
    void anAnswerThatIsNotWholeIsAFailure(String said, Rule rule) throws IOException {
        try (Peer peer = new Peer((request, out) -> Peer.write(out, said))) {
            assertThat(refusal(door, Call.get(peer.at("here.test"))).rule()).isEqualTo(rule);
        }
    }

    @Test
    void nobodyThereIsAFailureThatNamesThePort() throws IOException {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = gone.getLocalPort();
        }
        OutgoingFailure failure = refusal(door, Call.get("http://here.test:" + port));

        assertThat(failure.rule()).isEqualTo(Rule.CONNECTION);
        assertThat(failure).hasMessageContaining("no connection to port " + port);
    }

    @Test
    void proxiesOfTheEnvironmentAreNotUsed() throws IOException {
        try (Peer proxy = new Peer(OK);
                Peer peer = new Peer(Peer.answering("200 OK", "direct"))) {
            Map<String, String> properties = Map.of(
                    "http.proxyHost", "127.0.0.1",
                    "http.proxyPort", String.valueOf(proxy.port()),
                    "http.nonProxyHosts", "",
                    "socksProxyHost", "127.0.0.1",
                    "socksProxyPort", String.valueOf(proxy.port()));
            properties.forEach(System::setProperty);
            try {
                assertThat(door.call(Call.get(peer.at("here.test"))).text()).isEqualTo("direct");
                assertThat(proxy.connections()).isZero();
            } finally {
                properties.keySet().forEach(System::clearProperty);
            }
        }
    }

    @Test
    void largeBodiesStreamFromAndToFiles() throws IOException {
        long size = 8 * 1024 * 1024;
        Path archive = directory.resolve("archive");
        Files.writeString(archive, "a".repeat((int) size));
        try (Peer peer = new Peer(
                (request, out) -> Peer.answering("200 OK", request.body()).answer(request, out))) {
            Call call = Call.post(peer.at("here.test"), Content.file("application/gzip", archive))
                    .answerLimit(size);
            AnswerHead head = door.save(call, directory.resolve("copy"));

            assertThat(head.status()).isEqualTo(200);
            assertThat(Files.mismatch(archive, directory.resolve("copy"))).isEqualTo(-1);

            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            door.copy(call, sink);
            assertThat(sink.size()).isEqualTo(size);
        }
    }

    @Test
    void aFileThatIsNotWholeIsRemoved() throws IOException {
        Path file = directory.resolve("archive");
        try (Peer peer =
                new Peer((request, out) -> Peer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))) {
            assertThat(catchThrowableOfType(
                                    OutgoingFailure.class, () -> door.save(Call.get(peer.at("here.test")), file))
                            .rule())
                    .isEqualTo(Rule.CONNECTION);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aFileThatCannotBeSentIsNotTheNetworksFault() throws IOException {
        try (Peer peer = new Peer(OK)) {
            Call call = Call.post(peer.at("here.test"), Content.file("text/plain", directory.resolve("missing")));

            OutgoingFailure failure = refusal(door, call);
            assertThat(failure.rule()).isEqualTo(Rule.CONTENT);
            assertThat(failure.getMessage()).doesNotContain(directory.toString());
        }
    }

    @Test
    void anAnswerIsHandedOutWhileItComes() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (Peer peer = new Peer((request, out) -> {
            Peer.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            await(read, 10_000);
            Peer.write(out, "3\r\ntwo\r\n0\r\n\r\n");
        })) {
            try (Exchange exchange = door.open(Call.get(peer.at("here.test")))) {
                InputStream body = exchange.body();
                assertThat(new String(body.readNBytes(3), StandardCharsets.US_ASCII))
                        .isEqualTo("one");
                read.countDown();
                assertThat(new String(body.readAllBytes(), StandardCharsets.US_ASCII))
                        .isEqualTo("two");
            }
        }
    }

    @Test
    void closingAnEndlessAnswerDoesNotWait() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (Peer peer = new Peer((request, out) -> {
            Peer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
            await(over, 20_000);
        })) {
            long start = System.nanoTime();
            try (Exchange exchange = door.open(Call.get(peer.at("here.test")));
                    InputStream body = exchange.body()) {
                assertThat(body.read()).isEqualTo('x');
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        } finally {
            over.countDown();
        }
    }

    @Test
    void otherProtocolsGetAConnectionToAJudgedAddress() throws IOException {
        try (Peer peer = new Peer(OK);
                Socket socket = door.connect("here.test", peer.port(), Duration.ofSeconds(5))) {
            assertThat(socket.getInetAddress().getHostAddress()).isEqualTo("127.0.0.1");
            assertThat(socket.isConnected()).isTrue();
            assertThat(socket.isClosed()).isFalse();
            assertThat(door.resolve("here.test", 22))
                    .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 22));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, 'a\r\nHost: b'",
        "X-Name, 'a\nb'",
        "X-Name, 'é'",
        "'X Name', a",
        "'X:', a",
        "'', a",
        "Host, here.test",
        "Content-Length, 1",
        "transfer-encoding, chunked",
        "Connection, upgrade",
        "Upgrade, websocket",
    })
    void aHeaderThatWouldBreakTheMessageIsRefused(String name, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Call.get("http://here.test/").header(name, value));
    }

    @Test
    void whatACallPrintsHoldsNoCredentials() {
        assertThat(Call.get("http://here.test/").bearer(new Secret("t0ken")).toString())
                .doesNotContain("t0ken");
    }

    private static OutgoingFailure refusal(Door door, Call call) {
        return catchThrowableOfType(OutgoingFailure.class, () -> door.call(call));
    }

    private static String port(Peer.Received request) {
        return String.valueOf(request.headers().get("host")).replaceFirst(".*:", "");
    }

    private static List<InetAddress> resolve(String name) throws UnknownHostException {
        String address = NAMES.get(name);
        if (address == null) {
            throw new UnknownHostException(name);
        }
        return List.of(InetAddress.ofLiteral(address));
    }

    private static boolean await(CountDownLatch latch, int millis) {
        try {
            return latch.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 'x';
        }
    }
}
