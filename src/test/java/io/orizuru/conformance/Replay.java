package io.orizuru.conformance;

import static java.util.concurrent.TimeUnit.SECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Replays scenarios on one server, one after the other. */
final class Replay {
    private static final Duration BETWEEN_POLLS = Duration.ofMillis(200);
    private static final Duration LONGEST_STEP = Duration.ofMinutes(10);
    private static final String HEADER = "header:";

    private final ApiClient client;
    private final Variables base;

    /**
     * @param base variables of every scenario, stronger than the scenarios' own; {@code admin_token} is the administrator's
     */
    Replay(ApiClient client, Variables base) {
        this.client = client;
        this.base = base;
    }

    /**
     * What became of a step.
     *
     * @param answer what the server said
     * @param variables as they stood when it was compared
     * @param differences from what was recorded; empty when the step passes
     */
    record Outcome(Scenario.Step step, Answer answer, Variables variables, List<Difference> differences) {
        boolean passed() {
            return differences.isEmpty();
        }
    }

    /** Sends all steps; those that only start in the background have no outcome of their own, their joins have. */
    List<Outcome> run(Scenario scenario) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        Map<String, Future<Answer>> pending = new HashMap<>();
        Variables variables = new Variables(scenario.variables()).with(base.values());
        // Closing waits for what nobody joined; the client's own limits bound that.
        try (ExecutorService background = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Scenario.Step step : scenario.steps()) {
                if (step.background()) {
                    Variables now = variables;
                    pending.put(step.id(), background.submit(() -> answer(step, now)));
                    Thread.sleep(seconds(Objects.requireNonNull(step.headStart())));
                    continue;
                }
                Answer answer = step.join() == null ? answer(step, variables) : join(pending.remove(step.join()));
                variables = variables.with(saved(step, answer));
                outcomes.add(new Outcome(step, answer, variables, compare(step, answer, variables)));
            }
        }
        return outcomes;
    }

    private Answer answer(Scenario.Step step, Variables variables) throws InterruptedException {
        try {
            Scenario.Request request = variables.in(step.request());
            String token = token(step.caller(), variables);
            return step.poll() == null ? client.send(request, token) : poll(step.poll(), request, token);
        } catch (IOException e) {
            return Answer.none(e);
        }
    }

    private Answer poll(Scenario.Poll poll, Scenario.Request request, @Nullable String token)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (true) {
            Answer answer = client.send(request, token);
            boolean over = System.nanoTime() - start > poll.atMost().toNanos();
            if (over || poll.holds(answer)) {
                return answer;
            }
            Thread.sleep(BETWEEN_POLLS);
        }
    }

    private static Answer join(@Nullable Future<Answer> pending) throws InterruptedException {
        try {
            return Objects.requireNonNull(pending, "a step joins one that was not started in the background")
                    .get(LONGEST_STEP.toSeconds(), SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            return Answer.none(e);
        }
    }

    private static @Nullable String token(String caller, Variables variables) throws IOException {
        return switch (caller) {
            case "anonymous" -> null;
            case "admin" -> variables.text("admin_token").orElseThrow();
            default -> variables.text(caller).orElseThrow(() -> new IOException("no token was saved as " + caller));
        };
    }

    private static Map<String, JsonNode> saved(Scenario.Step step, Answer answer) {
        Map<String, JsonNode> values = new HashMap<>();
        step.save().forEach((name, source) -> {
            if (source.startsWith(HEADER)) {
                String header = source.substring(HEADER.length()).toLowerCase(Locale.ROOT);
                if (answer.headers().containsKey(header)) {
                    values.put(name, TextNode.valueOf(answer.header(header)));
                }
            } else {
                JsonPath.parse(source).in(answer.body()).ifPresent(value -> values.put(name, value));
            }
        });
        return values;
    }

    private static List<Difference> compare(Scenario.Step step, Answer answer, Variables variables) {
        return Comparison.of(step.compare().read(), variables.in(step.recordedAnswer()), answer);
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
