package io.orizuru.provision.process;

import io.orizuru.config.NetworkSettings;
import io.orizuru.provision.UnitSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One unit on disk:
 *
 * <pre>
 * unit.json     what it is to be; holds its environment
 * passage, rules, inside  what its network lets in and out, if it has one without root, see {@link Passage}
 * network       its network, if it has one of its own
 * history.json  how often it was started again and how it last ended
 * start         the script it runs, for its user alone
 * passwd, group the accounts it sees
 * sandbox       what bubblewrap is told, see {@link HiddenArguments}
 * groups        its control group
 * run           its supervisor, while it runs
 * exit          its exit code, once it has ended
 * failed        the hook that failed, if one did
 * stopping      there when it is to end
 * log, log.offset  what it prints, and how much of it was taken
 * home          its home, where nothing keeps it apart
 * </pre>
 */
record UnitDirectory(Path path) {
    /**
     * What a unit is. Never changes.
     *
     * @param network its own; null when it shares this machine's, as units of older servers do, or has a passage
     * @param passage whether it has a network of its own that is reached by {@code port} of this machine, see {@link Passage}
     */
    record StoredUnit(
            UnitSpec spec,
            int port,
            long epoch,
            Instant createdAt,
            @Nullable Netspace network,
            boolean passage) {
        private static final String LOOPBACK = "127.0.0.1";

        /** The port that it is told to listen on. */
        int inside() {
            return passage ? Netspace.PORT : port;
        }

        /** Where it is reached. */
        String host() {
            return network == null ? LOOPBACK : network.address();
        }
    }

    /** What happened to it. */
    record History(int restarts, @Nullable Integer lastExit) {
        static final History NONE = new History(0, null);
    }

    String id() {
        return path.getFileName().toString();
    }

    boolean exists() {
        return Files.exists(path);
    }

    Optional<StoredUnit> stored() {
        return DurableFiles.readJson(path.resolve("unit.json"), StoredUnit.class);
    }

    History history() {
        return DurableFiles.readJson(path.resolve("history.json"), History.class)
                .orElse(History.NONE);
    }

    void write(History history) throws IOException {
        DurableFiles.writeJson(path.resolve("history.json"), history);
    }

    Path script() {
        return path.resolve("start");
    }

    Path log() {
        return path.resolve("log");
    }

    Path logOffset() {
        return path.resolve("log.offset");
    }

    Optional<Running> running() {
        return Running.read(path.resolve("run"));
    }

    Optional<FailedStep> failedHook() {
        return FailedStep.read(path.resolve("failed"));
    }

    /** The exit code of its last run, if its supervisor could write it. */
    Optional<Integer> exit() {
        String text = DurableFiles.readText(path.resolve("exit"));
        return text.matches("\\d{1,3}") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
    }

    boolean stopping() {
        return Files.exists(path.resolve("stopping"));
    }

    Instant stoppingSince() {
        try {
            return Files.getLastModifiedTime(path.resolve("stopping")).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }

    void markStopping() throws IOException {
        DurableFiles.mark(path.resolve("stopping"));
    }

    /** Makes the directory with all that the unit needs; it appears whole or not at all. */
    static UnitDirectory create(Path units, StoredUnit unit, Sandbox sandbox, Path tree, NetworkSettings settings)
            throws IOException {
        UnitSpec spec = unit.spec();
        UnitDirectory made = new UnitDirectory(units.resolve(spec.id()));
        DurableFiles.directory(units);
        // A name that nobody had: what a killed server left under its own is removed while this one is made.
        Path staging = units.resolve(".new-" + spec.id() + "-" + UUID.randomUUID());
        DurableFiles.directory(staging);
        DurableFiles.writeJson(staging.resolve("unit.json"), unit);
        String script =
                Scripts.unit(made.variables(unit, sandbox, tree), sandbox.current(tree), spec.hooks(), spec.command());
        DurableFiles.write(staging.resolve("start"), script.getBytes(StandardCharsets.UTF_8), "r--------");
        DurableFiles.own(staging.resolve("start"), spec.user());
        DurableFiles.directory(staging.resolve("home"));
        Accounts.write(staging, spec.user());
        // The unit's user owns it, so that an app may open /dev/stdout.
        DurableFiles.writeText(staging.resolve("log"), "");
        DurableFiles.own(staging.resolve("log"), spec.user());
        if (unit.network() != null) {
            unit.network().record(staging);
        }
        if (unit.passage()) {
            new Passage(unit.port()).record(staging, settings, settings.units());
        }
        ProcessFailPoints.UNIT_STAGED.hit(spec.app());
        DurableFiles.rename(staging, made.path);
        ProcessFailPoints.UNIT_MADE.hit(spec.app());
        return made;
    }

    /** The whole environment of the unit. */
    Map<String, String> variables(StoredUnit unit, Sandbox sandbox, Path tree) {
        UnitSpec spec = unit.spec();
        Map<String, String> environment = new TreeMap<>(JavaRecipe.variables(tree, spec.memory()));
        environment.putAll(spec.environment());
        return Variables.unit(environment, spec.process(), unit.inside(), sandbox.path(tree), sandbox.home(path));
    }

    /**
     * Removes it, unless it is not to end; first from its place, so that a crash in between leaves no half of it that looks like
     * a unit.
     *
     * @param app whose unit it is
     */
    void remove(String app, Trash trash) throws IOException {
        if (!stopping()) {
            return; // Another server has removed it already, and maybe made it anew.
        }
        trash.discard(app, path);
    }

    /** What is left of units that a killed server was about to make or to remove. */
    static List<Path> halfMade(Path units) {
        return DurableFiles.list(units).stream()
                .filter(path -> path.getFileName().toString().startsWith("."))
                .toList();
    }
}
