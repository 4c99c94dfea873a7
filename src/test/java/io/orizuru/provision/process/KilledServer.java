package io.orizuru.provision.process;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.UnitSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server of its own process, for tests that kill it: starts a unit, says so, and begins a build that never ends. */
final class KilledServer {
    private KilledServer() {}

    /** {@code arguments}: the engine's directory, the user number or "none", a quick archive, an endless one. */
    public static void main(String[] arguments) {
        ProcessEngine engine = new ProcessEngine(
                ProcessEngine.Options.of(Path.of(arguments[0]), new BuildEnvironment(Map.of(), List.of())),
                line -> System.out.println(line.message()),
                Clock.systemUTC());
        engine.start();
        @Nullable Integer user = arguments[1].equals("none") ? null : Integer.valueOf(arguments[1]);
        engine.build(request("k1", 1, arguments[2], user), System.out::println, () -> {});
        engine.apply("blog", 7, List.of(unit(user)));
        engine.build(request("k2", 2, arguments[3], user), System.out::println, () -> {});
    }

    static UnitSpec unit(@Nullable Integer user) {
        String command = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done";
        return new UnitSpec("blog-worker-1", "blog", "worker", command, List.of(), 1, 1, Map.of(), 0, 0, user);
    }

    static BuildRequest request(String key, int version, String archive, @Nullable Integer user) {
        return new BuildRequest(key, "blog", version, "generic", Path.of(archive), Map.of(), user, false);
    }
}
