package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Network;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {
    private static final List<Network> LOOPBACK = List.of(Network.parse("127.0.0.0/8"), Network.parse("10.0.0.0/8"));

    /** Sends one request with these header lines and gives back what the application saw. */
    private static TestBackend.Call seen(List<Network> trusted, String... lines) throws IOException {
        AtomicReference<TestBackend.Call> seen = new AtomicReference<>();
        try (TestRouter router = new TestRouter(options -> options.withTrustedProxies(trusted));
                TestBackend hello = new TestBackend("u", call -> {
                    seen.set(call);
                    call.reply("ok");
                })) {
            router.route(hello);
            String headers = lines.length == 0 ? "" : String.join("\r\n", lines) + "\r\n";
            String answer = router.raw("GET /a%20b?c=d HTTP/1.1\r\nHost: hello.localhost:" + router.port + "\r\n"
                    + headers + "Connection: close\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 200 OK");
            TestBackend.Call call = seen.get();
            assertThat(call.target()).isEqualTo("/a%20b?c=d");
            assertThat(call.header("host")).isEqualTo("hello.localhost:" + router.port);
            return call;
        }
    }

    @Test
    void a_backend_learns_who_asked_and_how() throws Exception {
        TestBackend.Call call = seen(List.of());

        assertThat(call.header("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(call.header("x-real-ip")).isEqualTo("127.0.0.1");
        assertThat(call.header("x-forwarded-proto")).isEqualTo("http");
        assertThat(call.header("x-forwarded-host")).isEqualTo(call.header("host"));
        assertThat(call.header("x-forwarded-port"))
                .isEqualTo(call.header("host").substring("hello.localhost:".length()));
        assertThat(call.header("x-request-id")).matches("[0-9a-f]{32}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For",
                "x-forwarded-for",
                "X_Forwarded_For",
                "X-Forwarded_For",
                "X-Forwarded-Proto",
                "X-Forwarded-Host",
                "X-Forwarded-Port",
                "X-Forwarded-Prefix",
                "X-Forwarded-Server",
                "X-Real-IP",
                "X_Real_IP",
                "Forwarded",
            })
    void what_a_stranger_says_of_itself_is_dropped(String name) throws Exception {
        TestBackend.Call call = seen(List.of(), name + ": evil", name + ": evil2");

        assertThat(call.headers()).noneMatch(header -> header.getValue().contains("evil"));
        assertThat(call.all("x-forwarded-for")).containsExactly("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "-",
            value = {
                // X-Forwarded-For sent; what the application gets; X-Real-IP
                "-; 127.0.0.1; 127.0.0.1",
                "203.0.113.9; 203.0.113.9, 127.0.0.1; 203.0.113.9",
                "6.6.6.6, 203.0.113.9; 6.6.6.6, 203.0.113.9, 127.0.0.1; 203.0.113.9",
                "203.0.113.9, 10.1.2.3; 203.0.113.9, 10.1.2.3, 127.0.0.1; 203.0.113.9",
                "unknown, 10.1.2.3; unknown, 10.1.2.3, 127.0.0.1; 10.1.2.3",
                "2001:db8::1; 2001:db8::1, 127.0.0.1; 2001:db8:0:0:0:0:0:1",
            })
    void what_a_trusted_proxy_says_is_kept_and_extended(String sent, String received, String realIp) throws Exception {
        TestBackend.Call call = sent == null ? seen(LOOPBACK) : seen(LOOPBACK, "X-Forwarded-For: " + sent);

        assertThat(call.all("x-forwarded-for")).containsExactly(received);
        assertThat(call.header("x-real-ip")).isEqualTo(realIp);
    }

    @Test
    void a_trusted_proxy_may_tell_scheme_host_and_port() throws Exception {
        TestBackend.Call call = seen(
                LOOPBACK,
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: www.example.com",
                "Forwarded: for=203.0.113.9");

        assertThat(call.header("x-forwarded-proto")).isEqualTo("https");
        assertThat(call.header("x-forwarded-port")).isEqualTo("443");
        assertThat(call.header("x-forwarded-host")).isEqualTo("www.example.com");
        assertThat(call.header("forwarded")).isEqualTo("for=203.0.113.9, for=127.0.0.1;proto=http");

        call = seen(LOOPBACK, "X-Forwarded-Proto: gopher", "X-Forwarded-Host: a b", "X-Forwarded-Port: 8443");

        assertThat(call.header("x-forwarded-proto")).isEqualTo("http");
        assertThat(call.header("x-forwarded-port")).isEqualTo("8443");
        assertThat(call.header("x-forwarded-host")).isEqualTo(call.header("host"));
    }

    @ParameterizedTest
    @CsvSource({"abc-123_X.y:z/=+@, true", "a b, false", "<x>, false", "ü, false"})
    void a_sane_request_id_is_kept_and_any_other_replaced(String id, boolean kept) throws Exception {
        String received = seen(List.of(), "X-Request-Id: " + id).header("x-request-id");

        if (kept) {
            assertThat(received).isEqualTo(id);
        } else {
            assertThat(received).matches("[0-9a-f]{32}");
        }
    }

    @Test
    void what_is_meant_for_this_connection_does_not_travel() throws Exception {
        TestBackend.Call call = seen(
                List.of(),
                "Connection: X-Private, keep-alive",
                "X-Private: 1",
                "Keep-Alive: timeout=5",
                "Proxy-Connection: keep-alive",
                "Proxy-Authorization: Basic eA==",
                "Proxy: http://evil",
                "TE: trailers, deflate",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABk",
                "Authorization: Bearer x",
                "Cookie: a=b");

        assertThat(call.headers().stream().map(Map.Entry::getKey))
                .doesNotContain(
                        "x-private",
                        "keep-alive",
                        "proxy-connection",
                        "proxy-authorization",
                        "proxy",
                        "upgrade",
                        "http2-settings")
                .contains("authorization", "cookie");
    }

    @Test
    void a_connection_header_cannot_take_away_what_the_request_depends_on() throws Exception {
        AtomicReference<String> body = new AtomicReference<>();
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    body.set(new String(call.body().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                            + call.header("x-forwarded-for")
                            + call.header("host"));
                    call.reply("ok");
                })) {
            router.route(hello);

            router.raw("""
                    POST / HTTP/1.1
                    Host: hello.localhost
                    Content-Length: 3
                    Connection: close, content-length, host, x-forwarded-for

                    abc""".replace("\n", "\r\n"));

            assertThat(body).hasValue("abc127.0.0.1hello.localhost");
        }
    }

    @Test
    void what_a_backend_says_of_its_connection_does_not_travel_either() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> call.write("""
                        HTTP/1.1 200 OK
                        Connection: X-Private, close
                        X-Private: 1
                        Keep-Alive: timeout=5
                        Set-Cookie: a=1
                        Set-Cookie: b=2
                        Content-Length: 2

                        ok""".replace("\n", "\r\n")))) {
            router.route(hello);

            var response = router.get("/");

            assertThat(response.body()).isEqualTo("ok");
            assertThat(response.headers().map()).doesNotContainKeys("connection", "x-private", "keep-alive");
            assertThat(response.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
        }
    }
}
