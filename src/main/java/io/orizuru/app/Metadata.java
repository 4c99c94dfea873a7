package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Labels and annotations that people give to an app or to one of its processes. Names and the values of labels are those
 * of Kubernetes, so that an app can move there.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Metadata(List<Item> labels, List<Item> annotations) {
    static final Metadata NONE = new Metadata(List.of(), List.of());

    private static final int LONGEST = 63;
    private static final int LONGEST_PREFIX = 253;
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
    private static final Pattern PREFIX =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    Metadata(@Nullable List<Item> labels, @Nullable List<Item> annotations) {
        this.labels = labels == null ? List.of() : List.copyOf(labels);
        this.annotations = annotations == null ? List.of() : List.copyOf(annotations);
    }

    /**
     * One label or annotation.
     *
     * @param delete in a change: takes it away; never kept
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Item(
            String name,
            String value,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean delete) {
        Item(
                @JsonProperty("name") @Nullable String name,
                @JsonProperty("value") @Nullable String value,
                @JsonProperty("delete") boolean delete) {
            this.name = name == null ? "" : name;
            this.value = value == null ? "" : value;
            this.delete = delete;
        }
    }

    boolean isEmpty() {
        return labels.isEmpty() && annotations.isEmpty();
    }

    /**
     * With a change: items of the same name are replaced or, when it says so, taken away.
     *
     * @throws Failure when a name or value is against the rules
     */
    Metadata with(Metadata change) {
        change.check();
        return new Metadata(merged(labels, change.labels), merged(annotations, change.annotations));
    }

    /** As a new app keeps it: the rules for names hold from its first change on, as clients know it. */
    Metadata kept() {
        return new Metadata(merged(List.of(), labels), merged(List.of(), annotations));
    }

    private static List<Item> merged(List<Item> before, List<Item> change) {
        Map<String, Item> all = new LinkedHashMap<>();
        before.forEach(item -> all.put(item.name(), item));
        for (Item item : change) {
            if (item.delete()) {
                all.remove(item.name());
            } else {
                all.put(item.name(), item);
            }
        }
        return new ArrayList<>(all.values());
    }

    private void check() {
        labels.forEach(label -> {
            checkName("metadata.labels", label.name());
            if (!label.value().isEmpty()) {
                checkText("metadata.labels", label.value(), "a valid label must be an empty string or");
            }
        });
        annotations.forEach(annotation -> checkName("metadata.annotations", annotation.name()));
    }

    private static void checkName(String where, String name) {
        int slash = name.indexOf('/');
        if (slash >= 0) {
            String prefix = name.substring(0, slash);
            if (prefix.length() > LONGEST_PREFIX || !PREFIX.matcher(prefix).matches()) {
                throw invalid(where, name, "prefix part must be a lower case DNS name of at most 253 characters");
            }
        }
        checkText(where, name.substring(slash + 1), name, "name part must");
    }

    private static void checkText(String where, String text, String rule) {
        checkText(where, text, text, rule);
    }

    private static void checkText(String where, String text, String shown, String rule) {
        if (text.length() > LONGEST) {
            throw invalid(where, shown, "must be no more than " + LONGEST + " characters");
        }
        if (!NAME.matcher(text).matches()) {
            throw invalid(
                    where,
                    shown,
                    rule
                            + " consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
                            + " character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '"
                            + NAME.pattern() + "')");
        }
    }

    private static Failure invalid(String where, String value, String rule) {
        return Failure.invalid(where + ": Invalid value: \"" + value + "\": " + rule);
    }
}
