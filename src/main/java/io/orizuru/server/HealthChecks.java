package io.orizuru.server;

import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * All that can be looked at, looked at at once. Who asks waits a moment at most, whatever hangs; and however many ask, each
 * thing is looked at by one at a time.
 */
@Singleton
class HealthChecks {
    private static final Logger LOG = Logger.getLogger(HealthChecks.class);
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final List<HealthCheck> checks;
    private final Map<HealthCheck, CompletableFuture<Result>> underWay = new ConcurrentHashMap<>();

    HealthChecks(@All List<HealthCheck> checks) {
        this.checks = checks;
    }

    /** What one look found, and how long it took. */
    record Result(String name, List<String> problems, List<String> notices, Duration took) {}

    List<Result> all() {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        List<CompletableFuture<Result>> looks = checks.stream().map(this::look).toList();
        return IntStream.range(0, checks.size())
                .mapToObj(index -> result(checks.get(index), looks.get(index), deadline))
                .toList();
    }

    private CompletableFuture<Result> look(HealthCheck check) {
        return underWay.computeIfAbsent(check, each -> {
            CompletableFuture<Result> look = new CompletableFuture<>();
            Thread.ofVirtual().name("health-check").start(() -> {
                try {
                    look.complete(looked(each));
                } catch (RuntimeException | Error e) {
                    LOG.errorf(e, "the health check \"%s\" failed because of a bug", each.name());
                    look.completeExceptionally(e);
                } finally {
                    underWay.remove(each);
                }
            });
            return look;
        });
    }

    private static Result looked(HealthCheck check) {
        long begun = System.nanoTime();
        List<String> problems = check.problems();
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        return new Result(check.name(), problems, check.notices(), took);
    }

    private static Result result(HealthCheck check, CompletableFuture<Result> look, long deadline) {
        String problem;
        try {
            return look.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            problem = "it does not answer within " + LIMIT.toSeconds() + " s";
        } catch (ExecutionException e) {
            problem = "it cannot be looked at";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problem = "interrupted";
        }
        return new Result(check.name(), List.of(problem), List.of(), LIMIT);
    }
}
