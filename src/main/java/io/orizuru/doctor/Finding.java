package io.orizuru.doctor;

/**
 * Something that is not as it must be.
 *
 * @param object what it is about: {@code app/blog}, an event's id, a path
 * @param problem what is wrong with it, for people
 */
public record Finding(Invariant invariant, String object, String problem) {
    @Override
    public String toString() {
        return invariant + ": " + object + ": " + problem;
    }
}
