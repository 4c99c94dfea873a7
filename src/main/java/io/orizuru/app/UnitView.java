package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A unit as the API shows it. */
record UnitView(
        @JsonProperty("ID") String id,
        @JsonProperty("Name") String name,
        @JsonProperty("AppName") String app,
        @JsonProperty("ProcessName") String process,
        @JsonProperty("Type") String platform,
        @JsonProperty("Status") String status,
        @JsonProperty("StatusReason") String reason,
        @JsonProperty("Address") @Nullable Map<String, Object> address,
        @JsonProperty("Addresses") @Nullable Object addresses,
        @JsonProperty("Version") int version,
        @JsonProperty("Routable") boolean routable,
        @JsonProperty("Restarts") @Nullable Integer restarts,
        @JsonProperty("CreatedAt") @Nullable Instant createdAt,
        @JsonProperty("Ready") boolean ready,
        @JsonProperty("HostAddr") String host,
        @JsonProperty("HostPort") String port,
        @JsonProperty("IP") String ip) {

    private static UnitView of(Units.Seen seen, App app) {
        UnitRecord unit = seen.unit();
        Optional<ObservedUnit> observed = seen.observed();
        String host = unit.host() == null ? "" : unit.host();
        String port = unit.port() == null ? "" : Integer.toString(unit.port());
        return new UnitView(
                unit.id(),
                unit.id(),
                unit.app(),
                unit.process(),
                app.platform() == null ? "" : app.platform(),
                status(seen),
                observed.map(ObservedUnit::reason).orElse(""),
                port.isEmpty() ? null : Map.of("Scheme", "http", "Host", host + ":" + port, "Path", ""),
                null,
                unit.version(),
                unit.routed(),
                observed.map(ObservedUnit::restarts).orElse(null),
                observed.map(ObservedUnit::createdAt).orElse(null),
                status(seen).equals("started"),
                host,
                port,
                host);
    }

    /** One of those that will be there again when the app wakes. */
    private static UnitView asleep(App app, int version, String process, int number) {
        String id = app.name() + "-" + process + "-asleep-" + number;
        return new UnitView(
                id,
                id,
                app.name(),
                process,
                app.platform() == null ? "" : app.platform(),
                "asleep",
                "",
                null,
                null,
                version,
                false,
                null,
                null,
                false,
                "",
                "",
                "");
    }

    /** The units that an app has. */
    static List<UnitView> placed(App app, List<Units.Seen> seen) {
        return seen.stream().map(unit -> of(unit, app)).toList();
    }

    /** The units that an app has, and those that it will have again when it wakes. */
    static List<UnitView> all(App app, List<Units.Seen> seen, Placement placement) {
        List<UnitView> all = new ArrayList<>(placed(app, seen));
        for (Placement.Running running : placement.versions()) {
            running.processes().forEach((process, scale) -> {
                for (int number = 1; scale.asleep() && number <= scale.pastUnits(); number++) {
                    all.add(asleep(app, running.version(), process, number));
                }
            });
        }
        return all;
    }

    /** An agent may know of an error that the engine cannot see. */
    private static String reported(UnitRecord unit) {
        return "error".equals(unit.reported()) ? "error" : "started";
    }

    /** A unit that listens, but was never seen healthy, is still starting. */
    static String status(Units.Seen seen) {
        if (seen.observed().isEmpty()) {
            return "created";
        }
        ObservedUnit.Status status = seen.observed().get().status();
        return switch (status) {
            case STARTED -> seen.unit().healthy() ? reported(seen.unit()) : "starting";
            case STOPPING -> "stopped";
            case CREATED, BUILDING, STARTING, ERROR, STOPPED, ASLEEP ->
                status.name().toLowerCase(Locale.ROOT);
        };
    }
}
