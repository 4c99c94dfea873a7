package io.orizuru.provision;

import io.orizuru.failure.Failure;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The engines that this server has, by the name that pools use. */
@ApplicationScoped
public class Engines {
    private final Map<String, Engine> byName;

    Engines(@All List<Engine> engines) {
        byName = engines.stream().collect(Collectors.toMap(Engine::name, Function.identity()));
    }

    public Optional<Engine> find(String provisioner) {
        return Optional.ofNullable(byName.get(provisioner));
    }

    /** The engine that has to place something; pools may name others, but then nothing runs there. */
    public Engine require(String provisioner) {
        return find(provisioner)
                .orElseThrow(() -> Failure.unavailable("this server has no engine for the provisioner \"" + provisioner
                        + "\"; it has " + String.join(", ", byName.keySet())));
    }

    public Iterable<Engine> all() {
        return byName.values();
    }
}
