package io.orizuru.http;

import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A form, or a query, as it is written in one text. */
final class Form {
    private static final int LONGEST_NAME = 1 << 10;

    private Form() {}

    /** The values of each name, in the order in which they come. */
    static Map<String, List<String>> fields(String text, Items items) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        int begin = 0;
        while (begin <= text.length()) {
            int end = text.indexOf('&', begin);
            String pair = text.substring(begin, end < 0 ? text.length() : end);
            begin = end < 0 ? text.length() + 1 : end + 1;
            if (!pair.isBlank()) {
                items.add(1);
                add(fields, pair);
            }
        }
        return fields;
    }

    private static void add(Map<String, List<String>> fields, String pair) {
        int equals = pair.indexOf('=');
        String name = Texts.ofForm(equals < 0 ? pair : pair.substring(0, equals), "the name of a field");
        if (name.length() > LONGEST_NAME) {
            throw Failure.invalid("the name of the field \"" + Texts.shown(name) + "\" has more than " + LONGEST_NAME
                    + " characters");
        }
        String value =
                equals < 0 ? "" : Texts.ofForm(pair.substring(equals + 1), "the field \"" + Texts.shown(name) + "\"");
        fields.computeIfAbsent(name, absent -> new ArrayList<>()).add(value);
    }
}
