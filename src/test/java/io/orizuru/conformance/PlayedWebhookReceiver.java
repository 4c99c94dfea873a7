package io.orizuru.conformance;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.orizuru.conformance.OutsideSystems.Call;
import io.orizuru.conformance.OutsideSystems.Played;
import io.orizuru.conformance.OutsideSystems.Reply;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes any call, and lists those it took at {@code /hook/calls}. */
final class PlayedWebhookReceiver implements Played {
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    @Override
    public Reply answer(Call call) {
        if (!call.path().equals("/calls")) {
            calls.add(call);
            return Reply.json(200, instance.objectNode());
        }
        ArrayNode listed = instance.arrayNode();
        calls.forEach(taken -> listed.addObject()
                .put("method", taken.method())
                .put("path", "/hook" + taken.path())
                .put("body", taken.body()));
        return Reply.json(200, listed);
    }
}
