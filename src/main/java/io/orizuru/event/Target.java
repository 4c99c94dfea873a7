package io.orizuru.event;

/**
 * What an event is about.
 *
 * @param type one of the API's target types: {@code app}, {@code team}, {@code pool}, …
 * @param value its name
 */
public record Target(String type, String value) {
    static final String APP = "app";

    public static Target app(String name) {
        return new Target(APP, name);
    }

    @Override
    public String toString() {
        return type + "(" + value + ")";
    }
}
