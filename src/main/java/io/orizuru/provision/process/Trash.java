package io.orizuru.provision.process;

import io.orizuru.files.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Where files of apps go that nobody needs any more: moved there at once, by their name, and removed from there, however long that
 * takes. So it stops neither the start, nor the removal of an app, nor another app; and what a killed server had not removed
 * yet, the next one finds.
 *
 * <pre>
 * trash/APP+WHAT+UUID        what is being removed
 * trash/APP+WHAT+UUID.why    why it could not be, if so
 * </pre>
 */
final class Trash {
    /** Ends the name of a file that tells what is in the way. */
    static final String WHY = ".why";

    private static final Logger LOG = Logger.getLogger(Trash.class);
    /** Most is gone by then; who waits goes on, and the rest goes in the background. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int LONGEST_WHY = 1000;

    private final Path directory;
    private static final Map<Path, Future<?>> UNDER_WAY = new ConcurrentHashMap<>();

    /** @param engine the engine's directory; the apps' are on the same file system, as a rule */
    Trash(Path engine) {
        this.directory = place(engine);
    }

    /** The trash of the engine whose directory it is. */
    static Path place(Path engine) {
        return engine.resolve("trash");
    }

    /** The trash of the app that has the directory. */
    static Trash of(AppDirectory app) {
        return new Trash(app.path().toAbsolutePath().resolve("../..").normalize());
    }

    /**
     * Takes it away from its place, and removes it. Absent is fine. When it is large, removing goes on after this returns; when
     * it cannot be removed, that is told in the log and beside it, and is tried again from time to time.
     *
     * @param app whose it is
     * @throws IOException if it can be neither moved nor removed
     */
    void discard(String app, Path path) throws IOException {
        Future<?> removal = take(app, path);
        if (removal != null) {
            await(path, removal, PATIENCE);
        }
    }

    /** As {@link #discard}, but does not wait. */
    void put(String app, Path path) throws IOException {
        if (take(app, path) == null) {
            LOG.debugf("%s is gone already", path);
        }
    }

    /** Null when there is nothing to wait for. */
    private @Nullable Future<?> take(String app, Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        DurableFiles.directory(directory);
        String what = String.valueOf(path.getFileName()).replaceAll("[^A-Za-z0-9.-]", "");
        Path moved = directory.resolve(
                app + "+" + (what.length() <= 60 ? what : what.substring(0, 60)) + "+" + UUID.randomUUID());
        try {
            DurableFiles.rename(path, moved);
        } catch (NoSuchFileException e) {
            return null; // Another server has taken it.
        } catch (IOException e) {
            // On another file system, perhaps: then it goes where it is.
            LOG.debugf("%s is removed where it is: %s", path, e.getMessage());
            Trees.delete(path);
            return null;
        }
        return begin(moved);
    }

    /** Begins to remove all that is there and not being removed; returns at once. */
    void sweep() {
        for (Path path : DurableFiles.list(directory)) {
            String name = path.getFileName().toString();
            if (!name.endsWith(WHY)) {
                Future<?> removal = begin(path);
                LOG.debugf("%s is being removed: %s", path, removal.state());
            } else if (!Files.exists(path.resolveSibling(name.substring(0, name.length() - WHY.length())))) {
                forget(path);
            }
        }
    }

    private static void forget(Path why) {
        try {
            Files.deleteIfExists(why);
        } catch (IOException e) {
            LOG.debugf("%s stays: %s", why, e.getMessage());
        }
    }

    /** How much of it could not be removed. */
    int stuck() {
        return (int) DurableFiles.list(directory).stream()
                .filter(path -> path.getFileName().toString().endsWith(WHY))
                .count();
    }

    private Future<?> begin(Path path) {
        return UNDER_WAY.computeIfAbsent(path, begun -> {
            Future<?> removal = Trees.begin(begun);
            Thread.ofVirtual().name("trash").start(() -> tell(begun, removal));
            return removal;
        });
    }

    private void tell(Path path, Future<?> removal) {
        Path why = path.resolveSibling(path.getFileName() + WHY);
        try {
            removal.get();
            Files.deleteIfExists(why);
        } catch (ExecutionException e) {
            String reason = String.valueOf(Trees.failure(e).getMessage());
            boolean known = Files.exists(why);
            LOG.log(
                    known ? Logger.Level.DEBUG : Logger.Level.ERROR,
                    "what is left of " + path + " cannot be removed; it is tried again from time to time: " + reason);
            write(why, reason);
        } catch (IOException e) {
            LOG.warnf("%s stays: %s", why, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            UNDER_WAY.remove(path, removal);
        }
    }

    private static void write(Path why, String reason) {
        String text = reason.length() <= LONGEST_WHY ? reason : reason.substring(0, LONGEST_WHY);
        try {
            Files.write(why, List.of(text), StandardCharsets.UTF_8);
        } catch (IOException e) {
            LOG.warnf("%s cannot be written: %s", why, e.getMessage());
        }
    }

    private static void await(Path path, Future<?> removal, Duration limit) {
        try {
            removal.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.infof("removing %s takes long, and goes on", path);
        } catch (ExecutionException e) {
            // Told by whom it was begun for.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
