package io.orizuru.event;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Grant;
import java.util.ArrayList;
import java.util.List;

/**
 * Which events a caller may read or cancel, as a condition. The permission and the contexts that an event had when it began
 * decide: the things themselves, by their identities. Whoever has rights on another thing of the same name has none here.
 */
final class Rights {
    private Rights() {}

    static EventFilter reading(Caller caller) {
        return having(caller, "allowed");
    }

    static EventFilter cancelling(Caller caller) {
        return having(caller, "allowed_cancel");
    }

    private static EventFilter having(Caller caller, String column) {
        EventFilter filter = new EventFilter();
        List<String> ways = new ArrayList<>();
        for (Grant grant : caller.grants()) {
            int number = ways.size();
            ways.add("(" + scheme(filter, column, grant.permission(), "p" + number) + " and "
                    + place(filter, grant.context(), "t" + number, "v" + number) + ")");
        }
        return filter.and(column + "->>'scheme' <> ''").and(ways.isEmpty() ? "false" : String.join(" or ", ways));
    }

    private static String scheme(EventFilter filter, String column, String permission, String name) {
        if (permission.equals("*")) {
            return "true";
        }
        filter.parameter(name, permission);
        return "(" + column + "->>'scheme' = :" + name + " or starts_with(" + column + "->>'scheme', :" + name
                + " || '.'))";
    }

    /** The identity is looked up once for all rows; there is none when nothing of that name is there, which is in no event. */
    private static String place(EventFilter filter, Context context, String type, String value) {
        if (context.equals(Context.GLOBAL)) {
            return "true";
        }
        filter.parameter(type, context.type().wireName()).parameter(value, context.value());
        return "places @> array[(select identity_of(:" + type + "::text, :" + value + "::text))]";
    }
}
