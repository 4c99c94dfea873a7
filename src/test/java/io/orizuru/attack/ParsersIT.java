package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** No input makes the server answer that it has a defect, whoever sends it. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ParsersIT {
    /** Of each caller; {@code -Dattack.inputs=1000000} tries all there are. */
    private static final int INPUTS = Integer.getInteger("attack.inputs", 2_500);

    private static final int AT_ONCE = 8;

    private final TestServer server;
    private final RawCaller caller;
    private final List<OddInputs.Odd> all;
    private final HttpClient http = HttpClient.newHttpClient();

    ParsersIT(TestServer server) throws IOException, InterruptedException {
        this.server = server;
        this.caller = new RawCaller(server.api());
        this.all = OddInputs.of(json("/openapi.json"));
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.api() + path)).build();
        return new ObjectMapper()
                .readTree(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    @Test
    void theAdministratorGetsNoDefect() {
        requireNoDefect(OddInputs.some(all, INPUTS), "bearer " + server.adminToken());
    }

    @Test
    void somebodyWithoutPermissionsGetsNoDefect() throws IOException, InterruptedException {
        String member = "{\"email\": \"odd@example.com\", \"password\": \"a-password-of-odd\"}";
        post("/users", member);
        String token = new ObjectMapper()
                .readTree(post("/auth/login", member))
                .path("token")
                .asText();
        assertThat(token).isNotEmpty();
        requireNoDefect(OddInputs.some(all, INPUTS / 4), "bearer " + token);
    }

    @Test
    void anybodyGetsNoDefect() {
        requireNoDefect(OddInputs.some(all, INPUTS / 4), "");
    }

    private String post(String path, String json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.api() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private void requireNoDefect(List<OddInputs.Odd> inputs, String authorization) {
        List<String> defects = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int at = next.getAndIncrement(); at < inputs.size(); at = next.getAndIncrement()) {
                    ask(inputs.get(at), authorization, defects);
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(defects).as(defects.size() + " of " + inputs.size()).isEmpty();
        assertThat(server.isRunning()).isTrue();
    }

    private void ask(OddInputs.Odd odd, String authorization, List<String> defects) {
        byte[] body = odd.body().getBytes(UTF_8);
        StringBuilder head = new StringBuilder(odd.method() + " " + odd.path() + " HTTP/1.1\r\nHost: "
                + server.api().getAuthority() + "\r\n");
        odd.headers().forEach(header -> head.append(header).append("\r\n"));
        if (!authorization.isEmpty() && odd.headers().stream().noneMatch(line -> line.startsWith("Authorization"))) {
            head.append("Authorization: ").append(authorization).append("\r\n");
        }
        if (odd.headers().stream().noneMatch(line -> line.startsWith("Transfer-Encoding"))) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        RawCaller.Answer answer = caller.send(head.append("\r\n").toString(), body, body.length == 0 ? 0 : 1);
        // 501 to 503 say what cannot be, or not now; 0 is a connection that was closed.
        if (answer.status() == 500 && !answer.text().contains("WORKING")) {
            defects.add(odd.shown() + " -> " + answer.text().replaceAll("(?s).*\r\n\r\n", ""));
        }
    }

    @Test
    void aPathIsDecodedOnceWithAPrefixAndWithout() {
        for (String prefix : List.of("", "/1.0")) {
            RawCaller.Answer answer = caller.send(
                    "GET " + prefix + "/apps/a%2525b HTTP/1.1\r\nHost: x\r\nAuthorization: bearer "
                            + server.adminToken() + "\r\n\r\n",
                    new byte[0],
                    0);
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.text()).contains("App a%25b not found");
        }
    }
}
