package io.orizuru.provision;

import io.orizuru.failure.StaleEpochException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Places an app's units somewhere: processes of this machine, containers, pods.
 *
 * <p>Declarative: {@link #apply} says which units should be, {@link #observe} says which are. Both are idempotent and
 * may be called by a server that took over after a crash. Every call carries the epoch of the lease it runs under; an
 * engine refuses an epoch lower than the highest it has seen for that app with {@link StaleEpochException}.
 */
public interface Engine {
    /** The name that pools use: {@code process}, {@code docker}, {@code kubernetes}. */
    String name();

    /** Why a platform cannot be built here (a missing tool, by name), or null when it can. */
    @Nullable
    String refusal(String platform);

    /**
     * Builds an archive for its platform. A build of the same {@link BuildRequest#key()} that was left running or half
     * done by an attempt before is ended first; a finished one is answered again without building. The result becomes
     * visible by an atomic rename.
     *
     * @param output gets what the build prints, a line each
     * @param checkpoint called at least twice a second while the build runs; when it throws, the build's processes are
     *     ended, nothing is left behind and the exception goes on
     * @throws BuildFailed when the archive cannot be built; its message is for the user
     */
    Build build(BuildRequest request, Output output, Checkpoint checkpoint);

    /**
     * Makes the app's units be exactly {@code units}: starts those that are missing, ends those not named (SIGTERM, then
     * SIGKILL after {@link UnitSpec#STOP_TIMEOUT}). Returns when the starts were made and the ends were begun; it does not
     * wait for health. A unit that exists already under its id is left alone.
     */
    default void apply(String app, long epoch, List<UnitSpec> units) {
        apply(app, epoch, units, Set.of());
    }

    /**
     * As {@link #apply(String, long, List)}, beside units that have served and are to end later.
     *
     * @param left the ids of units that are left as they are: not ended where they run, not started where they do not
     */
    void apply(String app, long epoch, List<UnitSpec> units, Set<String> left);

    /** The app's units as they are now, those still going away included. */
    List<ObservedUnit> observe(String app);

    /** What those of the app's units use that run, as far as anybody counts it here. */
    default List<UnitUsage> usage(String app) {
        return List.of();
    }

    /**
     * What a unit printed last, oldest line first; for telling why it crashed. Empty when the unit is not there or printed
     * nothing.
     *
     * @param lines at most so many, 1 or more
     */
    List<String> lastOutput(String app, String unit, int lines);

    /**
     * Runs a shell command inside a unit that lives: in its namespaces, as its user, with its environment ({@code PORT}
     * included) and no more rights than it has, in {@code /home/application/current}. Returns when the command has ended;
     * what it left in the background ends with it.
     *
     * @param output gets what the command prints, both streams, a line each
     * @param checkpoint called at least twice a second while the command runs; when it throws, the command and all that it
     *     started are ended and the exception goes on
     * @return the command's exit code, 0 to 255; 128 and the signal's number when a signal ended it
     * @throws ExecutionFailed when the unit does not run, or ended before the command did, or when the command took longer
     *     than the engine allows, and was ended
     */
    int execute(String app, String unit, String command, Output output, Checkpoint checkpoint);

    /**
     * Opens a shell inside a unit that lives: in its namespaces, as its user, with its environment and no more rights and
     * means than it has, in {@code /home/application/current}. What is started in it ends with it, and it ends with the unit.
     *
     * @throws ExecutionFailed when the unit does not run
     */
    Shell openShell(String app, String unit, ShellTerminal terminal);

    /**
     * As {@link #openShell}, in a place made for the shell alone: as a unit of that description would be, without its hooks,
     * its process and its port. It is gone with the shell.
     *
     * @throws ExecutionFailed when its version is not built here, or the place does not start
     */
    Shell openShellAside(UnitSpec spec, ShellTerminal terminal);

    /** The apps that have anything here: units, builds, directories. For finding what was left behind. */
    List<String> apps();

    /** Whether a version's build is here, finished. */
    boolean hasBuild(String app, int version);

    /** Removes one version's build. Absent is fine. */
    void removeBuild(String app, int version);

    /** Ends all units of the app and removes all that the engine holds for it; returns when that is done. Absent is fine. */
    void removeApp(String app, long epoch);
}
