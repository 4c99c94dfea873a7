package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.http.OperationDescriptor;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every documented status of the groups that are whole has a test that shows it, or a reason why it cannot occur. */
class StatusesTest {
    private static final String FILE = "/contract/statuses.txt";

    /** The groups of the contract that are whole. */
    private static final Set<String> WHOLE = Set.of(
            "login",
            "users",
            "ssh keys",
            "roles",
            "teams",
            "team tokens",
            "quotas",
            "apps",
            "units",
            "deploys",
            "routes of apps",
            "logs, run, shell");

    private static final Set<String> ALSO = Set.of(
            "GET /node/apps/{appname}/containers",
            "GET /docker/node/apps/{appname}/containers",
            "GET /platforms",
            "POST /platforms",
            "PUT /platforms/{name}",
            "DELETE /platforms/{name}",
            "GET /platforms/{name}",
            "POST /platforms/{name}/rollback");

    /** The groups of which only what is served is held to its statuses. */
    private static final Set<String> AS_FAR_AS_SERVED = Set.of("services");

    /** By its path and by those that are documented beside it. */
    private static final Map<String, OperationDescriptor> SERVED = ServedOperations.all().stream()
            .flatMap(operation -> Stream.concat(Stream.of(operation.path()), operation.aliases().stream())
                    .map(path -> Map.entry(key(operation.method() + " " + withoutVersion(path)), operation)))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (first, second) -> first));

    private final Contract contract = Contract.read();
    private final Map<String, String> listed = listed();

    @Test
    void everyOperationOfAGroupThatIsWholeIsServed() {
        assertThat(documented()).filteredOn(Documented::isWhole).allSatisfy(operation -> assertThat(SERVED)
                .containsKey(operation.key()));
    }

    @Test
    void everyDocumentedStatusOfThemHasALine() {
        assertThat(listed.keySet()).containsAll(lines(documented().filter(Documented::isHeld)));
    }

    @Test
    void everyLineIsOfADocumentedStatus() {
        assertThat(lines(documented())).containsAll(listed.keySet());
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

    /** An operation as the contract has it. */
    private record Documented(String name, String group, List<Integer> statuses) {
        boolean isWhole() {
            return WHOLE.contains(group);
        }

        boolean isHeld() {
            return isWhole() || ALSO.contains(name) || (AS_FAR_AS_SERVED.contains(group) && SERVED.containsKey(key()));
        }

        String key() {
            return StatusesTest.key(name);
        }

        /** What it says itself where the contract says nothing. */
        Stream<String> lines() {
            Stream<Integer> all = statuses.stream();
            if (statuses.isEmpty() && SERVED.containsKey(key())) {
                OperationDescriptor operation = SERVED.get(key());
                all = Stream.concat(operation.statuses().stream(), operation.open() ? Stream.of() : Stream.of(401));
            }
            return all.map(status -> name + " " + status);
        }
    }

    private Stream<Documented> documented() {
        return Stream.concat(
                contract.routes().stream()
                        .map(route ->
                                new Documented(route.method() + " " + route.path(), route.group(), route.statuses())),
                contract.aliases().stream()
                        .map(alias -> new Documented(
                                alias.method() + " " + withoutVersion(alias.path()), alias.group(), alias.statuses())));
    }

    private static Set<String> lines(Stream<Documented> operations) {
        return operations.flatMap(Documented::lines).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String withoutVersion(String path) {
        return path.replaceFirst("^/[0-9]+\\.[0-9]+/", "/");
    }

    /** Names in paths are for people. */
    private static String key(String name) {
        return name.replaceAll("\\{[^}]*}", "{}");
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
