package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.http.ServedOperations;
import io.orizuru.testing.Contract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every documented status of the groups that are whole has a test that shows it, or a reason why it cannot occur. */
class StatusesTest {
    private static final String FILE = "/contract/statuses.txt";

    /** The groups of the contract that are whole. */
    private static final Set<String> WHOLE = Set.of("roles", "teams", "team tokens", "quotas");

    private static final Set<String> ALSO = Set.of("PUT /apps/{app}/teams/{team}", "DELETE /apps/{app}/teams/{team}");

    private final Contract contract = Contract.read();
    private final Map<String, String> listed = listed();

    @Test
    void everyOperationOfAGroupThatIsWholeIsServed() {
        Set<String> served = ServedOperations.all().stream()
                .map(operation -> key(operation.method(), operation.path()))
                .collect(Collectors.toSet());

        assertThat(contract.routes())
                .filteredOn(route -> WHOLE.contains(route.group()))
                .allMatch(route -> served.contains(key(route.method(), route.path())));
    }

    @Test
    void everyDocumentedStatusOfThemHasALine() {
        Set<String> documented = contract.routes().stream()
                .filter(StatusesTest::isHeld)
                .flatMap(route -> route.statuses().stream().map(status -> name(route) + " " + status))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(listed.keySet()).containsAll(documented);
    }

    @Test
    void everyLineIsOfADocumentedStatus() {
        Set<String> documented = contract.routes().stream()
                .flatMap(route -> route.statuses().stream().map(status -> name(route) + " " + status))
                .collect(Collectors.toSet());

        assertThat(documented).containsAll(listed.keySet());
    }

    @Test
    void whatALineNamesIsThereOrIsAReason() throws ReflectiveOperationException {
        Set<String> steps = steps();
        for (Map.Entry<String, String> line : listed.entrySet()) {
            String proof = line.getValue();
            if (proof.startsWith("- ")) {
                assertThat(proof).as(line.getKey()).hasSizeGreaterThan(20);
            } else if (proof.contains("#")) {
                String[] test = proof.split("#");
                assertThat(Class.forName(test[0]).getDeclaredMethods())
                        .as(line.getKey())
                        .anyMatch(method -> method.getName().equals(test[1]));
            } else {
                assertThat(steps).as(line.getKey()).contains(proof);
            }
        }
    }

    private static Set<String> steps() {
        return ConformanceIT.REFERENCES.stream()
                .flatMap(reference -> Scenario.in(
                                ConformanceIT.FILES.resolve("scenarios").resolve(reference))
                        .stream()
                        .flatMap(scenario -> scenario.steps().stream()
                                .map(step -> new StepKey(reference, scenario.name(), step.id()).toString())))
                .collect(Collectors.toSet());
    }

    private static boolean isHeld(Contract.Route route) {
        return WHOLE.contains(route.group()) || ALSO.contains(name(route));
    }

    private static String name(Contract.Route route) {
        return route.method() + " " + route.path();
    }

    private static String key(String method, String path) {
        return method + " " + path.replaceAll("\\{[^}]*}", "{}");
    }

    /** Method, path and status; then what shows it. */
    private static Map<String, String> listed() {
        try (var file = Objects.requireNonNull(StatusesTest.class.getResourceAsStream(FILE))) {
            Map<String, String> listed = new TreeMap<>();
            List<String> lines = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
            for (String line : lines) {
                String[] words = line.split(" ", 4);
                assertThat(words).as(line).hasSize(4);
                String status = String.join(" ", Arrays.copyOf(words, 3));
                assertThat(listed.put(status, words[3]))
                        .as("listed twice: " + status)
                        .isNull();
            }
            return listed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
