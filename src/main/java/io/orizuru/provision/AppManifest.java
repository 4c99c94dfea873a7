package io.orizuru.provision;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tsuru.yaml}, as far as engines and the reconciler read it.
 *
 * @param build commands run at the end of a build, in order
 * @param restartBefore commands run in each unit before its process starts
 * @param restartAfter commands run in each new unit after it became healthy and before requests reach it, in order,
 *     at least once
 * @param healthCheck null when none is declared
 */
public record AppManifest(
        List<String> build,
        List<String> restartBefore,
        List<String> restartAfter,
        @Nullable HealthCheck healthCheck) {

    public static final AppManifest EMPTY = new AppManifest(List.of(), List.of(), List.of(), null);

    public AppManifest {
        build = List.copyOf(build);
        restartBefore = List.copyOf(restartBefore);
        restartAfter = List.copyOf(restartAfter);
    }

    /**
     * How a unit of the web process shows that it is healthy.
     *
     * @param path the path asked for, with its leading slash
     * @param method the HTTP method, {@code GET} by default
     * @param scheme {@code http} by default
     * @param status the status expected, 200 by default; 0 when any will do since {@code match} decides
     * @param match a regular expression of RE2 (dot matches newlines) that must be found in the body's first MiB
     * @param headers sent with the request; {@code Host} is honoured
     * @param allowedFailures how many bad answers are forgiven; refused connections are always tried again
     * @param interval between two tries, 3 s by default
     * @param timeout of one try, 60 s by default
     * @param deployTimeout how long a new unit may take to become healthy, 120 s by default
     * @param useInRouter whether the router checks it too
     */
    public record HealthCheck(
            String path,
            String method,
            String scheme,
            int status,
            @Nullable String match,
            Map<String, String> headers,
            int allowedFailures,
            Duration interval,
            Duration timeout,
            Duration deployTimeout,
            boolean useInRouter) {
        public HealthCheck {
            headers = Map.copyOf(headers);
        }
    }
}
