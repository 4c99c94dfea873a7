package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.orizuru.config.Endpoint;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Traffic;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutingTest {
    private TestRouter router;

    @BeforeEach
    void start() throws Exception {
        router = new TestRouter();
    }

    @AfterEach
    void close() {
        router.close();
    }

    @Test
    void a_request_reaches_the_app_that_its_host_names() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello");
                TestBackend other = TestBackend.replying("other")) {
            router.route(hello);
            router.route("other", "*.other.localhost", List.of(other.address()));

            assertThat(router.get("/").body()).isEqualTo("hello");
            assertThat(router.raw("GET / HTTP/1.1\r\nHost: A.b.OTHER.localhost:80\r\nConnection: close\r\n\r\n"))
                    .endsWith("other");
        }
    }

    @Test
    void a_host_that_no_app_answers_to_is_a_404_that_names_it() throws Exception {
        HttpResponse<String> response = router.get("/");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).isEqualTo("no app answers to 127.0.0.1\n");
        assertThat(response.headers().firstValue("content-type")).hasValue("text/plain; charset=utf-8");
    }

    @Test
    void a_client_that_sends_a_body_to_nobody_still_gets_the_answer() throws Exception {
        String answer =
                router.raw("POST / HTTP/1.1\r\nHost: nobody\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(500_000));

        assertThat(answer).startsWith("HTTP/1.1 404 ").endsWith("no app answers to nobody\n");
    }

    @Test
    void an_app_without_units_is_a_503_that_says_when_to_come_again() throws Exception {
        router.route("hello", "hello.localhost", List.of());

        HttpResponse<String> response = router.get("/");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValueAsLong("retry-after")).hasValue(1);
    }

    @Test
    void head_requests_get_the_headers_alone() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            String answers = router.raw("""
                    HEAD / HTTP/1.1
                    Host: hello.localhost

                    HEAD / HTTP/1.1
                    Host: nobody.localhost

                    GET / HTTP/1.1
                    Host: hello.localhost
                    Connection: close

                    """.replace("\n", "\r\n"));

            assertThat(answers).containsPattern("(?s)HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 404 ");
            assertThat(answers).containsPattern("(?s)\r\n\r\nHTTP/1.1 200 OK\r\n[^<]*\r\n\r\nhello$");
        }
    }

    @Test
    void requests_sent_ahead_are_answered_in_their_order() throws Exception {
        try (TestBackend hello = new TestBackend("u", call -> call.reply(call.target()))) {
            router.route(hello);
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append("POST /" + i + " HTTP/1.1\r\nHost: hello.localhost\r\nContent-Length: 3\r\n"
                        + (i == 49 ? "Connection: close\r\n" : "") + "\r\nabc");
            }

            String answers = router.raw(requests.toString());

            assertThat(answers.split("HTTP/1.1 200 OK")).hasSize(51);
            assertThat(answers).containsPattern("(?s)/7HTTP.*/8HTTP.*/48HTTP.*/49$");
        }
    }

    @Test
    void old_clients_get_answers_that_they_understand() throws Exception {
        try (TestBackend hello = new TestBackend(
                "u",
                call -> call.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))) {
            router.route(hello);

            String answer = router.raw("GET / HTTP/1.0\r\nHost: hello.localhost\r\nConnection: keep-alive\r\n\r\n");

            assertThat(answer).doesNotContainIgnoringCase("chunked").endsWith("\r\n\r\nabc");
        }
    }

    private Map<String, Integer> asked(int times) throws Exception {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            counts.merge(router.get("/").body(), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void versions_get_exactly_their_shares_however_many_backends_they_have() throws Exception {
        try (TestBackend one = TestBackend.replying("one");
                TestBackend other = TestBackend.replying("other");
                TestBackend fresh = TestBackend.replying("fresh");
                TestBackend resting = TestBackend.replying("resting")) {
            List<Backend> all = List.of(one.address(1), other.address(1), fresh.address(2), resting.address(3));
            router.route(all, Map.of(1, 95, 2, 5, 3, 0));

            assertThat(asked(100)).containsOnly(Map.entry("one", 48), Map.entry("other", 47), Map.entry("fresh", 5));

            router.route(all, Map.of(1, 0, 2, 100, 3, 0));
            assertThat(asked(20)).containsOnly(Map.entry("fresh", 20));

            router.route(all, Map.of());
            assertThat(asked(20).values()).containsOnly(5);
        }
    }

    @Test
    void what_a_version_without_backends_would_get_goes_to_the_others() throws Exception {
        try (TestBackend one = TestBackend.replying("one");
                TestBackend two = TestBackend.replying("two")) {
            router.route(List.of(one.address(1), two.address(2)), Map.of(1, 60, 2, 20, 9, 20));
            assertThat(asked(8)).containsOnly(Map.entry("one", 6), Map.entry("two", 2));

            // Better a version without a share than nothing.
            router.route(List.of(one.address(1), two.address(2)), Map.of(1, 0, 9, 100));
            assertThat(asked(8)).containsOnly(Map.entry("one", 4), Map.entry("two", 4));
        }
    }

    @Test
    void a_version_that_cannot_be_reached_loses_no_request() throws Exception {
        try (TestBackend one = TestBackend.replying("one")) {
            Backend gone;
            try (TestBackend closed = TestBackend.replying("gone")) {
                gone = closed.address(2);
            }
            router.route(List.of(one.address(1), gone), Map.of(1, 50, 2, 50));

            assertThat(asked(20)).containsOnly(Map.entry("one", 20));

            Traffic traffic = router.router.traffic("hello").getFirst();
            assertThat(traffic.units())
                    .filteredOn(unit -> unit.unit().equals("gone"))
                    .allSatisfy(unit -> {
                        assertThat(unit.failures()).isPositive();
                        assertThat(unit.latencies().stream()
                                        .mapToLong(Long::longValue)
                                        .sum())
                                .isEqualTo(unit.failures());
                    });
        }
    }

    @Test
    void who_asks_for_a_part_by_its_name_is_not_counted() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            AppRoutes.Part part = new AppRoutes.Part(Set.of("v1.version.hello.localhost"), List.of(hello.address()));
            router.route(List.of(hello.address()), Map.of(), part);
            router.raw("GET / HTTP/1.1\r\nHost: v1.version.hello.localhost\r\nConnection: close\r\n\r\n");
            asked(3);

            assertThat(router.router.traffic("hello").getFirst().units()).allSatisfy(unit -> assertThat(
                            unit.latencies().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(3));
        }
    }

    @Test
    void requests_are_counted_by_how_they_ended_and_how_long_they_took() throws Exception {
        try (TestBackend good = TestBackend.replying("good");
                TestBackend bad =
                        new TestBackend("bad", call -> call.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))) {
            router.route(good, bad);
            asked(10);

            Traffic traffic = router.router.traffic("hello").getFirst();
            assertThat(traffic.units())
                    .allSatisfy(unit -> assertThat(unit.latencies().stream()
                                    .mapToLong(Long::longValue)
                                    .sum())
                            .isEqualTo(5))
                    .extracting(Traffic.OfUnit::unit, Traffic.OfUnit::failures)
                    .containsExactlyInAnyOrder(tuple("good", 0L), tuple("bad", 5L));
            assertThat(router.router.traffic("other").getFirst().units()).isEmpty();
        }
    }

    @Test
    void a_backend_that_is_stuck_gets_no_more_than_its_share_of_waiting_requests() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (TestBackend stuck = new TestBackend("stuck", call -> {
                    await(release);
                    call.reply("stuck");
                });
                TestBackend quick = TestBackend.replying("quick")) {
            router.route(stuck, quick);
            var first = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            var second = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            TestRouter.await("one is stuck", () -> stuck.requests.get() == 1);
            CompletableFuture.anyOf(first, second).join(); // The other one is through, so only one waits.
            for (int i = 0; i < 50; i++) {
                assertThat(router.get("/").body()).isEqualTo("quick");
            }
            release.countDown();
            CompletableFuture.allOf(first, second).join();
        }
    }

    @Test
    void a_lower_epoch_is_refused_even_after_the_app_was_removed() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            AppRoutes routes = new AppRoutes("hello", 5, Set.of("hello.localhost"), List.of(hello.address()));
            router.router.apply(routes);
            router.router.apply(routes);
            assertThat(router.router.observe()).containsExactly(routes);

            router.router.apply(new AppRoutes("hello", 7, Set.of(), List.of()));
            assertThat(router.router.observe()).isEmpty();
            assertThat(router.get("/").statusCode()).isEqualTo(404);

            assertThatThrownBy(() -> router.router.apply(routes))
                    .isInstanceOf(StaleEpochException.class)
                    .hasMessageContaining("5")
                    .hasMessageContaining("7");
            assertThat(router.get("/").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void routes_that_cannot_be_are_refused_and_change_nothing() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            assertThatThrownBy(() -> router.route("hello", "not a host", List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not a host");
            assertThatThrownBy(() ->
                            router.route("hello", "hello.localhost", List.of(new Backend("u", "example.com", 80, 1))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("example.com");

            assertThat(router.get("/").body()).isEqualTo("hello");
        }
    }

    @Test
    void of_two_apps_with_one_host_the_last_has_it_until_it_gives_it_up() throws Exception {
        try (TestBackend one = TestBackend.replying("one");
                TestBackend two = TestBackend.replying("two")) {
            router.route("one", "hello.localhost", List.of(one.address()));
            router.route("two", "hello.localhost", List.of(two.address()));
            assertThat(router.get("/").body()).isEqualTo("two");

            router.route("two", "two.localhost", List.of(two.address()));
            assertThat(router.get("/").body()).isEqualTo("one");
        }
    }

    @Test
    void routers_of_several_names_share_a_listener_but_not_their_routes() throws Exception {
        DataPlane plane = new DataPlane(BuiltinRouter.Options.of(new Endpoint("127.0.0.1", 0)));
        try (plane;
                TestBackend hello = TestBackend.replying("hello")) {
            BuiltinRouter main = new BuiltinRouter("main", plane);
            BuiltinRouter tls = new BuiltinRouter("tls", plane);
            int port = main.start();
            assertThat(tls.start()).isEqualTo(port);
            AppRoutes routes = new AppRoutes("hello", 9, Set.of("hello.localhost"), List.of(hello.address()));
            main.apply(routes);
            tls.apply(new AppRoutes("hello", 1, Set.of("hello.tls.localhost"), List.of(hello.address())));

            assertThat(main.observe()).containsExactly(routes);
            tls.apply(new AppRoutes("hello", 2, Set.of(), List.of()));
            main.close();

            assertThat(tls.observe()).isEmpty();
            assertThat(status(port, "hello.localhost")).isEqualTo(200);
            assertThat(status(port, "hello.tls.localhost")).isEqualTo(404);
        }
    }

    private static int status(int port, String host) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            TestRouter.write(socket, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            return Integer.parseInt(TestRouter.readUntil(socket, "\r\n").substring(9, 12));
        }
    }

    @Test
    void what_happens_is_counted() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);
            router.get("/");
            router.raw("GET / HTTP/1.1\r\nHost: nobody\r\nConnection: close\r\n\r\n");

            TestRouter.await(
                    "the closed connection is counted",
                    () -> router.router.snapshot().connectionsOpen() == 1);
            Snapshot snapshot = router.router.snapshot();
            assertThat(snapshot.responses()).containsExactly(0L, 1L, 0L, 1L, 0L);
            assertThat(snapshot.connectionsAccepted()).isEqualTo(2);
            assertThat(snapshot.inFlight()).isZero();
            assertThat(snapshot.backendErrors()).isZero();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
