package io.orizuru.provision.process;

import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.Shell;
import io.orizuru.provision.ShellTerminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A shell inside a running unit. Its terminal is one of the unit's own, so that the unit's programs know it by name. */
final class Session implements Shell {
    private static final Logger LOG = Logger.getLogger(Session.class);

    private final Process process;
    private final PseudoTerminal terminal;
    private final Mark mark;
    private final AtomicBoolean seen = new AtomicBoolean();

    private Session(Process process, PseudoTerminal terminal, Mark mark) {
        this.process = process;
        this.terminal = terminal;
        this.mark = mark;
    }

    /**
     * Opens one.
     *
     * @param unit the unit's id, for messages
     * @param running the unit
     * @param user the user number it runs as; null is the server's own
     * @param directory the unit's, with the record of its control group
     * @param script holds the environment, see {@link Scripts#shell}
     */
    static Session open(
            Machine machine,
            String unit,
            Running running,
            @Nullable Integer user,
            Path directory,
            Limits limits,
            String script,
            ShellTerminal window) {
        Sandbox sandbox = machine.sandbox();
        Entrance entrance = running.entrance(sandbox.isolation())
                .orElseThrow(() ->
                        new ExecutionFailed("the unit " + unit + " is not running, so no shell can be opened in it"));
        Mark mark = Mark.next();
        try {
            PseudoTerminal terminal = PseudoTerminal.open(sandbox.terminals(entrance));
            try {
                terminal.resize(window.columns(), window.rows());
                if (user != null) {
                    Files.setAttribute(terminal.otherSide(), "unix:uid", user);
                }
                Process process = machine.attach(entrance, user, directory, limits, terminal, mark);
                Session session = new Session(process, terminal, mark);
                Thread.ofVirtual().name("shell-script").start(() -> Execution.write(process, script));
                Thread.ofVirtual().name("shell-end").start(session::awaitEnd);
                return session;
            } catch (IOException | RuntimeException e) {
                terminal.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a shell in the unit " + unit + " could not be opened", e);
        }
    }

    /** What it left in the background ends with it, and then its terminal. */
    private void awaitEnd() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            endProcesses();
            terminal.hangUp();
        }
    }

    private void endProcesses() {
        try {
            mark.end(process);
        } catch (IOException e) {
            LOG.warnf("a shell's processes were not ended: %s", e.getMessage());
        }
    }

    @Override
    public int read(byte[] buffer) {
        int read = terminal.read(buffer);
        if (read > 0 && seen.compareAndSet(false, true)) {
            mark.look();
        }
        return read;
    }

    @Override
    public void write(byte[] bytes) {
        terminal.write(bytes);
    }

    @Override
    public int exitCode() {
        return process.isAlive() ? Ending.KILLED : process.exitValue();
    }

    @Override
    public void close() {
        endProcesses();
        terminal.close();
    }
}
