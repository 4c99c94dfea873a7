package io.orizuru.event;

import io.orizuru.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who this server is: the machine's id, which stays with the data directory, and its place among the servers of that
 * directory. The place is held by a lock of the kernel's, so that two lives of one server never overlap, and that a server
 * is dead can be told by its place being free.
 */
@ApplicationScoped
public class ServerIdentity {
    /** More than anyone starts on one machine. */
    private static final int PLACES = 64;

    /** Locked by a server that ends, until it has ended. */
    private static final String ENDING = "ending";

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Path places;
    private final String machine;
    private final String life;
    private final boolean alone;
    private final int place;

    /** Held until the process ends. */
    @SuppressWarnings("unused")
    private final FileLock held;

    private @Nullable FileLock ending;

    ServerIdentity(Settings settings, SecureRandom random) {
        this.places = settings.data().resolve("servers");
        this.life = hex(random, 4);
        this.alone = settings.databaseUrl() == null;
        try {
            Files.createDirectories(places);
            this.machine = machine(settings.data().resolve("server-id"), random);
            int free = 0;
            FileLock lock = lock(free);
            while (lock == null && free + 1 < PLACES) {
                free++;
                lock = lock(free);
            }
            if (lock == null) {
                throw new IllegalStateException(
                        "the data directory " + settings.data() + " is in use by " + PLACES + " servers already");
            }
            this.place = free;
            this.held = lock;
        } catch (IOException e) {
            throw new UncheckedIOException("the server's id cannot be kept in " + settings.data(), e);
        }
    }

    /** Two servers may make it at once: the first one's is both's. */
    private static String machine(Path file, SecureRandom random) throws IOException {
        if (Files.notExists(file)) {
            Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), "server-id", ".draft");
            Files.writeString(draft, hex(random, 8));
            try {
                Files.createLink(file, draft);
            } catch (FileAlreadyExistsException e) {
                // The other one was first.
            } finally {
                Files.delete(draft);
            }
        }
        return Files.readString(file).strip();
    }

    private @Nullable FileLock lock(int number) throws IOException {
        return lock(Integer.toString(number));
    }

    private @Nullable FileLock lock(String name) throws IOException {
        FileChannel channel =
                FileChannel.open(places.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
        }
        return lock;
    }

    private static String hex(SecureRandom random, int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return HexFormat.of().formatHex(value);
    }

    private String idOf(int number) {
        return number == 0 ? machine : machine + "-" + number;
    }

    /** This server's, over all its lives. */
    public String id() {
        return idOf(place);
    }

    public String life() {
        return life;
    }

    /** The machine's, as far as units are concerned: all servers of a data directory have the same. */
    public String machine() {
        return machine;
    }

    /** Whether no other server can use this data directory, nor the database. */
    public boolean alone() {
        return alone;
    }

    /** Does something for each server of this machine that is certainly dead; none of them can start meanwhile. */
    void forEachDead(Consumer<String> work) {
        try {
            for (int number : known()) {
                if (number == place) {
                    continue;
                }
                FileLock lock = lock(number);
                if (lock != null) {
                    try {
                        work.accept(idOf(number));
                    } finally {
                        lock.acquiredBy().close();
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("it cannot be told which servers use " + places, e);
        }
    }

    /**
     * Whether no other server uses this data directory while this one ends. Of several that end at once all but the last are
     * told of another: each waits until those that asked before it are gone, but no longer than {@code patience}.
     */
    public boolean leavesNobody(Duration patience) {
        long begin = System.nanoTime();
        try {
            // Kept until the process ends, as the place is.
            while (ending == null && System.nanoTime() - begin < patience.toNanos()) {
                ending = lock(ENDING);
                if (ending == null) {
                    Thread.sleep(BETWEEN_LOOKS);
                }
            }
            if (ending == null) {
                return false;
            }
            List<String> dead = new ArrayList<>();
            forEachDead(dead::add);
            return dead.size() == known().size() - 1;
        } catch (IOException e) {
            throw new UncheckedIOException("it cannot be told which servers use " + places, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<Integer> known() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (int number = 0; number < PLACES; number++) {
            if (Files.exists(places.resolve(Integer.toString(number)))) {
                numbers.add(number);
            }
        }
        return numbers;
    }
}
