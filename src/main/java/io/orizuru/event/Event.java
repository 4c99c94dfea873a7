package io.orizuru.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An event as it is on record, without its log. */
public record Event(
        String id,
        String kind,
        String kindType,
        Target target,
        List<Target> extraTargets,
        String ownerType,
        String ownerName,
        String sourceAddress,
        String requestId,
        Allowed allowed,
        Allowed allowedCancel,
        JsonNode startData,
        @Nullable JsonNode otherData,
        @Nullable JsonNode endData,
        boolean cancelable,
        @Nullable Instant cancelAskedAt,
        @Nullable Instant cancelAcknowledgedAt,
        String cancelOwner,
        String cancelReason,
        String instance,
        boolean running,
        String error,
        Instant startedAt,
        @Nullable Instant endedAt) {
    /** The kind of event that the platform itself begins. */
    static final String INTERNAL = "internal";

    /** Whether the platform itself asked for it. */
    boolean internal() {
        return kindType.equals(INTERNAL);
    }

    /** Whose share of what a server can do at once it takes: its team's, or else that of who asked for it. */
    String group() {
        return allowed.contexts().stream()
                .filter(place -> place.type().equals("team"))
                .findFirst()
                .map(place -> "the team " + place.value())
                .orElse(ownerName.isEmpty() ? "the platform" : ownerName);
    }

    /**
     * Who may see or cancel it: a permission and the contexts that its target had when it began.
     *
     * @param scheme the permission, empty for nobody but the owner
     */
    public record Allowed(String scheme, List<Place> contexts) {
        public static final Allowed NOBODY = new Allowed("", List.of());
    }

    /** A context, as stored. */
    public record Place(String type, String value) {}

    /** One message of its log. */
    public record Line(int number, Instant at, String message) {
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xxxx", Locale.ROOT);

        /** With its time before it and a newline at its end. */
        String dated() {
            String text = TIME.format(at.atOffset(ZoneOffset.UTC)) + ": " + message;
            return text.endsWith("\n") ? text : text + "\n";
        }
    }
}
