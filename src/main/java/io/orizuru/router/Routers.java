package io.orizuru.router;

import io.orizuru.failure.Failure;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The routers that this server has, by name. */
public final class Routers {
    private final Map<String, Router> byName = new LinkedHashMap<>();
    private final Map<String, Long> applied = new ConcurrentHashMap<>();
    private final Wakes wakes;

    public Routers(List<? extends Router> routers) {
        this(routers, new Wakes());
    }

    /** @param wakes where the routers call for apps that are asleep */
    public Routers(List<? extends Router> routers, Wakes wakes) {
        routers.forEach(router -> byName.put(router.name(), router));
        this.wakes = wakes;
    }

    /** Which sleeping apps have visitors. */
    public Wakes wakes() {
        return wakes;
    }

    public Optional<Router> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public Router require(String name) {
        return find(name).orElseThrow(() -> Failure.notFound("router \"" + name + "\" not found"));
    }

    /** Tells all which units have no process at the moment, see {@link Router#absent}. */
    public void absent(String teller, Set<String> units) {
        byName.values().forEach(router -> router.absent(teller, units));
    }

    /** Notes that the routers have an app's routes of an epoch, so that nobody brings them once more. */
    public void applied(String app, long epoch) {
        applied.merge(app, epoch, Math::max);
    }

    /** The epoch of the routes that the routers have of an app, 0 for none. */
    public long appliedEpoch(String app) {
        return applied.getOrDefault(app, 0L);
    }

    /** The app is gone. */
    public void forget(String app) {
        applied.remove(app);
    }

    public Collection<Router> all() {
        return byName.values();
    }
}
