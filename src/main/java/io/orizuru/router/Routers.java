package io.orizuru.router;

import io.orizuru.failure.Failure;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The routers that this server has, by name. */
public final class Routers {
    private final Map<String, Router> byName = new LinkedHashMap<>();

    public Routers(List<? extends Router> routers) {
        routers.forEach(router -> byName.put(router.name(), router));
    }

    public Optional<Router> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public Router require(String name) {
        return find(name).orElseThrow(() -> Failure.notFound("router \"" + name + "\" not found"));
    }

    public Collection<Router> all() {
        return byName.values();
    }
}
