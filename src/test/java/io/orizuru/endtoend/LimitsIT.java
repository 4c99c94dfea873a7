package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What callers who mean harm, or cannot stop, may do to the others: nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
@SuppressWarnings("NullAway.Init") // Set before all tests.
class LimitsIT {
    private static final int CONNECTIONS = 300;
    private static final int LOGINS = 20;
    private static final int REQUESTS = 60;
    private static final int TOKEN_REQUESTS = 30;
    private static final String HEAD = "POST /1.0/auth/login HTTP/1.1\r\nHost: here\r\n";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";

    private TestServer server;
    private HttpClient http;

    @BeforeAll
    void start() {
        server = TestServer.start(settings -> {
            settings.put("trusted-proxies", "127.0.0.1");
            ObjectNode limits = settings.putObject("limits");
            limits.put("connections", CONNECTIONS);
            limits.put("logins-per-address", LOGINS);
            limits.put("requests-per-address", REQUESTS);
            limits.put("requests-per-token", TOKEN_REQUESTS);
        });
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    void stop() {
        http.close();
        server.close();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Of nobody, so that no password is hashed and the test is over before much comes in again. */
    private HttpRequest.Builder logIn(String from) {
        return HttpRequest.newBuilder(server.api().resolve("/1.0/auth/login"))
                .header("X-Forwarded-For", from)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("email=nobody%40example.com&password=some-word"));
    }

    private Socket connect() throws IOException {
        URI api = server.api();
        Socket socket = new Socket(api.getHost(), api.getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** What the server answers, until it waits for more or closes. */
    private String answerTo(String head, byte[] chunk, int times) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(ISO_8859_1));
            try {
                for (int i = 0; i < times; i++) {
                    out.write(chunk);
                }
            } catch (IOException closedAlready) {
                // Its answer may still be there.
            }
            byte[] answer = socket.getInputStream().readNBytes(120);
            return new String(answer, ISO_8859_1);
        }
    }

    @Test
    void healthIsGoodWhileHundredsHoldConnectionsWithHeadsAndBodiesThatNeverEnd() throws Exception {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket slowBody = connect();
                held.add(slowBody);
                String head =
                        "POST /1.0/users HTTP/1.1\r\nHost: here\r\nX-Forwarded-For: 198.51.100.%d\r\n".formatted(i);
                slowBody.getOutputStream()
                        .write((head + FORM + "Content-Length: 1000\r\n\r\nemail=").getBytes(ISO_8859_1));
            }
            for (int i = 0; i < 2 * CONNECTIONS; i++) {
                Socket slowHead = connect();
                held.add(slowHead);
                slowHead.getOutputStream().write((HEAD + "X-").getBytes(ISO_8859_1));
            }

            // A server that has no room any more would never answer; how fast it does is the machine's business.
            HttpRequest health = HttpRequest.newBuilder(server.api().resolve("/healthcheck"))
                    .timeout(Duration.ofMinutes(1))
                    .build();
            assertThat(http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode())
                    .isEqualTo(200);
            assertThat(held).as("all of them were held meanwhile").hasSize(100 + 2 * CONNECTIONS);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    @Test
    void loginsOfAnAddressAreLimitedAndOthersGoOn() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < LOGINS + 5; i++) {
            statuses.add(send(logIn("203.0.113.1")).statusCode());
        }
        assertThat(statuses.subList(0, LOGINS)).doesNotContain(429);
        assertThat(statuses).contains(429);

        HttpResponse<String> refused = send(logIn("203.0.113.1"));
        if (refused.statusCode() == 429) {
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 60L);
            assertThat(refused.body()).contains("too many logins of one address");
        }
        assertThat(send(logIn("203.0.113.2")).statusCode()).isNotEqualTo(429);
    }

    private HttpRequest.Builder appsFrom(String from) {
        return HttpRequest.newBuilder(server.api().resolve("/1.0/apps")).header("X-Forwarded-For", from);
    }

    private static void assertTooMany(HttpResponse<String> refused, String what) {
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
        assertThat(refused.body()).contains("too many " + what);
    }

    @Test
    void requestsOfAnAddressAreLimitedWhoeverAsksAndOthersGoOn() throws Exception {
        HttpResponse<String> answer = send(appsFrom("203.0.113.20"));
        int passed = 0;
        while (answer.statusCode() != 429 && passed < 10 * REQUESTS) {
            assertThat(answer.statusCode()).isEqualTo(401);
            passed++;
            answer = send(appsFrom("203.0.113.20"));
        }
        assertThat(passed).isGreaterThanOrEqualTo(REQUESTS);
        assertTooMany(answer, "requests of one address");
        assertThat(send(appsFrom("203.0.113.21")).statusCode()).isEqualTo(401);
    }

    @Test
    void requestsWithATokenAreLimitedWhereverTheyComeFromAndOthersGoOn() throws Exception {
        String token = "bearer " + server.adminToken();
        int passed = 0;
        HttpResponse<String> answer = send(appsFrom("192.0.2.1").header("Authorization", token));
        while (answer.statusCode() != 429 && passed < 10 * TOKEN_REQUESTS) {
            passed++;
            answer = send(appsFrom("192.0.2." + passed % 250).header("Authorization", token));
        }
        assertThat(passed).isGreaterThanOrEqualTo(TOKEN_REQUESTS);
        assertTooMany(answer, "requests with one token");
        assertThat(send(appsFrom("192.0.2.1")).statusCode()).isEqualTo(401);
    }

    @Test
    void aHeadThatIsTooLargeIsRefused() throws Exception {
        String answer = answerTo(HEAD + "X-Large: " + "x".repeat(100_000) + "\r\n\r\n", new byte[0], 0);

        assertThat(answer).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aBodyInChunksThatIsTooLargeIsRefusedWithAWord() throws Exception {
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        String head = HEAD + FORM + "X-Forwarded-For: 203.0.113.3\r\nTransfer-Encoding: chunked\r\n\r\n";

        String answer = answerTo(head, chunk.getBytes(ISO_8859_1), 200);

        assertThat(answer).startsWith("HTTP/1.1 413 ");
    }

    @Test
    void jsonThatIsNestedWithoutEndIsRefused() throws Exception {
        for (String part : List.of("[", "{\"a\":")) {
            HttpResponse<String> answer =
                    send(HttpRequest.newBuilder(server.api().resolve("/1.0/auth/login"))
                            .header("X-Forwarded-For", "203.0.113.4")
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(part.repeat(1_000))));

            assertThat(answer.statusCode()).as(part).isEqualTo(400);
        }
    }
}
