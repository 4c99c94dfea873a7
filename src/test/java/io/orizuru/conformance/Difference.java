package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;

/** One place where an answer is not as recorded. */
record Difference(JsonPath path, String expected, String got) {
    static final String MISSING = "(missing)";

    private static final int LONGEST = 200;

    static Difference at(JsonPath path, JsonNode expected, JsonNode got) {
        return new Difference(path, Json.plain(expected), Json.plain(got));
    }

    @Override
    public String toString() {
        return path + ": expected " + brief(expected) + ", got " + brief(got);
    }

    private static String brief(String text) {
        String line = text.strip().replace("\n", "\\n");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
