package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Inputs that would fill the memory of a server which believes its callers, from many callers at once, while somebody else asks
 * all the time whether the server is well.
 */
final class MemoryFlood implements AutoCloseable {
    static final int MIB = 1 << 20;
    private static final String FIELD =
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + "y".repeat(MIB) + "\r\n";

    private final TestServer server;
    private final RawCaller caller;
    private final long pid;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<String> unwell = Collections.synchronizedList(new ArrayList<>());
    private final Thread watch;
    private final AtomicInteger looks = new AtomicInteger();

    MemoryFlood(TestServer server) {
        this.server = server;
        this.caller = new RawCaller(server.api());
        this.pid = server.process().pid();
        this.watch = Thread.ofVirtual().start(this::watch);
    }

    private void watch() {
        while (!over.get()) {
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(server.api().resolve("/healthcheck"))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    unwell.add(answer.statusCode() + " " + answer.body());
                }
                looks.incrementAndGet();
                Thread.sleep(100);
            } catch (IOException e) {
                unwell.add(String.valueOf(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** That the server of the begin lives, and answered all the time. */
    void requireAlive() {
        for (int i = 0; i < 300 && looks.get() == 0 && server.isRunning(); i++) {
            pause();
        }
        assertThat(server.isRunning()).as(server.outputTail()).isTrue();
        assertThat(server.process().pid()).isEqualTo(pid);
        assertThat(server.outputTail()).doesNotContain("OutOfMemory");
        assertThat(unwell).isEmpty();
        assertThat(looks.get()).isPositive();
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets many callers do the same at once; what they were answered. */
    List<RawCaller.Answer> atOnce(int callers, Supplier<RawCaller.Answer> call) {
        List<RawCaller.Answer> answers = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            threads.add(Thread.ofVirtual().start(() -> answers.add(call.get())));
        }
        try {
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofMinutes(2))).isTrue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return answers;
    }

    /**
     * That nobody got an answer of success or of a defect. Who goes on sending for long may miss the answer, as the connection
     * is closed at last; but not everybody.
     */
    static void requireRefused(String what, List<RawCaller.Answer> answers) {
        assertThat(answers).as(what).anyMatch(answer -> answer.status() != 0);
        assertThat(new TreeSet<>(answers.stream().map(RawCaller.Answer::status).toList()))
                .as(what)
                .isSubsetOf(0, 400, 401, 403, 404, 408, 413, 429, 503);
    }

    private String head(String method, String path, String type, String length) {
        return method + " " + path + " HTTP/1.1\r\nHost: " + server.api().getAuthority() + "\r\nContent-Type: " + type
                + "\r\n" + length + "\r\n\r\n";
    }

    /** A multipart form of so many fields of 1 MiB. */
    RawCaller.Answer multipart(String method, String path, String more, int fields, boolean chunked) {
        byte[] field = FIELD.getBytes(ISO_8859_1);
        String type = "multipart/form-data; boundary=x" + more;
        return chunked
                ? caller.send(head(method, path, type, "Transfer-Encoding: chunked"), chunk(FIELD), fields)
                : caller.send(
                        head(method, path, type, "Content-Length: " + (long) field.length * fields), field, fields);
    }

    /** A body that is the same piece again and again. */
    RawCaller.Answer repeated(String method, String path, String type, String piece, int times, boolean chunked) {
        return chunked
                ? caller.send(
                        head(method, path, type, "Transfer-Encoding: chunked"),
                        chunk(piece.repeat(Math.max(1, 65_536 / piece.length()))),
                        Math.max(1, (long) times * piece.length() / 65_536),
                        "0\r\n\r\n".getBytes(ISO_8859_1))
                : caller.send(
                        head(method, path, type, "Content-Length: " + (long) piece.length() * times),
                        piece.repeat(times).getBytes(ISO_8859_1),
                        1);
    }

    private static byte[] chunk(String piece) {
        return (Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n").getBytes(ISO_8859_1);
    }

    /** Heads of many small headers that never end, of many connections. */
    void endlessHeads(int connections, int bytes) {
        String head = "GET /info HTTP/1.1\r\nHost: " + server.api().getAuthority() + "\r\n";
        caller.hold(connections, (head + "a:b\r\n".repeat(bytes / 5)).getBytes(ISO_8859_1), Duration.ofSeconds(1));
    }

    /** The operations that answer anybody and take a body: {@code METHOD path}. */
    List<String> openOperations() {
        List<String> open = new ArrayList<>();
        for (var path : description().path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                if (operation.getValue().path("security").isEmpty()) {
                    open.add(operation.getKey().toUpperCase(java.util.Locale.ROOT) + " "
                            + path.getKey().replaceAll("\\{\\w+}", "x"));
                }
            }
        }
        assertThat(open).contains("POST /auth/login", "GET /healthcheck");
        return open;
    }

    private JsonNode description() {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.api() + "/openapi.json"))
                    .build();
            return new ObjectMapper()
                    .readTree(http.send(request, HttpResponse.BodyHandlers.ofString())
                            .body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        over.set(true);
        try {
            watch.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.close();
    }
}
