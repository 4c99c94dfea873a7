package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.router.AppRoutes;
import io.orizuru.router.AppRoutes.Asleep;
import io.orizuru.router.AppRoutes.Part;
import io.orizuru.router.Backend;
import io.orizuru.router.Wakes;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Apps that are asleep, and names of parts of apps. */
@Timeout(60)
class SleepTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Asleep WAKES = new Asleep(true, List.of());
    private long epoch = 1;

    /** A data plane and the router on it. */
    private static final class Plane implements AutoCloseable {
        private final DataPlane plane;
        private final TestRouter client;

        private Plane(UnaryOperator<BuiltinRouter.Options> change) throws IOException {
            client = new TestRouter(change);
            plane = client.router.plane();
        }

        private Set<String> called() throws InterruptedException {
            return plane.wakes().await(LIMIT);
        }

        private CompletableFuture<HttpResponse<String>> ask(HttpRequest.Builder request) {
            return client.client().sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
        }

        private void end() {
            client.close();
        }

        @Override
        public void close() {
            end();
        }
    }

    private static Plane plane() throws IOException {
        return new Plane(options -> options);
    }

    private static Plane impatient() throws IOException {
        return new Plane(
                options -> options.withTimeouts(BuiltinRouter.Timeouts.DEFAULT.withWake(Duration.ofMillis(200))));
    }

    @SuppressWarnings("NullAway") // It does not see in a class file that an app may be awake.
    private void route(Plane plane, List<Backend> backends, @Nullable Asleep asleep, Part... parts) {
        plane.client.router.apply(new AppRoutes(
                "hello", epoch++, Set.of("127.0.0.1", "hello.localhost"), backends, Map.of(), List.of(parts), asleep));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void requestsWaitForTheAppAndTheAppIsCalledOnce() throws Exception {
        try (Plane plane = plane();
                TestBackend hello = TestBackend.replying("hello")) {
            route(plane, List.of(), WAKES);
            List<CompletableFuture<HttpResponse<String>>> visits = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HttpRequest.Builder request = plane.client.request("/" + i);
                visits.add(plane.ask(
                        i % 2 == 0 ? request : request.POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000)))));
            }
            assertThat(plane.called()).containsExactly("hello");
            assertThat(plane.plane.wakes().await(Duration.ofMillis(100))).isEmpty();
            assertThat(visits).noneMatch(CompletableFuture::isDone);

            route(plane, List.of(hello.address()), null);

            for (CompletableFuture<HttpResponse<String>> visit : visits) {
                assertThat(get(visit).statusCode()).isEqualTo(200);
                assertThat(get(visit).body()).isEqualTo("hello");
            }
        }
    }

    @Test
    void anAppIsCalledAgainForAsLongAsSomebodyWaits() throws Exception {
        try (Plane plane = plane();
                TestBackend hello = TestBackend.replying("hello")) {
            route(plane, List.of(), WAKES);
            CompletableFuture<HttpResponse<String>> visit = plane.ask(plane.client.request("/"));
            assertThat(plane.called()).containsExactly("hello");
            assertThat(plane.called()).containsExactly("hello");
            route(plane, List.of(hello.address()), null);
            assertThat(get(visit).statusCode()).isEqualTo(200);
            assertThat(plane.plane.wakes().await(Duration.ofMillis(1500))).isEmpty();
        }
    }

    @Test
    void whoWaitsTooLongIsToldToComeAgain() throws Exception {
        try (Plane plane = impatient()) {
            route(plane, List.of(), WAKES);
            HttpResponse<String> answer = plane.client.get("/");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("5");
            assertThat(answer.body()).contains("127.0.0.1 was asleep and is not awake after");
        }
    }

    @Test
    void whoWaitsForAnAppThatDoesNotStartIsToldSo() throws Exception {
        try (Plane plane = plane()) {
            route(plane, List.of(), WAKES);
            CompletableFuture<HttpResponse<String>> visit = plane.ask(plane.client.request("/"));
            assertThat(plane.called()).containsExactly("hello");
            route(plane, List.of(), WAKES.failed(1, System.currentTimeMillis() + 60_000));
            assertThat(get(visit).statusCode()).isEqualTo(503);
            assertThat(get(visit).body()).contains("could not be woken");
            int pause = Integer.parseInt(
                    get(visit).headers().firstValue("Retry-After").orElseThrow());
            assertThat(pause).isBetween(50, 61);
            // Whoever comes now is not made to wait for nothing.
            assertThat(plane.client.get("/").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void theProxyAnswersForAnAppThatSleeps() throws Exception {
        try (Plane plane = plane();
                TestBackend proxy = new TestBackend("proxy", call -> call.reply("proxy for " + call.header("host")))) {
            route(plane, List.of(), new Asleep(false, List.of(proxy.address())));
            HttpResponse<String> answer = plane.client.get("/");
            assertThat(answer.body()).isEqualTo("proxy for 127.0.0.1:" + plane.client.port);
            assertThat(plane.plane.wakes().await(Duration.ofMillis(100))).isEmpty();

            route(plane, List.of(), new Asleep(true, List.of(proxy.address())));
            assertThat(plane.client.get("/").body()).startsWith("proxy for");
            assertThat(plane.called()).containsExactly("hello");
        }
    }

    @Test
    void aProxyThatIsAwayIsNotTakenForTheApp() throws Exception {
        try (Plane plane = plane()) {
            TestBackend proxy = TestBackend.replying("proxy");
            Backend gone = proxy.address();
            proxy.close();
            route(plane, List.of(), new Asleep(false, List.of(gone)));
            HttpResponse<String> answer = plane.client.get("/");
            assertThat(answer.statusCode()).isEqualTo(502);
            assertThat(answer.body()).contains("is asleep, and what should answer for it could not be reached");
        }
    }

    @Test
    void onlySoManyRequestsWait() throws Exception {
        try (Plane plane =
                new Plane(options -> options.withLimits(new BuiltinRouter.Limits(8192, 32768, 100, 100, 3, 2)))) {
            route(plane, List.of(), WAKES);
            try (Socket one = plane.client.connect();
                    Socket other = plane.client.connect()) {
                TestRouter.write(one, "GET / HTTP/1.1\r\nHost: hello.localhost\r\n\r\n");
                TestRouter.write(other, "GET / HTTP/1.1\r\nHost: hello.localhost\r\n\r\n");
                TestRouter.await("both wait", () -> plane.plane.held() == 2);
                assertThat(plane.client.get("/").body()).contains("too many requests wait");
            }
            TestRouter.await("who went away waits no more", () -> plane.plane.held() == 0);
        }
    }

    @Test
    void whoWaitsAtARouterThatEndsIsTold() throws Exception {
        try (Plane plane = plane()) {
            route(plane, List.of(), WAKES);
            CompletableFuture<HttpResponse<String>> visit = plane.ask(plane.client.request("/"));
            assertThat(plane.called()).containsExactly("hello");
            plane.end();
            assertThat(get(visit).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void aNameOfAPartLeadsToItsUnitsAndNeverTakesAnothersName() throws Exception {
        try (Plane plane = plane();
                TestBackend first = TestBackend.replying("first");
                TestBackend second = TestBackend.replying("second")) {
            Part part = new Part(Set.of("v2.version.hello.localhost", "127.0.0.1"), List.of(second.address()));
            route(plane, List.of(first.address()), null, part);
            assertThat(plane.client.get("/").body()).isEqualTo("first");
            assertThat(plane.client.raw(
                            "GET / HTTP/1.1\r\nHost: v2.version.hello.localhost\r\nConnection: close\r\n\r\n"))
                    .endsWith("second");
            assertThat(plane.client.router.awaitIdle(Set.of(second.address()), LIMIT))
                    .isTrue();
        }
    }

    @Test
    void callsForAnAppAreToldOnceASecondAtMost() throws Exception {
        Wakes wakes = new Wakes();
        assertThat(wakes.await(Duration.ofMillis(1))).isEmpty();
        wakes.call("blog");
        wakes.call("blog");
        wakes.call("shop");
        assertThat(wakes.await(LIMIT)).containsExactlyInAnyOrder("blog", "shop");
        wakes.call("blog");
        assertThat(wakes.await(Duration.ofMillis(1))).isEmpty();
    }
}
