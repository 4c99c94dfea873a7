package io.orizuru.http;

import java.util.List;

/**
 * What of a body an operation takes.
 *
 * @param bytes the most that it may have, files not counted
 * @param files the fields that may be files
 */
public record BodyRule(int bytes, List<String> files) {
    /** The largest uploaded file, in bytes: an app's archive. */
    static final long LARGEST_FILE = 512L << 20;

    /** No operation takes more, in bytes; the framework's own limit, which answers without a word, is above. */
    static final long LARGEST = LARGEST_FILE + (2 << 20);

    /** What nobody reads is let go by, up to so many bytes: clients send empty forms with everything. */
    static final int IGNORED = 4 << 10;

    static final BodyRule NONE = new BodyRule(0, List.of());

    /** Values, names and groups of any input; larger ones may have more. */
    private static final int USUAL_ITEMS = 2_000;

    private static final int BYTES_PER_ITEM = 64;

    boolean isNone() {
        return bytes == 0 && files.isEmpty();
    }

    /** The most bytes of a whole body; a larger one is refused by its declared length. */
    long whole() {
        return files.isEmpty() ? Math.max(bytes, IGNORED) : bytes + LARGEST_FILE;
    }

    /** Of how many values, names and groups a body may consist. */
    int items() {
        return Math.max(USUAL_ITEMS, bytes / BYTES_PER_ITEM);
    }
}
