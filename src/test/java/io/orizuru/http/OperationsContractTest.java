package io.orizuru.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.Contract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds what stands at the operations against the contract. What differs on purpose stands in {@code
 * contract/differences.txt}, a line each: the difference as this test words it, then {@code " -- "} and the reason.
 */
class OperationsContractTest {
    private static final String DIFFERENCES = "/contract/differences.txt";
    private static final String REASON = " -- ";

    private final Contract contract = Contract.read();

    @Test
    void operationsDifferFromTheContractOnlyAsListed() throws IOException {
        Set<String> found = operations().flatMap(this::differences).collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).as("differences from the contract").containsExactlyElementsOf(listed().keySet());
    }

    @Test
    void everyListedDifferenceHasItsReason() throws IOException {
        assertThat(listed()).isNotEmpty().allSatisfy((difference, reason) -> assertThat(reason)
                .as(difference)
                .hasSizeGreaterThan(15));
    }

    @Test
    void noTwoOperationsAnswerTheSameRequest() {
        assertThat(operations().map(operation -> key(operation.method(), operation.path())))
                .doesNotHaveDuplicates();
    }

    private static Stream<OperationDescriptor> operations() {
        return ServedOperations.all().stream();
    }

    private Stream<String> differences(OperationDescriptor operation) {
        String name = operation.method() + " " + operation.path();
        return Stream.concat(ofRoute(operation), ofAliases(operation)).map(difference -> name + ": " + difference);
    }

    private Stream<String> ofRoute(OperationDescriptor operation) {
        List<Contract.Route> routes = contract.routes().stream()
                .filter(route ->
                        key(method(route, operation), route.path()).equals(key(operation.method(), operation.path())))
                .toList();
        if (routes.isEmpty()) {
            boolean documented = contract.aliases().stream().anyMatch(alias -> key(alias.method(), alias.path())
                    .equals(key(operation.method(), operation.path())));
            return documented ? Stream.of() : Stream.of("the contract does not have it");
        }
        Contract.Route route = routes.stream()
                .filter(candidate -> candidate.since().equals(operation.since()))
                .findFirst()
                .orElse(routes.getFirst());
        return Stream.of(
                        difference("since", operation.since(), route.since()),
                        difference("needs credentials", !operation.open(), route.auth()),
                        permission(operation, route),
                        difference("event kind", kind(operation), String.join(", ", route.eventKind())),
                        difference("cancelable", operation.cancelable(), route.cancelable()))
                .filter(difference -> !difference.isEmpty());
    }

    private static String method(Contract.Route route, OperationDescriptor operation) {
        return route.method().equals("*") ? operation.method() : route.method();
    }

    private static String kind(OperationDescriptor operation) {
        return operation.eventKind() == null ? "" : operation.eventKind();
    }

    private static String permission(OperationDescriptor operation, Contract.Route route) {
        if (operation.permissions().isEmpty()) {
            return route.permissions().isEmpty()
                    ? ""
                    : "no permission, the contract has " + String.join(", ", route.permissions());
        }
        String first = operation.permissions().getFirst();
        return route.permissions().contains(first)
                ? ""
                : "permission is " + first + ", the contract has " + orNone(String.join(", ", route.permissions()));
    }

    private static String difference(String what, Object ours, Object theirs) {
        return ours.equals(theirs)
                ? ""
                : what + " is " + orNone(ours.toString()) + ", the contract has " + orNone(theirs.toString());
    }

    private static String orNone(String text) {
        return text.isEmpty() ? "none" : text;
    }

    private Stream<String> ofAliases(OperationDescriptor operation) {
        Set<String> known = Stream.concat(
                        contract.aliases().stream().map(alias -> key(alias.method(), alias.path())),
                        contract.routes().stream().map(route -> key(route.method(), route.path())))
                .collect(Collectors.toSet());
        return operation.aliases().stream()
                .filter(alias -> !known.contains(key(operation.method(), alias)))
                .map(alias -> "the contract does not have its alias " + alias);
    }

    /** Names in paths are for people. */
    private static String key(String method, String path) {
        return method + " " + path.replaceAll("\\{[^}]*}", "{}");
    }

    private static Map<String, String> listed() throws IOException {
        try (var file = Objects.requireNonNull(OperationsContractTest.class.getResourceAsStream(DIFFERENCES))) {
            Map<String, String> listed = new TreeMap<>();
            new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> {
                        int end = line.indexOf(REASON);
                        assertThat(end).as("the reason in: " + line).isPositive();
                        assertThat(listed.put(line.substring(0, end), line.substring(end + REASON.length())))
                                .as("listed twice: " + line)
                                .isNull();
                    });
            return listed;
        }
    }
}
