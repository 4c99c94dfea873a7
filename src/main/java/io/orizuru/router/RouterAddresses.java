package io.orizuru.router;

import io.orizuru.config.Settings.RouterSettings;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The names that routers give to apps, and how these are written for people: with the port, unless it is the usual one. */
public final class RouterAddresses {
    /** The option of a router that stands behind a proxy: the port that people see. */
    private static final String PUBLIC_PORT = "public-port";

    private final Map<String, RouterSettings> routers;
    private final int port;

    /** @param port where the built-in router listens, 1 to 65535 */
    public RouterAddresses(Iterable<RouterSettings> routers, int port) {
        this.routers = java.util.stream.StreamSupport.stream(routers.spliterator(), false)
                .collect(Collectors.toMap(RouterSettings::name, Function.identity()));
        this.port = port;
    }

    /** The host name of an app on a router; empty when there is no such router. */
    public String host(String router, String app) {
        RouterSettings settings = routers.get(router);
        return settings == null ? "" : app + "." + settings.domain();
    }

    /** As {@link #host}, with the port where it must be given. */
    public String address(String router, String app) {
        RouterSettings settings = routers.get(router);
        if (settings == null) {
            return "";
        }
        String shown = settings.options().getOrDefault(PUBLIC_PORT, Integer.toString(port));
        boolean usual = shown.equals("80") || shown.equals("443");
        return host(router, app) + (usual ? "" : ":" + shown);
    }
}
