package io.orizuru.provision;

import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an app shows of itself beside its units and its own names. Kept with its routes, so that any server makes the same ones
 * of what is on record.
 *
 * @param addresses names that lead to some of its units
 * @param asleep what happens to requests while the app has no unit for them; null when it is awake
 */
public record Exposure(List<Address> addresses, AppRoutes.@Nullable Asleep asleep) {
    public static final Exposure NONE = new Exposure(List.of(), null);

    public Exposure {
        addresses = List.copyOf(addresses);
    }

    /**
     * A name that leads to the units of some processes.
     *
     * @param name below a router's domain, for example {@code v2.version.blog}
     * @param members whose units
     */
    public record Address(String name, List<Member> members) {
        public Address {
            members = List.copyOf(members);
        }

        private boolean has(UnitRecord unit) {
            return members.contains(new Member(unit.version(), unit.process()));
        }
    }

    /** A process of a version. */
    public record Member(int version, String process) {}

    /** The same, asleep in another way. */
    public Exposure with(AppRoutes.@Nullable Asleep other) {
        return new Exposure(addresses, other);
    }

    /**
     * The routes of the app on one router.
     *
     * @param hosts the app's own names there
     * @param units all its units on record
     * @param weights the shares of versions in requests for the app's own names
     * @param hostOf makes a host name of the name of an address
     */
    public AppRoutes routes(
            String app,
            long epoch,
            Set<String> hosts,
            List<UnitRecord> units,
            Map<Integer, Integer> weights,
            Function<String, String> hostOf) {
        List<AppRoutes.Part> parts = new ArrayList<>();
        for (Address address : addresses) {
            List<Backend> backends = RouteRecords.backends(units.stream()
                    .filter(unit -> unit.addressed() && address.has(unit))
                    .toList());
            parts.add(new AppRoutes.Part(Set.of(hostOf.apply(address.name())), backends));
        }
        List<Backend> routed =
                RouteRecords.backends(units.stream().filter(UnitRecord::routed).toList());
        return new AppRoutes(app, epoch, hosts, routed, weights, parts, asleep);
    }
}
