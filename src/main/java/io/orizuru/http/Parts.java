package io.orizuru.http;

import java.util.ArrayList;
import java.util.List;

/** Long lists in parts that are brought and sent one after the other, see {@link StreamedJson#list}. */
public final class Parts {
    /** What a part takes, in bytes, unless a single element takes more. */
    private static final int MOST_BYTES = 256 << 10;

    private static final int MOST_ELEMENTS = 100;

    private Parts() {}

    /** What names an element, and about how many bytes it takes. */
    public record Sized<K>(K key, long size) {}

    public static <K> List<List<K>> of(List<Sized<K>> all) {
        List<List<K>> parts = new ArrayList<>();
        long size = 0;
        for (Sized<K> next : all) {
            if (parts.isEmpty()
                    || size + next.size() > MOST_BYTES
                    || parts.getLast().size() >= MOST_ELEMENTS) {
                parts.add(new ArrayList<>());
                size = 0;
            }
            parts.getLast().add(next.key());
            size += next.size();
        }
        return parts;
    }
}
