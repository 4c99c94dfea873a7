package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SwitchTest {
    private static final int CLIENTS = 16;
    private static final int REQUESTS = 2000;

    @Test
    void not_one_request_is_lost_while_backends_come_and_go() throws Exception {
        AtomicInteger left = new AtomicInteger(REQUESTS);
        int switches = 0;
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        try (TestRouter router = new TestRouter()) {
            TestBackend current = backend(0);
            router.route(current);
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    for (int number = left.decrementAndGet(); number >= 0; number = left.decrementAndGet()) {
                        ask(router, number, failures);
                    }
                }));
            }
            while (left.get() > 0) {
                TestBackend next = backend(++switches);
                router.route(next);
                assertThat(router.router.awaitIdle(Set.of(current.address()), Duration.ofSeconds(20)))
                        .isTrue();
                current.close();
                current = next;
            }
            for (Thread client : clients) {
                assertThat(client.join(Duration.ofSeconds(30))).isTrue();
            }
            current.close();
            assertThat(failures).isEmpty();
            assertThat(switches).isGreaterThan(10);
            assertThat(router.router.snapshot().responses()).containsExactly(0L, (long) REQUESTS, 0L, 0L, 0L);
            assertThat(router.router.snapshot().backendErrors()).isZero();
            assertThat(router.router.snapshot().inFlight()).isZero();
        }
    }

    private static TestBackend backend(int number) throws Exception {
        return new TestBackend("unit-" + number, call -> call.reply(call.target()));
    }

    private static void ask(TestRouter router, int number, Queue<String> failures) {
        try {
            HttpRequest.Builder request = router.request("/" + number);
            HttpResponse<String> response = router.send(
                    number % 3 == 0 ? request.POST(HttpRequest.BodyPublishers.ofString("x".repeat(number))) : request);
            if (response.statusCode() != 200 || !response.body().equals("/" + number)) {
                failures.add(number + ": " + response.statusCode() + " " + response.body());
            }
        } catch (Exception e) {
            failures.add(number + ": " + e);
        }
    }

    @Test
    void a_backend_is_idle_only_when_its_last_request_has_ended() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (TestRouter router = new TestRouter();
                TestBackend old = new TestBackend("old", call -> {
                    started.countDown();
                    await(release);
                    call.reply("old");
                });
                TestBackend young = TestBackend.replying("young")) {
            router.route(old);
            var under = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            await(started);
            router.route(young);

            assertThat(router.get("/").body()).isEqualTo("young");
            assertThat(router.router.awaitIdle(Set.of(old.address(), young.address()), Duration.ofMillis(50)))
                    .isFalse();
            release.countDown();
            assertThat(router.router.awaitIdle(Set.of(old.address(), young.address()), Duration.ofSeconds(20)))
                    .isTrue();
            assertThat(under.get(20, TimeUnit.SECONDS).body()).isEqualTo("old");
            TestRouter.await("its kept connections are closed", () -> old.openConnections() == 0);
        }
    }

    @Test
    void a_backend_that_is_named_twice_is_one_backend() throws Exception {
        CountDownLatch started = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        try (TestRouter router = new TestRouter();
                TestBackend old = new TestBackend("old", call -> {
                    started.countDown();
                    await(release);
                    call.reply("old");
                })) {
            router.route("hello", TestRouter.HELLO, List.of(old.address(1), old.address(2)));
            var one = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            var two = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            await(started);
            router.route("hello", TestRouter.HELLO, List.of());

            assertThat(router.router.awaitIdle(Set.of(old.address()), Duration.ofMillis(50)))
                    .isFalse();
            release.countDown();
            assertThat(router.router.awaitIdle(Set.of(old.address()), Duration.ofSeconds(20)))
                    .isTrue();
            assertThat(one.get(20, TimeUnit.SECONDS).body()
                            + two.get(20, TimeUnit.SECONDS).body())
                    .isEqualTo("oldold");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
