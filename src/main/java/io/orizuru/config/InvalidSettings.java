package io.orizuru.config;

import java.util.List;

/** The settings cannot be used. Holds every problem that was found, so that one round is enough to mend them. */
public final class InvalidSettings extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidSettings(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence each, with the place, the value and the rule; never a secret. */
    public List<String> problems() {
        return problems;
    }
}
