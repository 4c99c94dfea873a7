package io.orizuru.disk;

import io.orizuru.files.Room;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file system that data of this server is on.
 *
 * @param name what of the data, for people
 * @param path a directory on it
 * @param ofTenants whether what tenants bring is written there
 */
public record Disk(String name, Path path, boolean ofTenants) {
    private static final long MIB = 1L << 20;
    private static final long LEAST_RESERVE = 128 * MIB;
    private static final long LARGEST_RESERVE = 1024 * MIB;
    private static final int RESERVED_PART = 20;
    /** Of disks on which the least reserve would be most of it. */
    private static final int LARGEST_PART = 4;

    private static final int RESERVED_PART_OF_FILES = 50;
    private static final long LARGEST_RESERVE_OF_FILES = 20_000;

    /**
     * How much must stay free, in bytes.
     *
     * @param configured where data of tenants is; null for a part of it
     */
    long reserve(Room room, @Nullable Long configured) {
        if (configured != null && ofTenants) {
            return configured;
        }
        long part = Math.clamp(room.bytes() / RESERVED_PART, LEAST_RESERVE, LARGEST_RESERVE);
        return Math.min(part, room.bytes() / LARGEST_PART);
    }

    private static long reserveOfFiles(Room room) {
        return Math.min(room.files() / RESERVED_PART_OF_FILES, LARGEST_RESERVE_OF_FILES);
    }

    /** Its room now; null when it cannot be told. */
    @Nullable
    Room room() {
        try {
            return Room.of(path);
        } catch (IOException e) {
            return null; // It is not there yet, or not any more.
        }
    }

    /**
     * What is wrong with it, and what to do about it; null when there is enough room.
     *
     * @param configured the reserve in bytes; null for a part of it
     */
    public @Nullable String problem(@Nullable Long configured) {
        Room room = room();
        if (room == null) {
            return null;
        }
        long reserve = reserve(room, configured);
        if (room.freeBytes() < reserve) {
            return "the disk of " + name + " has " + room.freeBytes() / MIB + " MiB free, less than the "
                    + reserve / MIB + " MiB that stay free: remove apps or versions, or give it more room (setting"
                    + " disk.reserve-mib)";
        }
        if (reserve > 0 && room.freeFiles() < reserveOfFiles(room)) {
            return "the disk of " + name + " has room for " + room.freeFiles() + " more files, less than the "
                    + reserveOfFiles(room) + " that stay free: remove apps or versions";
        }
        return null;
    }
}
