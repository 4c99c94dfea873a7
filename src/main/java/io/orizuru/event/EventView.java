package io.orizuru.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An event as the API shows it. Its names are the API's; a time that is not set is the year 1's first moment. */
record EventView(
        @JsonProperty("ID") Id id,
        @JsonProperty("UniqueID") String uniqueId,
        @JsonProperty("Lock") @Nullable Subject lock,
        @JsonProperty("StartTime") Instant startTime,
        @JsonProperty("EndTime") Instant endTime,
        @JsonProperty("ExpireAt") Instant expireAt,
        @JsonProperty("Target") Subject target,
        @JsonProperty("ExtraTargets") @Nullable List<ExtraTarget> extraTargets,
        @JsonProperty("StartCustomData") CustomData startCustomData,
        @JsonProperty("EndCustomData") CustomData endCustomData,
        @JsonProperty("OtherCustomData") CustomData otherCustomData,

        @JsonProperty("CustomData") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        Pairs pairs,

        @JsonProperty("Kind") Kind kind,
        @JsonProperty("Owner") Owner owner,
        @JsonProperty("SourceIP") String sourceAddress,
        @JsonProperty("LockUpdateTime") Instant lockUpdateTime,
        @JsonProperty("Error") String error,
        @JsonProperty("Log") String log,
        @JsonProperty("StructuredLog") @Nullable List<Line> structuredLog,
        @JsonProperty("CancelInfo") CancelInfo cancelInfo,
        @JsonProperty("Cancelable") boolean cancelable,
        @JsonProperty("Running") boolean running,
        @JsonProperty("Allowed") Allowed allowed,
        @JsonProperty("AllowedCancel") Allowed allowedCancel,
        @JsonProperty("Instance") Instance instance) {

    record Id(
            @JsonProperty("Target") Subject target,
            @JsonProperty("ObjId") String id) {}

    record Subject(
            @JsonProperty("Type") String type,
            @JsonProperty("Value") String value) {
        static final Subject NONE = new Subject("", "");

        static Subject of(Target target) {
            return new Subject(target.type(), target.value());
        }
    }

    record ExtraTarget(
            @JsonProperty("Target") Subject target,
            @JsonProperty("Lock") boolean lock) {}

    record Kind(
            @JsonProperty("Type") String type,
            @JsonProperty("Name") String name) {}

    record Owner(
            @JsonProperty("Type") String type,
            @JsonProperty("Name") String name) {}

    record Line(
            @JsonProperty("Date") Instant date,
            @JsonProperty("Message") String message) {}

    record CancelInfo(
            @JsonProperty("Owner") String owner,
            @JsonProperty("StartTime") Instant startTime,
            @JsonProperty("AckTime") Instant ackTime,
            @JsonProperty("Reason") String reason,
            @JsonProperty("Asked") boolean asked,
            @JsonProperty("Canceled") boolean canceled) {}

    record Place(
            @JsonProperty("CtxType") String type,
            @JsonProperty("Value") String value) {}

    record Allowed(
            @JsonProperty("Scheme") String scheme,
            @JsonProperty("Contexts") @Nullable List<Place> contexts) {
        static Allowed of(Event.Allowed allowed) {
            return new Allowed(
                    allowed.scheme(),
                    orNull(allowed.contexts().stream()
                            .map(place -> new Place(place.type(), place.value()))
                            .toList()));
        }
    }

    /** The server that ran it. Its addresses are nobody's business; the names are there because clients look for them. */
    record Instance(
            @JsonProperty("Name") String name,
            @JsonProperty("Port") String port,
            @JsonProperty("TLSPort") String tlsPort,
            @JsonProperty("Addresses") List<String> addresses,
            @JsonProperty("LastUpdate") Instant lastUpdate) {}

    /** The custom data in a form that needs no BSON. */
    record Pairs(
            @JsonProperty("Start") @Nullable JsonNode start,
            @JsonProperty("End") @Nullable JsonNode end,
            @JsonProperty("Other") @Nullable JsonNode other) {}

    /** As one of a list: the custom data only as BSON. */
    static EventView listed(Event event, List<Event.Line> lines) {
        return of(event, lines, null);
    }

    /** With all that is known of it but its log, which is added as far as it is asked for. */
    static EventView whole(Event event, List<Event.Line> lines) {
        return of(event, lines, new Pairs(event.startData(), event.endData(), event.otherData()));
    }

    private static EventView of(Event event, List<Event.Line> lines, @Nullable Pairs pairs) {
        Subject target = Subject.of(event.target());
        return new EventView(
                new Id(event.running() ? target : Subject.NONE, event.id()),
                event.id(),
                event.running() ? target : null,
                event.startedAt(),
                orZero(event.endedAt()),
                EventQuery.ZERO_TIME,
                target,
                orNull(event.extraTargets().stream()
                        .map(extra -> new ExtraTarget(Subject.of(extra), false))
                        .toList()),
                CustomData.of(event.startData()),
                CustomData.of(event.endData()),
                CustomData.of(event.otherData()),
                pairs,
                new Kind(event.kindType(), event.kind()),
                new Owner(event.ownerType(), event.ownerName()),
                event.sourceAddress(),
                event.startedAt(),
                event.error(),
                lines.stream().map(Event.Line::dated).collect(Collectors.joining()),
                orNull(lines.stream()
                        .map(line -> new Line(line.at(), line.message()))
                        .toList()),
                new CancelInfo(
                        event.cancelOwner(),
                        orZero(event.cancelAskedAt()),
                        orZero(event.cancelAcknowledgedAt()),
                        event.cancelReason(),
                        event.cancelAskedAt() != null,
                        event.cancelAcknowledgedAt() != null),
                event.cancelable(),
                event.running(),
                Allowed.of(event.allowed()),
                Allowed.of(event.allowedCancel()),
                new Instance(event.instance(), "", "", List.of(), event.startedAt()));
    }

    private static Instant orZero(@Nullable Instant time) {
        return time == null ? EventQuery.ZERO_TIME : time;
    }

    /** Where clients know no empty list. */
    private static <T> @Nullable List<T> orNull(List<T> list) {
        return list.isEmpty() ? null : list;
    }
}
