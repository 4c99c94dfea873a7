package io.orizuru.conformance;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.conformance.OutsideSystems.Call;
import io.orizuru.conformance.OutsideSystems.Played;
import io.orizuru.conformance.OutsideSystems.Reply;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;

/** A Kubernetes API that keeps what it is given by path, lists what is below a path, and whose watches stay silent. */
final class PlayedKubernetes implements Played {
    private static final int WATCH_SECONDS = 20;

    private final CountDownLatch closed;
    private final NavigableMap<String, JsonNode> objects = new ConcurrentSkipListMap<>();

    PlayedKubernetes(CountDownLatch closed) {
        this.closed = closed;
    }

    @Override
    public Reply answer(Call call) throws InterruptedException {
        if (call.query().contains("watch=true")) {
            var _ = closed.await(WATCH_SECONDS, SECONDS);
            return Reply.empty(200);
        }
        return switch (call.method()) {
            case "POST", "PUT" -> keep(call);
            case "DELETE" -> {
                objects.remove(call.path());
                yield Reply.json(200, status("Success"));
            }
            default -> read(call.path());
        };
    }

    private Reply keep(Call call) {
        if (!(Json.of(call.body()) instanceof ObjectNode object)) {
            return Reply.json(400, status("Failure"));
        }
        ObjectNode metadata = object.withObject("/metadata");
        metadata.put("uid", "0a1b2c3d").put("resourceVersion", "1");
        boolean isNew = call.method().equals("POST");
        String key = isNew ? call.path() + "/" + metadata.path("name").asText("unnamed") : call.path();
        objects.put(key, object);
        return Reply.json(isNew ? 201 : 200, object);
    }

    private Reply read(String path) {
        JsonNode object = objects.get(path);
        if (object != null) {
            return Reply.json(200, object);
        }
        String below = path + "/";
        List<JsonNode> items = objects.tailMap(below, true).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(below))
                .map(Map.Entry::getValue)
                .toList();
        // Names of kinds are plurals; below a namespace an empty answer would hide that the object is not there.
        boolean looksLikeList = path.endsWith("s") && !path.contains("/namespaces/");
        if (items.isEmpty() && !looksLikeList) {
            ObjectNode missing = status("Failure");
            return Reply.json(
                    404, missing.put("reason", "NotFound").put("code", 404).put("message", path + " not found"));
        }
        ObjectNode list = instance.objectNode().put("kind", "List").put("apiVersion", "v1");
        list.set("metadata", instance.objectNode().put("resourceVersion", "1"));
        list.set("items", instance.arrayNode().addAll(items));
        return Reply.json(200, list);
    }

    private static ObjectNode status(String status) {
        return instance.objectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", status);
    }
}
