package io.orizuru.router.remote;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.router.Backend;
import io.orizuru.router.builtin.DataPlane.Named;
import io.orizuru.router.builtin.DataPlane.NamedCertificates;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What goes between a server and a router that runs apart. */
final class Wire {
    /** The other end may be newer and say more. */
    static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    static final String SELF = "/v1/self";
    static final String END = "/v1/end";
    static final String TABLE = "/v1/table";
    static final String IDLE = "/v1/idle";
    static final String TRAFFIC = "/v1/traffic";
    static final String WAKES = "/v1/wakes";
    static final String ABSENT = "/v1/absent";

    private Wire() {}

    /**
     * What a router says of itself.
     *
     * @param home its directory, as nobody else's is called
     * @param build of the program that it runs; another one is another program
     * @param settings by which it serves, as one word
     * @param port where it serves apps
     * @param tlsPort where it serves them over TLS; 0 when it does not
     */
    record Self(long pid, String home, String build, String settings, int port, int tlsPort) {}

    /** An app at one of the named routers. */
    record AppAtRouter(String router, String app) {
        static AppAtRouter of(Named named) {
            return new AppAtRouter(named.router(), named.routes().app());
        }
    }

    /**
     * What a router has of an app's routes, or of its certificates.
     *
     * @param routed false when it only remembers the epoch at which they were removed
     */
    record Known(String router, String app, long epoch, boolean routed) {
        static Known of(Named named) {
            return new Known(
                    named.router(),
                    named.routes().app(),
                    named.routes().epoch(),
                    !named.routes().hosts().isEmpty());
        }

        static Known of(NamedCertificates named) {
            return new Known(
                    named.router(),
                    named.certificates().app(),
                    named.certificates().epoch(),
                    !named.certificates().certificates().isEmpty());
        }

        AppAtRouter key() {
            return new AppAtRouter(router, app);
        }
    }

    /**
     * All that a router has.
     *
     * @param complete whether a server ever said so
     * @param certificates null when it knows nothing of such
     */
    record Holding(
            boolean complete, List<Known> apps, @Nullable List<Known> certificates) {}

    /**
     * Routes and certificates to switch to.
     *
     * @param complete whether with these the router has all there are
     */
    record Push(boolean complete, List<Named> routes, List<NamedCertificates> certificates) {
        Push {
            // An earlier version sends none, and wrote none into the file of routes.
            certificates = List.copyOf(Objects.requireNonNullElse(certificates, List.of()));
        }
    }

    /** Those of a push that have an epoch too low, each with the epoch that it would need at least. */
    record Refused(List<Known> apps) {}

    /**
     * A wait for requests to end.
     *
     * @param limitMillis how long to wait at most, 0 to 60,000
     */
    record AwaitIdle(Set<Backend> backends, long limitMillis) {}

    record Idle(boolean idle) {}

    /**
     * Units whose processes have ended.
     *
     * @param teller the server that says so; what it said before is void
     */
    record Absent(String teller, Set<String> units) {
        Absent {
            units = Set.copyOf(units);
        }
    }

    /** It was heard. */
    record Heard(boolean heard) {}

    /** The app whose traffic is asked for. */
    record TrafficOf(String app) {}

    /**
     * A wait for somebody who wants to see an app that is asleep.
     *
     * @param limitMillis how long to wait at most, 0 to 60,000
     */
    record AwaitWakes(long limitMillis) {}

    /** Apps that are asleep and have visitors; each is told once a second for as long as it has. */
    record Called(Set<String> apps) {}
}
