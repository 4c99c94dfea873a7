package io.orizuru.conformance;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.conformance.OutsideSystems.Call;
import io.orizuru.conformance.OutsideSystems.Played;
import io.orizuru.conformance.OutsideSystems.Reply;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A backing service that follows the service API. It refuses instances whose name contains {@code refused}, and takes its
 * time for those whose name contains {@code slow}.
 */
record PlayedService(CountDownLatch closed) implements Played {
    /** Long enough that a scenario can look at the event while it runs. */
    private static final int SLOW_SECONDS = 2;

    @Override
    public Reply answer(Call call) throws InterruptedException {
        String name = nameIn(call.body()) + call.path();
        if (name.contains("refused")) {
            return Reply.text(500, "the service refused");
        }
        if (name.contains("slow")) {
            var _ = closed.await(SLOW_SECONDS, SECONDS);
        }
        List<String> parts = Stream.of(call.path().split("/"))
                .filter(Predicate.not(String::isEmpty))
                .toList();
        boolean isPost = call.method().equals("POST");
        if (parts.equals(List.of("resources")) && isPost) {
            return Reply.empty(201);
        }
        if (parts.equals(List.of("resources", "plans"))) {
            return Reply.json(200, plans());
        }
        if (parts.size() == 2 && parts.getFirst().equals("resources")) {
            return call.method().equals("GET") ? Reply.json(200, info()) : Reply.empty(200);
        }
        return switch (String.join("/", parts.subList(Math.min(2, parts.size()), parts.size()))) {
            case "status" -> Reply.empty(204);
            case "bind-app" -> isPost ? Reply.json(201, variables()) : Reply.empty(200);
            case "bind" -> Reply.empty(isPost ? 201 : 200);
            case String rest
            when rest.equals("binds/jobs") || rest.startsWith("binds/jobs/") ->
                call.method().equals("PUT") ? Reply.json(201, variables()) : Reply.empty(200);
            default -> Reply.json(200, echo(call));
        };
    }

    private static String nameIn(String form) {
        String name = "";
        for (String pair : form.split("&")) {
            if (pair.startsWith("name=") && pair.length() > "name=".length()) {
                name = URLDecoder.decode(pair.substring("name=".length()), StandardCharsets.UTF_8);
            }
        }
        return name;
    }

    private static JsonNode plans() {
        return instance.arrayNode()
                .add(instance.objectNode().put("name", "small").put("description", "one node"))
                .add(instance.objectNode().put("name", "large").put("description", "three nodes"));
    }

    private static JsonNode info() {
        return instance.arrayNode()
                .add(instance.objectNode().put("label", "color").put("value", "blue"))
                .add(instance.objectNode().put("label", "size").put("value", "7"));
    }

    private static JsonNode variables() {
        return instance.objectNode().put("BACKEND_HOST", "backend.example.test").put("BACKEND_PORT", "5000");
    }

    private static JsonNode echo(Call call) {
        return instance.objectNode()
                .set(
                        "echo",
                        instance.objectNode()
                                .put("method", call.method())
                                .put("path", call.path())
                                .put("query", call.query())
                                .put("body", call.body()));
    }
}
