package io.orizuru.provision;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A unit that should be.
 *
 * @param id unique for good, {@code APP-PROCESS-xxxxxxxx}
 * @param app the app's name
 * @param process the process of the Procfile that it runs
 * @param command the shell command of that process
 * @param hooks commands run in the unit, in order, before its process starts ({@code restart:before}); one that fails
 *     fails the start
 * @param version the build it runs, mounted at {@code /home/application/current}
 * @param release the release that wants it
 * @param environment all variables but {@code PORT}, {@code PORT_<process>} and {@code HOME}, which the engine sets
 * @param memory limit in bytes, 0 for none
 * @param cpuMilli thousandths of a core, 0 for no limit
 * @param user the operating system's user number; null is the server's own
 */
public record UnitSpec(
        String id,
        String app,
        String process,
        String command,
        List<String> hooks,
        int version,
        int release,
        Map<String, String> environment,
        long memory,
        int cpuMilli,
        @Nullable Integer user) {
    /** The same unit with another command and no hooks. */
    UnitSpec with(String otherCommand) {
        return new UnitSpec(
                id, app, process, otherCommand, List.of(), version, release, environment, memory, cpuMilli, user);
    }

    /** How long a unit may take to end by itself after SIGTERM. */
    public static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
}
