package io.orizuru.provision.process;

import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.Shell;
import io.orizuru.provision.ShellTerminal;
import io.orizuru.provision.UnitSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * A place like a unit, made for one shell and gone with it. It is no unit: it has no port, gets no requests, is on record
 * nowhere and started again by nobody. Its directory stands beside the builds and names its server, so that it is removed when
 * that is gone.
 */
final class Aside implements Shell {
    /** What the names of such directories begin with. */
    static final String PREFIX = ".shell-";

    private static final Logger LOG = Logger.getLogger(Aside.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    /** Longer than any shell lasts; should its server be gone, and no other come, it ends by itself. */
    private static final Duration LONGEST = Duration.ofDays(8);

    private final AppDirectory app;
    private final Path directory;
    private final Session session;

    private Aside(AppDirectory app, Path directory, Session session) {
        this.app = app;
        this.directory = directory;
        this.session = session;
    }

    /** Makes the place and opens the shell in it. */
    static Aside open(AppDirectory app, UnitSpec spec, Machine machine, Limits limits, ShellTerminal window) {
        Path tree = app.tree(spec.version());
        Path directory = app.builds().resolve(PREFIX + UUID.randomUUID());
        try {
            DurableFiles.directory(app.builds());
            DurableFiles.directory(directory);
            try {
                Running place = start(directory, tree, spec, machine, limits);
                Sandbox sandbox = machine.sandbox();
                Map<String, String> environment = new TreeMap<>(JavaRecipe.variables(tree, spec.memory()));
                environment.putAll(spec.environment());
                String script = Scripts.shell(
                        Variables.unit(environment, sandbox.path(tree), sandbox.home(directory)),
                        sandbox.current(tree),
                        window.type());
                return new Aside(
                        app,
                        directory,
                        Session.open(machine, spec.id(), place, spec.user(), directory, limits, script, window));
            } catch (IOException | RuntimeException e) {
                Builder.discard(app, directory);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a place for a shell in " + app.app() + " could not be made", e);
        }
    }

    private static Running start(Path directory, Path tree, UnitSpec spec, Machine machine, Limits limits)
            throws IOException {
        Running self = Running.of(ProcessHandle.current().pid()).orElseThrow();
        DurableFiles.writeJson(directory.resolve(Builder.OWNER), self);
        DurableFiles.directory(directory.resolve("home"));
        Accounts.write(directory, spec.user());
        machine.separate(Firewall.UNIT, directory);
        Path start = directory.resolve("start");
        String waits = "exec sleep " + LONGEST.toSeconds() + "\n";
        DurableFiles.write(start, waits.getBytes(StandardCharsets.UTF_8), "r--------");
        DurableFiles.own(start, spec.user());
        Confined confined = new Confined(spec.id(), spec.user(), tree, start, directory, null, Map.of());
        Process process = machine.start(
                directory, confined, spec.id(), limits, directory.resolve("log").toFile());
        Running place = Running.of(process.pid()).orElseThrow(() -> notStarted(spec));
        if (!Wait.until(
                START_LIMIT, () -> place.entrance(machine.sandbox().isolation()).isPresent() || !place.alive())) {
            throw notStarted(spec);
        }
        return place;
    }

    private static ExecutionFailed notStarted(UnitSpec spec) {
        return new ExecutionFailed(
                "the place for a shell in " + spec.app() + " did not start within " + START_LIMIT.toSeconds() + " s");
    }

    @Override
    public int read(byte[] buffer) {
        return session.read(buffer);
    }

    @Override
    public void write(byte[] bytes) {
        session.write(bytes);
    }

    @Override
    public int exitCode() {
        return session.exitCode();
    }

    @Override
    public synchronized void close() {
        session.close();
        try {
            Builder.discard(app, directory);
        } catch (IOException e) {
            LOG.warnf("the place of a shell, %s, is left for the next start: %s", directory, e.getMessage());
        }
    }
}
