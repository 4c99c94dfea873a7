package io.orizuru.provision;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a unit whether it is healthy, by the health check of its {@code tsuru.yaml}. It speaks to nothing but the address
 * that the engine gave the unit, so it needs no leave for outgoing calls; redirects are answers, not followed.
 */
final class HealthProbe {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** How much of a body is looked at for {@code match}. */
    private static final int MAX_BODY = 1 << 20;

    static {
        // The Host header may be part of a check; the client allows it only when told before its first use.
        if (System.getProperty("jdk.httpclient.allowRestrictedHeaders") == null) {
            System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
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
     * @param problem for people
     */
    record Verdict(boolean healthy, boolean answered, String problem) {
        static final Verdict HEALTHY = new Verdict(true, true, "");
    }

    Verdict ask(AppManifest.HealthCheck check, String host, int port) throws InterruptedException {
        try {
            HttpResponse<java.io.InputStream> answer =
                    client.send(request(check, host, port), HttpResponse.BodyHandlers.ofInputStream());
            try (var body = answer.body()) {
                String text = new String(body.readNBytes(MAX_BODY), StandardCharsets.UTF_8);
                return problem(check, answer.statusCode(), text)
                        .map(problem -> new Verdict(false, true, problem))
                        .orElse(Verdict.HEALTHY);
            }
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return new Verdict(false, false, "it does not answer: " + why);
        }
    }

    private static HttpRequest request(AppManifest.HealthCheck check, String host, int port) {
        String address = host.contains(":") ? "[" + host + "]" : host;
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(check.scheme() + "://" + address + ":" + port + check.path()))
                .timeout(check.timeout())
                .method(check.method(), HttpRequest.BodyPublishers.noBody());
        for (Map.Entry<String, String> header : check.headers().entrySet()) {
            request.header(header.getKey(), header.getValue());
        }
        return request.build();
    }

    private static Optional<String> problem(AppManifest.HealthCheck check, int status, @Nullable String body) {
        if (check.status() != 0 && status != check.status()) {
            return Optional.of("the answer has the status " + status + ", not " + check.status());
        }
        String match = check.match();
        if (match != null
                && !Pattern.compile(match, Pattern.DOTALL)
                        .matcher(body == null ? "" : body)
                        .find()) {
            return Optional.of("the answer does not match \"" + match + "\"");
        }
        return Optional.empty();
    }
}
