package io.orizuru.failure;

import java.time.Duration;

/**
 * Something that a caller did, or met, that cannot be: with a message for people that names the value and the rule. All
 * features throw this one; anything else that is thrown is a defect of ours.
 */
public final class Failure extends RuntimeException {
    /** What kind of failure it is; {@code http} has the one table of statuses. */
    public enum Kind {
        INVALID,
        UNAUTHENTICATED,
        FORBIDDEN,
        QUOTA_EXCEEDED,
        NOT_FOUND,
        CONFLICT,
        LOCKED,
        GONE,
        PRECONDITION,
        TOO_LARGE,
        TOO_MANY,
        DISK_FULL,
        UPSTREAM,
        UNAVAILABLE
    }

    private final Kind kind;
    private final Duration retryAfter;

    private Failure(Kind kind, String message) {
        this(kind, message, Duration.ZERO);
    }

    private Failure(Kind kind, String message, Duration retryAfter) {
        super(message, null, false, false);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    public static Failure invalid(String message) {
        return new Failure(Kind.INVALID, message);
    }

    public static Failure unauthenticated(String message) {
        return new Failure(Kind.UNAUTHENTICATED, message);
    }

    public static Failure forbidden(String message) {
        return new Failure(Kind.FORBIDDEN, message);
    }

    public static Failure quotaExceeded(String message) {
        return new Failure(Kind.QUOTA_EXCEEDED, message);
    }

    public static Failure notFound(String message) {
        return new Failure(Kind.NOT_FOUND, message);
    }

    public static Failure conflict(String message) {
        return new Failure(Kind.CONFLICT, message);
    }

    public static Failure locked(String message) {
        return new Failure(Kind.LOCKED, message);
    }

    public static Failure gone(String message) {
        return new Failure(Kind.GONE, message);
    }

    public static Failure precondition(String message) {
        return new Failure(Kind.PRECONDITION, message);
    }

    public static Failure tooLarge(String message) {
        return new Failure(Kind.TOO_LARGE, message);
    }

    /**
     * It was tried too often.
     *
     * @param retryAfter when to try again; a second at least
     */
    public static Failure tooMany(String message, Duration retryAfter) {
        return new Failure(Kind.TOO_MANY, message, retryAfter);
    }

    /** There is too little room on a disk; nothing that takes more of it is begun. */
    public static Failure diskFull(String message) {
        return new Failure(Kind.DISK_FULL, message);
    }

    public static Failure upstream(String message) {
        return new Failure(Kind.UPSTREAM, message);
    }

    public static Failure unavailable(String message) {
        return new Failure(Kind.UNAVAILABLE, message);
    }

    public Kind kind() {
        return kind;
    }

    /** When to try again; zero where nobody knows. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** The message, which is never null here. */
    public String message() {
        return String.valueOf(getMessage());
    }
}
