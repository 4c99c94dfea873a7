package io.orizuru.app;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.orizuru.router.RouterAddresses;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The names that are the platform's own: of routers, of the addresses that it listens on, and what the settings reserve. */
@ApplicationScoped
class ReservedNames {
    private final List<Settings.RouterSettings> routers;
    private final List<String> reserved;
    private final RouterAddresses addresses;

    ReservedNames(Settings settings, RouterAddresses addresses) {
        this.routers = settings.routers();
        this.reserved = Stream.concat(
                        settings.names().reserved().stream(),
                        Stream.of(
                                settings.listen().host(),
                                settings.routerListen().host()))
                .map(own -> own.toLowerCase(Locale.ROOT))
                .toList();
        this.addresses = addresses;
    }

    /**
     * Refuses what would take visitors from the platform, or from an app's first name.
     *
     * @throws Failure invalid
     */
    void require(PublicName name) {
        for (Settings.RouterSettings router : routers) {
            String why = ", where the router " + router.name() + " names apps itself";
            refuse(name, router.domain(), why);
        }
        for (String own : reserved) {
            refuse(name, own, ", which is the platform's own");
        }
    }

    private static void refuse(PublicName name, String own, String why) {
        if (name.wildcard() && isAtOrBelow(own, name.base())) {
            throw name.refused("covers " + own + why);
        }
        if (isAtOrBelow(name.base(), own)) {
            throw name.refused((name.base().equals(own) ? "is " : "is below ") + own + why);
        }
    }

    /**
     * Refuses the name of an app that would have an address which is the platform's own.
     *
     * @throws Failure invalid
     */
    void requireAddress(String app, String router) {
        String address = addresses.host(router, app);
        Stream.concat(reserved.stream(), routers.stream().map(Settings.RouterSettings::domain))
                .filter(own -> isAtOrBelow(own, address))
                .findFirst()
                .ifPresent(own -> {
                    throw Failure.invalid("the name \"" + app + "\" would give the app the address " + address
                            + ", which is the platform's own by " + own + "; choose another name");
                });
    }

    private static boolean isAtOrBelow(String name, String domain) {
        return name.equals(domain) || name.endsWith("." + domain);
    }
}
