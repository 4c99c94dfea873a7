package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class StreamingTest {
    private static final int SIZE = 50 * 1024 * 1024;
    /** What sockets may hold on the way (the kernel lets them grow to some MiB each), and the router's water marks. */
    private static final int BUFFERED_AT_MOST = 25 * 1024 * 1024;

    private static final byte[] BLOCK = new byte[64 * 1024];

    static {
        for (int i = 0; i < BLOCK.length; i++) {
            BLOCK[i] = (byte) (i * 31 + i / 251);
        }
    }

    private static void writeAll(OutputStream out, AtomicLong written) throws IOException {
        for (int block = 0; block < SIZE / BLOCK.length; block++) {
            out.write(BLOCK);
            written.addAndGet(BLOCK.length);
        }
        out.flush();
    }

    private static long readAll(InputStream in) throws IOException {
        long total = 0;
        byte[] buffer = new byte[BLOCK.length];
        for (int count = in.readNBytes(buffer, 0, buffer.length);
                count > 0;
                count = in.readNBytes(buffer, 0, buffer.length)) {
            assertThat(buffer).isEqualTo(BLOCK);
            total += count;
        }
        return total;
    }

    /** Waits until a number stops growing, and gives it back. */
    private static long settled(LongSupplier number) {
        AtomicLong last = new AtomicLong(-1);
        AtomicLong since = new AtomicLong(System.nanoTime());
        TestRouter.await("it stops growing", () -> {
            long now = number.getAsLong();
            if (last.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return now > 0 && System.nanoTime() - since.get() > TimeUnit.MILLISECONDS.toNanos(500);
        });
        return last.get();
    }

    @Test
    void a_large_answer_waits_for_a_client_that_reads_slowly_and_then_arrives_whole() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestRouter router = new TestRouter(options -> options.withEventLoops(1));
                TestBackend hello = new TestBackend("u", call -> {
                    if (call.target().equals("/small")) {
                        call.reply("small");
                        return;
                    }
                    call.write("HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n");
                    writeAll(call.out(), written);
                })) {
            router.route(hello);
            try (Socket client = router.connect()) {
                TestRouter.write(client, "GET / HTTP/1.1\r\nHost: hello.localhost\r\nConnection: close\r\n\r\n");
                TestRouter.readUntil(client, "\r\n\r\n");

                assertThat(settled(written::get)).isLessThan(BUFFERED_AT_MOST);
                // On the same event loop: one that is stuck holds up nobody.
                for (int i = 0; i < 20; i++) {
                    assertThat(router.get("/small").body()).isEqualTo("small");
                }
                assertThat(readAll(client.getInputStream())).isEqualTo(SIZE);
            }
        }
    }

    @Test
    void a_large_upload_waits_for_a_backend_that_reads_slowly_and_then_arrives_whole() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch read = new CountDownLatch(1);
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    await(read);
                    call.reply(Long.toString(readAll(call.body())));
                })) {
            router.route(hello);
            try (Socket client = router.connect()) {
                TestRouter.write(
                        client, "PUT / HTTP/1.1\r\nHost: hello.localhost\r\nContent-Length: " + SIZE + "\r\n\r\n");
                CompletableFuture<Void> writing = CompletableFuture.runAsync(
                        () -> {
                            try {
                                writeAll(client.getOutputStream(), written);
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        },
                        Thread::startVirtualThread);

                assertThat(settled(written::get)).isLessThan(BUFFERED_AT_MOST);
                read.countDown();
                writing.get(20, TimeUnit.SECONDS);
                assertThat(TestRouter.readUntil(client, Integer.toString(SIZE))).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void a_body_of_unknown_length_goes_through_in_both_directions_at_once() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend echo = new TestBackend("u", call -> {
                    call.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    byte[] buffer = new byte[8192];
                    for (int count = call.body().read(buffer);
                            count > 0;
                            count = call.body().read(buffer)) {
                        call.out().write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                        call.out().write(buffer, 0, count);
                        call.out().write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    }
                    call.write("0\r\n\r\n");
                })) {
            router.route(echo);
            String body = "0123456789abcdef".repeat(64 * 1024);
            HttpResponse<String> response = router.send(router.request("/")
                    .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(body))));

            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Test
    void trailers_reach_the_client() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> call.write("""
                        HTTP/1.1 200 OK
                        Transfer-Encoding: chunked
                        Trailer: X-Sum

                        2
                        ok
                        0
                        X-Sum: 7

                        """.replace("\n", "\r\n")))) {
            router.route(hello);

            assertThat(router.raw(
                            "GET / HTTP/1.1\r\nHost: hello.localhost\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n"))
                    .containsIgnoringCase("0\r\nX-Sum: 7\r\n\r\n");
        }
    }

    @Test
    void a_clients_trailers_say_nothing_that_its_headers_may_not() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend raw = new TestBackend("u", call -> {
                    String body = TestRouter.readUntil(call.socket(), "X-Sum: 7\r\n\r\n");
                    call.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body);
                    call.socket().close();
                })) {
            router.route(raw);

            assertThat(router.raw("""
                            POST /raw HTTP/1.1
                            Host: hello.localhost
                            Transfer-Encoding: chunked
                            Connection: close

                            2
                            ok
                            0
                            X_Forwarded_For: 6.6.6.6
                            X-Real-IP: 6.6.6.6
                            X-Sum: 7

                            """.replace("\n", "\r\n")))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n");
        }
    }

    @Test
    void events_arrive_one_by_one() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    call.write(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 5; i++) {
                        // The next one only after the client has seen the last: whoever holds back stops both.
                        call.write("9\r\ndata: " + i + "\n\n\r\n");
                        assertThat(call.socket().getInputStream().available()).isZero();
                        if (i < 4) {
                            SEEN.acquire(i + 1);
                        }
                    }
                    call.write("0\r\n\r\n");
                    over.countDown();
                })) {
            router.route(hello);
            try (Socket client = router.connect()) {
                TestRouter.write(client, "GET / HTTP/1.1\r\nHost: hello.localhost\r\n\r\n");
                for (int i = 0; i < 5; i++) {
                    TestRouter.readUntil(client, "data: " + i + "\n\n");
                    SEEN.release(i + 1);
                }
                await(over);
                TestRouter.readUntil(client, "0\r\n\r\n");
            }
        }
    }

    private static final Turnstile SEEN = new Turnstile();

    /** Lets a number pass once it was released. */
    private static final class Turnstile {
        private final AtomicLong released = new AtomicLong();

        void release(long number) {
            released.set(number);
        }

        void acquire(long number) {
            TestRouter.await("the client has seen event " + number, () -> released.get() >= number);
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
