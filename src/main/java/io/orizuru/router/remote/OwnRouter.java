package io.orizuru.router.remote;

import io.orizuru.config.Settings;
import io.orizuru.outgoing.Trust;
import io.orizuru.router.remote.Wire.Self;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The router of a server, in a process that the server starts and that does not end with it unless the server ends in order. A
 * server that finds one there goes on with it; one of another program, or by other settings, is replaced as soon as the new
 * one is ready to take its place. When it ends by itself it is started again.
 *
 * <p>Which one is there is asked at the admin listener of this very data directory, with the credential of it: a router of a
 * copy of the directory is another one.
 */
public final class OwnRouter implements AutoCloseable {
    /** Set for a router that takes the place of another one. */
    public static final String FOLLOWS = "orizuru.router.follows";

    private static final Logger LOG = Logger.getLogger(OwnRouter.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
    private static final Duration BETWEEN_CHECKS = Duration.ofMillis(200);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** Between two starts; one that lived longer was a good one. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** The router needs none of these, and who has a secret may lose it. */
    private static final List<String> NOT_FOR_IT =
            List.of("ORIZURU_ADMIN_PASSWORD", "ORIZURU_MAIL_PASSWORD", "ORIZURU_DATABASE_URL");

    private final Settings settings;
    private final List<String> command;
    private final AdminCalls calls;
    private final String home;
    private final FileChannel users;
    private final CompletableFuture<Self> first = new CompletableFuture<>();
    private final Thread watcher;
    private @Nullable FileLock held;
    private volatile boolean closing;

    /**
     * Starts one in the background, unless one is there.
     *
     * @param command what runs the program up to the name of its command, that name, and its flags
     * @throws UncheckedIOException when the directory cannot be used
     */
    public OwnRouter(Settings settings, List<String> command) {
        this.settings = settings;
        this.command = List.copyOf(command);
        Path directory = settings.data().resolve("router");
        try {
            DurableFile.makeDirectory(directory);
            this.home = Program.home(directory);
            this.users = FileChannel.open(
                    directory.resolve("users"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("the directory " + directory + " cannot be used for the router", e);
        }
        this.calls = new AdminCalls(
                settings.routersApart().adminListen().uri(), Credential.of(settings.routersApart()), Trust.standard());
        this.watcher = Thread.ofPlatform().name("router").daemon().start(this::watch);
    }

    /**
     * Waits until it serves.
     *
     * @return the port where it serves apps
     * @throws UncheckedIOException when it does not start; it has told why itself
     */
    public int awaitPort() {
        try {
            return first.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS).port();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String reason = String.valueOf(cause.getMessage());
            throw new UncheckedIOException(reason, new IOException(reason, cause));
        } catch (TimeoutException e) {
            throw new UncheckedIOException(new IOException("the router did not start in time", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while the router started", e));
        }
    }

    /** Its figures, in Prometheus' text format; nothing while it does not answer. */
    public String metrics() {
        try {
            var answer = calls.get("/metrics", "");
            return answer.status() == 200 ? answer.text() : "";
        } catch (IOException e) {
            return "";
        }
    }

    private void watch() {
        Duration pause = FIRST_PAUSE;
        try {
            while (!closing) {
                long begun = System.nanoTime();
                try {
                    ProcessHandle router = running();
                    awaitEnd(router);
                    if (!closing) {
                        LOG.errorf("the router, process %d, ended; it is started again", router.pid());
                    }
                } catch (IOException e) {
                    if (first.completeExceptionally(e)) {
                        return;
                    }
                    LOG.errorf("the router is not there: %s", e.getMessage());
                }
                pause = System.nanoTime() - begun > LONGEST_PAUSE.toNanos() ? FIRST_PAUSE : pause;
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        } catch (InterruptedException e) {
            // Closing: that is what the interrupt says.
        } catch (RuntimeException e) {
            LOG.error("the router is not watched any more", e);
            first.completeExceptionally(e);
        }
    }

    /** It may be no child of ours, whose end nobody tells, and whom nobody buries. */
    private static void awaitEnd(ProcessHandle router) throws InterruptedException {
        Path stat = Path.of("/proc", Long.toString(router.pid()), "stat");
        while (router.isAlive()) {
            try {
                String line = Files.readString(stat);
                if (line.startsWith(") Z", line.lastIndexOf(')'))) {
                    return;
                }
            } catch (IOException e) {
                return;
            }
            Thread.sleep(BETWEEN_CHECKS);
        }
    }

    /** The one that serves: found, or started, or started in the place of the one that was found. */
    private ProcessHandle running() throws IOException, InterruptedException {
        boolean shared = isShared();
        Self found = ask().orElse(null);
        Optional<ProcessHandle> process = found == null ? Optional.empty() : ProcessHandle.of(found.pid());
        if (found != null && process.isPresent()) {
            boolean same = found.build().equals(Program.build())
                    && found.settings().equals(StandaloneRouter.settingsOf(settings));
            if (same || shared) {
                if (!same) {
                    LOG.warnf(
                            "the router, process %d, is of another program or has other settings; it goes on, for other"
                                    + " servers use it",
                            found.pid());
                }
                first.complete(found);
                return process.get();
            }
            LOG.infof(
                    "the router, process %d, is of another program or has other settings: it is replaced", found.pid());
        }
        return started(process.isPresent());
    }

    private ProcessHandle started(boolean follows) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        words.add(2, "-D" + FOLLOWS + "=" + follows);
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeAll(NOT_FOR_IT);
        Process process = builder.start();
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            Self found = ask().filter(self -> self.pid() == process.pid()).orElse(null);
            if (found != null) {
                first.complete(found);
                return process.toHandle();
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
        // Another server of the directory may have been faster.
        Self other = ask().orElse(null);
        Optional<ProcessHandle> there = other == null ? Optional.empty() : ProcessHandle.of(other.pid());
        process.destroyForcibly();
        if (other != null && there.isPresent()) {
            first.complete(other);
            return there.get();
        }
        throw new IOException("the router on " + settings.routerListen() + " does not start; why, it says above");
    }

    /**
     * The router of this directory.
     *
     * @throws IOException when another directory's answers where ours would
     */
    private Optional<Self> ask() throws IOException {
        Self found;
        try {
            found = calls.get(Wire.SELF, Self.class);
        } catch (IOException e) {
            return Optional.empty();
        }
        if (!home.equals(found.home())) {
            throw new IOException("at " + settings.routersApart().adminListen() + " answers the router of another data"
                    + " directory; choose another --router-admin-listen");
        }
        return Optional.of(found);
    }

    /** Whether other servers use it. From now on, and for as long as this process lives, they see that this one does. */
    private boolean isShared() throws IOException {
        if (held != null) {
            held.release();
        }
        FileLock alone = users.tryLock();
        boolean shared = alone == null;
        if (alone != null) {
            alone.release();
        }
        held = users.tryLock(0, Long.MAX_VALUE, true);
        if (held == null) {
            throw new IOException("another server is just looking whether it may end the router");
        }
        return shared;
    }

    /** Ends it, unless other servers use it. */
    @Override
    public void close() {
        closing = true;
        watcher.interrupt();
        try {
            watcher.join(END_LIMIT);
            if (isLastUser()) {
                Optional<ProcessHandle> router = ask().flatMap(self -> ProcessHandle.of(self.pid()));
                if (router.isPresent()) {
                    end(router.get());
                }
            }
        } catch (IOException e) {
            LOG.errorf("the router was not ended: %s", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(ProcessHandle router) throws InterruptedException {
        router.destroy();
        Thread ended = Thread.ofVirtual().start(() -> {
            try {
                awaitEnd(router);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        if (!ended.join(END_LIMIT)) {
            LOG.warnf("the router, process %d, still has requests; they are broken off", router.pid());
            router.destroyForcibly();
            ended.interrupt();
        }
    }

    /** Gives our own lock back and looks whether anybody else has one. */
    private boolean isLastUser() throws IOException {
        users.close();
        try (FileChannel again = FileChannel.open(
                settings.data().resolve("router/users"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return again.tryLock() != null;
        }
    }
}
