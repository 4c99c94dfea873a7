package io.orizuru.event;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which events are asked for: conditions that all must hold, with their parameters. */
final class EventFilter {
    /** The most that one answer holds. */
    static final int MAX_LIMIT = 100;

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> parameters = new LinkedHashMap<>();
    private String order = "started_at desc, id desc";
    private int limit = MAX_LIMIT;
    private int skip;

    EventFilter and(String condition) {
        conditions.add("(" + condition + ")");
        return this;
    }

    EventFilter and(String condition, String parameter, Object value) {
        parameters.put(parameter, value);
        return and(condition);
    }

    EventFilter parameter(String name, Object value) {
        parameters.put(name, value);
        return this;
    }

    EventFilter oldestFirst() {
        order = "started_at, id";
        return this;
    }

    EventFilter page(int wantedLimit, int wantedSkip) {
        limit = wantedLimit <= 0 || wantedLimit > MAX_LIMIT ? MAX_LIMIT : wantedLimit;
        skip = Math.max(0, wantedSkip);
        return this;
    }

    String where() {
        return conditions.isEmpty() ? "true" : String.join(" and ", conditions);
    }

    String order() {
        return order;
    }

    int limit() {
        return limit;
    }

    int skip() {
        return skip;
    }

    Map<String, Object> parameters() {
        return parameters;
    }
}
