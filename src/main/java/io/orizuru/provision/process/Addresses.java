package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who has which address, over all engines of this machine: a file for each, with the engine and the unit or build in it, and
 * one for each engine with its directory. Whatever names a place that is gone is nobody's.
 *
 * <p>They are gone with a restart of the machine, as the networks are; units claim theirs anew then.
 */
final class Addresses {
    static final Path USUAL = Path.of("/run/orizuru");

    /** A place is there only a moment after its address is its own. */
    static final Duration YOUNG = Duration.ofMinutes(1);

    private static final Duration LOCK_LIMIT = Duration.ofSeconds(10);
    private static final int NAMES = 1 << 20;

    /** The lock of the file is one between programs, not between threads. */
    private static final ReentrantLock HERE = new ReentrantLock();

    private final Path directory;
    private final Path addresses;
    private final Path engines;

    Addresses(Path directory) {
        this.directory = directory;
        this.addresses = directory.resolve("addresses");
        this.engines = directory.resolve("engines");
    }

    /**
     * An address that is taken.
     *
     * @param name of its network
     * @param place the directory of the unit or build that has it
     */
    record Taken(String address, String name, Path place) {
        boolean isStale(Path file) {
            return Files.notExists(place) && DurableFiles.isOlder(file, YOUNG);
        }
    }

    /** With which the names of an engine's interfaces begin: no other engine that is there has the same. */
    String prefix(Path engine) throws IOException {
        return locked(() -> {
            String own = engine.toRealPath().toString();
            for (int salt = 0; ; salt++) {
                int number = Math.floorMod(own.hashCode() + salt, NAMES);
                String prefix = Firewall.ALL + HexFormat.of().toHexDigits(number, 5);
                Path file = engines.resolve(prefix);
                String owner = DurableFiles.readText(file);
                if (owner.equals(own)) {
                    return prefix;
                }
                if (owner.isEmpty()) {
                    DurableFiles.writeText(file, own);
                    return prefix;
                }
            }
        });
    }

    /** Those of engines whose directories are gone. */
    List<String> abandonedPrefixes() {
        return DurableFiles.list(engines).stream()
                .filter(file -> !name(file).startsWith("."))
                .filter(file -> Files.notExists(Path.of(DurableFiles.readText(file))))
                .map(Addresses::name)
                .toList();
    }

    void forgetEngine(String prefix) throws IOException {
        Files.deleteIfExists(engines.resolve(prefix));
    }

    /**
     * Takes one that nobody has.
     *
     * @param prefix of its network's name
     * @throws IOException when none is left
     */
    Netspace take(AddressRange range, String prefix, Path place) throws IOException {
        return locked(() -> {
            int offset = place.toString().hashCode();
            for (int i = 0; i < range.count(); i++) {
                int number = range.number(offset + i);
                String address = range.address(number);
                if (Files.notExists(addresses.resolve(address))) {
                    Netspace taken = new Netspace(prefix + Integer.toHexString(number), address);
                    write(taken, place);
                    return taken;
                }
            }
            throw new IOException("no address of " + range.network()
                    + " is free: units.network.range can name a larger network, for units that start from then on");
        });
    }

    /** Takes one that a unit had before, unless somebody else has it by now. */
    boolean claim(Netspace space, Path place) throws IOException {
        return locked(() -> {
            Optional<Taken> taken = taken(addresses.resolve(space.address()));
            if (taken.isEmpty()) {
                write(space, place);
            }
            return taken.isEmpty() || taken.get().place().equals(place);
        });
    }

    private void write(Netspace space, Path place) throws IOException {
        DurableFiles.writeText(addresses.resolve(space.address()), space.name() + "\n" + place + "\n");
    }

    /** Gives it back, if it is that one's. */
    void free(Netspace space, Path place) throws IOException {
        locked(() -> {
            Path file = addresses.resolve(space.address());
            if (taken(file).filter(taken -> taken.place().equals(place)).isPresent()) {
                Files.deleteIfExists(file);
            }
            return true;
        });
    }

    /** Those of places that are gone, of whichever engine. */
    List<Taken> stale() {
        List<Taken> stale = new ArrayList<>();
        for (Path file : DurableFiles.list(addresses)) {
            taken(file).filter(taken -> taken.isStale(file)).ifPresent(stale::add);
        }
        return stale;
    }

    /** All that stand below an engine's directory. */
    List<Taken> of(Path engine) {
        return DurableFiles.list(addresses).stream()
                .flatMap(file -> taken(file).stream())
                .filter(taken -> taken.place().startsWith(engine))
                .toList();
    }

    private static Optional<Taken> taken(Path file) {
        String[] lines = DurableFiles.readText(file).split("\n");
        return lines.length == 2 ? Optional.of(new Taken(name(file), lines[0], Path.of(lines[1]))) : Optional.empty();
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private interface Work<T> {
        T done() throws IOException;
    }

    private <T> T locked(Work<T> work) throws IOException {
        long deadline = System.nanoTime() + LOCK_LIMIT.toNanos();
        try {
            if (!HERE.tryLock(LOCK_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw locked();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the addresses in " + directory, e);
        }
        try {
            DurableFiles.directory(directory);
            DurableFiles.directory(addresses);
            DurableFiles.directory(engines);
            try (FileChannel channel = FileChannel.open(
                            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lock(channel, deadline)) {
                if (!lock.isValid()) {
                    throw locked();
                }
                return work.done();
            }
        } finally {
            HERE.unlock();
        }
    }

    private IOException locked() {
        return new IOException("the addresses in " + directory + " stay locked");
    }

    private FileLock lock(FileChannel channel, long deadline) throws IOException {
        while (true) {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() - deadline > 0) {
                throw locked();
            }
            Wait.until(Duration.ofMillis(20), () -> false);
        }
    }
}
