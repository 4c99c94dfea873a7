package io.orizuru.event;

import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which events somebody asks for; what is null or empty does not matter.
 *
 * @param since the earliest start; the zero time of clients means any
 * @param until the latest start, likewise
 * @param limit at most this many, 100 when it is 0 or larger
 * @param sort {@code starttime} for the oldest first; else the newest is
 */
record EventQuery(
        @Nullable Target target,
        @Nullable String kindType,
        @Nullable List<String> kindName,
        @Nullable String ownerType,
        @Nullable String ownerName,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable Boolean running,
        boolean errorOnly,
        int limit,
        int skip,
        @Nullable String sort) {
    /** How clients write a time that is not set. */
    static final Instant ZERO_TIME = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59Z");

    /** As conditions, narrowed to what the caller may read. */
    EventFilter filter(Caller caller) {
        EventFilter filter = Rights.reading(caller).page(limit, skip);
        if (target != null) {
            equal(filter, "target_type", target.type());
            equal(filter, "target_value", target.value());
        }
        equal(filter, "kind_type", kindType);
        equal(filter, "owner_type", ownerType);
        equal(filter, "owner_name", ownerName);
        List<String> kinds = kindName == null
                ? List.of()
                : kindName.stream().filter(kind -> !kind.isEmpty()).toList();
        if (!kinds.isEmpty()) {
            filter.and("kind = any(:kinds)", "kinds", kinds.toArray(String[]::new));
        }
        if (isSet(since)) {
            filter.and("started_at >= :since::timestamptz", "since", String.valueOf(kept("since", since)));
        }
        if (isSet(until)) {
            filter.and("started_at <= :until::timestamptz", "until", String.valueOf(kept("until", until)));
        }
        if (running != null) {
            filter.and("running = :running", "running", running);
        }
        if (errorOnly) {
            filter.and("error <> ''");
        }
        return "starttime".equalsIgnoreCase(sort) ? filter.oldestFirst() : filter;
    }

    /** A time that the database can compare with. */
    private static @Nullable Instant kept(String name, @Nullable Instant time) {
        if (time != null && time.isAfter(LAST_TIME)) {
            throw Failure.invalid(name + " is " + time + ", and may be " + LAST_TIME + " at most");
        }
        return time;
    }

    private static boolean isSet(@Nullable Instant time) {
        return time != null && time.isAfter(ZERO_TIME);
    }

    private static void equal(EventFilter filter, String column, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            filter.and(column + " = :" + column, column, value);
        }
    }
}
