package io.orizuru.canary;

/** What a step's measurements say. */
public sealed interface Verdict {
    /** The next step may be taken. */
    record Good() implements Verdict {}

    /** Time or requests are missing. */
    record Undecided() implements Verdict {}

    /**
     * The version must be withdrawn.
     *
     * @param why the figures and the rule, for people
     */
    record Worse(String why) implements Verdict {}
}
