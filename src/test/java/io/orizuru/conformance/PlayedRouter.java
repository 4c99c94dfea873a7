package io.orizuru.conformance;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.orizuru.conformance.OutsideSystems.Call;
import io.orizuru.conformance.OutsideSystems.Played;
import io.orizuru.conformance.OutsideSystems.Reply;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A router that follows the router API and can hold CNAMEs and certificates. */
final class PlayedRouter implements Played {
    private record Backend(Set<String> cnames, Map<String, String> certificates) {}

    private final Map<String, Backend> backends = new ConcurrentHashMap<>();

    @Override
    public Reply answer(Call call) {
        List<String> parts = List.of(call.path().substring(1).split("/", -1));
        if (parts.getFirst().equals("support") && parts.size() > 1) {
            return new Reply(Set.of("tls", "cname").contains(parts.get(1)) ? 200 : 404, "text/plain", "");
        }
        if (!parts.getFirst().equals("backend") || parts.size() < 2) {
            return Reply.text(404, "not found");
        }
        String name = parts.get(1);
        if (parts.size() == 2 && call.method().equals("POST")) {
            backends.put(name, new Backend(new LinkedHashSet<>(), new ConcurrentHashMap<>()));
            return done();
        }
        Backend backend = backends.get(name);
        if (backend == null) {
            return Reply.text(404, "backend not found");
        }
        String item = parts.size() > 3 ? parts.get(3) : "";
        return switch (parts.size() > 2 ? parts.get(2) : "") {
            case "" -> self(call, name);
            case "routes" -> call.method().equals("GET") ? addresses() : done();
            case "cname" -> item.isEmpty() ? cnames(backend) : changeCname(call, backend, item);
            case "certificate" -> certificate(call, backend, item);
            default -> done();
        };
    }

    private Reply self(Call call, String name) {
        if (call.method().equals("GET")) {
            return Reply.json(200, instance.objectNode().put("address", name + ".routed.example.com"));
        }
        if (call.method().equals("DELETE")) {
            backends.remove(name);
        }
        return done();
    }

    private static Reply addresses() {
        return Reply.json(200, instance.objectNode().set("addresses", instance.arrayNode()));
    }

    private static Reply cnames(Backend backend) {
        ArrayNode names = instance.arrayNode();
        synchronized (backend) {
            backend.cnames.forEach(names::add);
        }
        return Reply.json(200, instance.objectNode().set("cnames", names));
    }

    private static Reply changeCname(Call call, Backend backend, String name) {
        synchronized (backend) {
            if (call.method().equals("POST")) {
                backend.cnames.add(name);
            } else {
                backend.cnames.remove(name);
            }
        }
        return done();
    }

    private static Reply certificate(Call call, Backend backend, String name) {
        if (call.method().equals("PUT")) {
            backend.certificates.put(
                    name, Json.of(call.body()).path("certificate").asText());
            return done();
        }
        @Nullable String held = backend.certificates.get(name);
        if (held == null) {
            return Reply.text(404, "certificate not found");
        }
        if (call.method().equals("GET")) {
            return Reply.json(200, instance.objectNode().put("certificate", held));
        }
        backend.certificates.remove(name);
        return done();
    }

    private static Reply done() {
        return Reply.json(200, instance.objectNode());
    }
}
