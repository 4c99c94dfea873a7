package io.orizuru.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One server per data directory that holds a database; several may share one that does not. The lock is the kernel's, so it ends with the process, however that ends; the file's
 * content, the owner's process id, is only there to be shown.
 */
public final class DataLock implements AutoCloseable {
    /**
     * What this process holds. POSIX drops a process's locks on a file when it closes any descriptor of it, so the
     * second try must not even open the file.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;

    private DataLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the directory for this process.
     *
     * @param data an existing directory
     * @throws DatabaseStartException naming the owner if there is one already
     */
    public static DataLock take(Path data) {
        Path file = data.resolve("lock");
        synchronized (HELD) {
            if (HELD.contains(file)) {
                throw inUse(data, String.valueOf(ProcessHandle.current().pid()));
            }
            try {
                FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw inUse(data, owner(channel));
                }
                channel.truncate(0);
                channel.write(
                        ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
                HELD.add(file);
                return new DataLock(file, channel);
            } catch (IOException e) {
                throw new DatabaseStartException("the data directory " + data + " cannot be written to", e);
            }
        }
    }

    /**
     * Uses the directory beside other servers that do the same; none of them has its database there.
     *
     * @throws DatabaseStartException naming the owner if there is one already that does not share
     */
    public static DataLock share(Path data) {
        Path file = data.resolve("lock");
        synchronized (HELD) {
            if (HELD.contains(file)) {
                throw inUse(data, String.valueOf(ProcessHandle.current().pid()));
            }
            try {
                FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
                    throw inUse(data, owner(channel));
                }
                HELD.add(file);
                return new DataLock(file, channel);
            } catch (IOException e) {
                throw new DatabaseStartException("the data directory " + data + " cannot be written to", e);
            }
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        try (channel) {
            ByteBuffer owner = ByteBuffer.allocate(20);
            channel.read(owner, 0);
            return new String(owner.array(), 0, owner.position(), StandardCharsets.US_ASCII).strip();
        }
    }

    /**
     * The process that holds a directory now, as it wrote itself down; empty when none does. Not for a directory that this
     * very process holds.
     *
     * @throws DatabaseStartException if the directory cannot be read
     */
    public static Optional<String> holder(Path data) {
        Path file = data.resolve("lock");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new DatabaseStartException("the data directory " + data + " cannot be read", e);
        }
    }

    /** @param owner its process; empty where several servers share the directory, which do not write themselves down */
    private static DatabaseStartException inUse(Path data, String owner) {
        return new DatabaseStartException("the data directory " + data + " is in use by "
                + (owner.isEmpty() ? "other servers" : "another server, process " + owner)
                + "; stop " + (owner.isEmpty() ? "them" : "that one") + " or choose another --data");
    }

    @Override
    public void close() {
        synchronized (HELD) {
            HELD.remove(file);
            try {
                channel.close();
            } catch (IOException e) {
                throw new DatabaseStartException("the lock " + file + " cannot be given back", e);
            }
        }
    }
}
