package io.orizuru.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A form as a tree: {@code Envs.0.Name} is the field {@code Name} of the first of {@code Envs}. Names are matched without
 * regard to case; what is repeated is a list.
 */
final class FormTree {
    /** More levels than any input has. */
    private static final int MAX_DEPTH = 16;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final String name;
    private final Map<String, FormTree> children = new LinkedHashMap<>();
    private final List<String> values = new ArrayList<>();

    private FormTree(String name) {
        this.name = name;
    }

    static JsonNode of(Map<String, List<String>> fields, Items items) {
        FormTree root = new FormTree("");
        fields.forEach((key, texts) -> root.put(key, texts, items));
        return root.children.isEmpty() ? NODES.objectNode() : root.toJson();
    }

    private void put(String key, List<String> texts, Items items) {
        String[] path = key.split("\\.", MAX_DEPTH + 1);
        if (path.length > MAX_DEPTH) {
            throw Failure.invalid("the field \"" + abbreviated(key) + "\" has more than " + MAX_DEPTH + " levels");
        }
        items.add(path.length);
        FormTree node = this;
        for (String part : path) {
            node = node.children.computeIfAbsent(part.toLowerCase(Locale.ROOT), lower -> new FormTree(part));
        }
        node.values.addAll(texts);
    }

    private JsonNode toJson() {
        if (children.isEmpty()) {
            return leaf();
        }
        // A field that is both a value and a parent ("Binds=" beside "Binds.0.App=x") is sent by real clients for an
        // empty list; a text there would be lost, so it is refused.
        if (values.stream().anyMatch(value -> !value.isEmpty())) {
            throw Failure.invalid(
                    "the field \"" + abbreviated(name) + "\" is given as a value and as a group of fields");
        }
        if (children.keySet().stream().allMatch(FormTree::isIndex)) {
            List<JsonNode> elements = children.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey(
                            (a, b) -> Integer.compare(Integer.parseInt(a), Integer.parseInt(b))))
                    .map(child -> child.getValue().toJson())
                    .toList();
            return NODES.arrayNode().addAll(elements);
        }
        var object = NODES.objectNode();
        children.values().forEach(child -> object.set(child.name, child.toJson()));
        return object;
    }

    private JsonNode leaf() {
        if (values.size() == 1) {
            return NODES.textNode(values.getFirst());
        }
        var array = NODES.arrayNode();
        values.forEach(array::add);
        return array;
    }

    private static boolean isIndex(String key) {
        return key.matches("\\d{1,6}");
    }

    private static String abbreviated(String key) {
        return Texts.shown(key);
    }
}
