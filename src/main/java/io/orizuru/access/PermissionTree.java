package io.orizuru.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * All permissions with the context types that each can be granted in. Loaded from {@code permissions.json}, the data of
 * the API's contract: the nodes of its first version, and those that newer ones add.
 */
public final class PermissionTree {
    private final SortedMap<String, List<ContextType>> nodes;

    private PermissionTree(SortedMap<String, List<ContextType>> nodes) {
        this.nodes = Collections.unmodifiableSortedMap(nodes);
    }

    public static PermissionTree load() {
        SortedMap<String, List<ContextType>> nodes = new TreeMap<>();
        try (InputStream data = PermissionTree.class.getResourceAsStream("/contract/permissions.json")) {
            for (JsonNode version : new ObjectMapper().readTree(data)) {
                version.properties().forEach(node -> nodes.putIfAbsent(node.getKey(), contextTypes(node.getValue())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the permission tree cannot be read", e);
        }
        return new PermissionTree(nodes);
    }

    private static List<ContextType> contextTypes(JsonNode names) {
        return StreamSupport.stream(names.spliterator(), false)
                .map(name -> ContextType.of(name.asText()))
                .filter(type -> type != null)
                .toList();
    }

    public boolean contains(String permission) {
        return nodes.containsKey(permission);
    }

    /** The types in which the permission can be granted, or null when there is no such permission. */
    public @Nullable List<ContextType> contextTypes(String permission) {
        return nodes.get(permission);
    }

    public Set<String> names() {
        return nodes.keySet();
    }

    public Map<String, List<ContextType>> all() {
        return nodes;
    }
}
