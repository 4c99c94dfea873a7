package io.orizuru.conformance;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.conformance.OutsideSystems.Call;
import io.orizuru.conformance.OutsideSystems.Played;
import io.orizuru.conformance.OutsideSystems.Reply;

/** A broker that follows the Open Service Broker API and offers one service with one plan. */
record PlayedBroker() implements Played {
    @Override
    public Reply answer(Call call) {
        if (call.path().equals("/v2/catalog")) {
            return Reply.json(200, catalog());
        }
        int made = call.method().equals("PUT") ? 201 : 200;
        if (call.path().contains("/service_bindings/")) {
            JsonNode credentials = instance.objectNode().put("CACHE_URL", "cache.example.test");
            return Reply.json(made, instance.objectNode().set("credentials", credentials));
        }
        return Reply.json(made, instance.objectNode());
    }

    private static JsonNode catalog() {
        JsonNode plan = instance.objectNode()
                .put("id", "22222222-2222-4222-8222-222222222222")
                .put("name", "tiny")
                .put("description", "64 MiB");
        JsonNode service = instance.objectNode()
                .put("id", "11111111-1111-4111-8111-111111111111")
                .put("name", "cache")
                .put("description", "a cache")
                .put("bindable", true)
                .set("plans", instance.arrayNode().add(plan));
        return instance.objectNode().set("services", instance.arrayNode().add(service));
    }
}
