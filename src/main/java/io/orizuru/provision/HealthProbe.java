package io.orizuru.provision;

import io.orizuru.compute.OutsidePattern;
import io.orizuru.compute.Overlong;
import io.orizuru.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a unit whether it is healthy, by the health check of its {@code tsuru.yaml}. It speaks to nothing but the address
 * that the engine gave the unit, so it needs no leave for outgoing calls; redirects are answers, not followed. A try has one
 * limit for all of it: to connect, the head, the body, and to look for {@code match} in it.
 */
final class HealthProbe {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** How much of a body is looked at for {@code match}. */
    private static final int MAX_BODY = 1 << 20;
    /** How long {@code match} is looked for, on a machine that has more to do. */
    private static final Duration MATCH = Duration.ofSeconds(5);

    private static final Duration BETWEEN_BORDERS = Duration.ofMillis(200);
    private static final int GOOD = 200;
    private static final int NOT_GOOD_ANY_MORE = 400;

    static {
        // The Host header may be part of a check; the client allows it only when told before its first use.
        if (System.getProperty("jdk.httpclient.allowRestrictedHeaders") == null) {
            System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        }
        // In bytes, of a whole head.
        if (System.getProperty("jdk.http.maxHeaderSize") == null) {
            System.setProperty("jdk.http.maxHeaderSize", "65536");
        }
    }

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /**
     * How a try went.
     *
     * @param healthy whether all was as expected
     * @param answered whether the unit answered at all; one that does not is tried until the time is over
     * @param problem for people; of a healthy one, what was not looked at
     */
    record Verdict(boolean healthy, boolean answered, String problem) {
        static Verdict healthy(String note) {
            return new Verdict(true, true, note);
        }

        static Verdict bad(String problem) {
            return new Verdict(false, true, problem);
        }

        static Verdict none(String problem) {
            return new Verdict(false, false, problem);
        }
    }

    /**
     * Tries once.
     *
     * @param caller whose share of computing it takes
     * @param left of the time in which the unit may become healthy; no try takes longer, nor longer than the check says
     * @param border looked at five times a second; when it throws, the try is over and the exception goes on
     */
    Verdict ask(String caller, AppManifest.HealthCheck check, String host, int port, Duration left, Checkpoint border)
            throws InterruptedException {
        Duration limit = check.timeout().compareTo(left) < 0 ? check.timeout() : left;
        CompletableFuture<HttpResponse<byte[]>> answer;
        try {
            answer = client.sendAsync(request(check, host, port), head -> new FirstBytes(MAX_BODY));
        } catch (IllegalArgumentException e) {
            return Verdict.bad("it cannot be asked for: " + e.getMessage());
        }
        try {
            HttpResponse<byte[]> got = await(answer, limit, border);
            return judge(caller, check, got.statusCode(), new String(got.body(), StandardCharsets.UTF_8), left);
        } catch (TimeoutException e) {
            return Verdict.none("the whole answer did not come within " + seconds(limit));
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return Verdict.none("it does not answer: " + why);
        } finally {
            answer.cancel(true);
        }
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    private static <T> T await(CompletableFuture<T> answer, Duration limit, Checkpoint border)
            throws InterruptedException, IOException, TimeoutException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new TimeoutException();
            }
            try {
                return answer.get(Math.min(left, BETWEEN_BORDERS.toNanos()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                border.check();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
            }
        }
    }

    private static HttpRequest request(AppManifest.HealthCheck check, String host, int port) {
        String address = host.contains(":") ? "[" + host + "]" : host;
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(check.scheme() + "://" + address + ":" + port + check.path()))
                .method(check.method(), HttpRequest.BodyPublishers.noBody());
        for (Map.Entry<String, String> header : check.headers().entrySet()) {
            request.header(header.getKey(), header.getValue());
        }
        return request.build();
    }

    private static Verdict judge(String caller, AppManifest.HealthCheck check, int status, String body, Duration left) {
        if (check.status() != 0 && status != check.status()) {
            return Verdict.bad("the answer has the status " + status + ", not " + check.status());
        }
        String match = check.match();
        if (match == null) {
            return Verdict.healthy("");
        }
        OutsidePattern pattern;
        try {
            pattern = OutsidePattern.of(match);
        } catch (Failure e) {
            // Of a version from before such ones were refused: what ran must start again.
            return check.status() == 0 && (status < GOOD || status >= NOT_GOOD_ANY_MORE)
                    ? Verdict.bad("the answer has the status " + status)
                    : Verdict.healthy("healthcheck.match is not looked at, the status decides: " + e.message()
                            + "; change it in the tsuru.yaml and deploy again");
        }
        try {
            Duration limit = MATCH.compareTo(left) < 0 ? MATCH : left;
            return pattern.isIn(caller, limit, body)
                    ? Verdict.healthy("")
                    : Verdict.bad("the answer does not match \"" + match + "\"");
        } catch (Overlong e) {
            return Verdict.bad("looking for \"" + match + "\" in an answer of " + body.length()
                    + " characters was given up: " + e.message() + "; write a simpler healthcheck.match");
        } catch (Failure e) {
            return Verdict.none(e.message());
        }
    }

    /** The first bytes of a body; what comes after them is not waited for. */
    private static final class FirstBytes implements HttpResponse.BodySubscriber<byte[]> {
        private final int most;
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;

        private FirstBytes(int most) {
            this.most = most;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                byte[] taken = new byte[Math.min(buffer.remaining(), most - bytes.size())];
                buffer.get(taken);
                bytes.writeBytes(taken);
            }
            Flow.Subscription current = subscription;
            if (current == null) {
                return;
            }
            if (bytes.size() >= most) {
                current.cancel();
                body.complete(bytes.toByteArray());
            } else {
                current.request(1);
            }
        }

        @Override
        public void onError(Throwable thrown) {
            body.completeExceptionally(thrown);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}
