package io.orizuru.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * The room of a file system.
 *
 * @param bytes of all of it
 * @param freeBytes that users other than root may still write
 * @param files how many it can hold; 0 when it does not count them
 * @param freeFiles how many more it can hold
 */
public record Room(long bytes, long freeBytes, long files, long freeFiles) {
    /** The room of the file system that a directory is on. */
    public static Room of(Path directory) throws IOException {
        Kernel.Room room = Kernel.room(OpenDirectory.bytes(directory));
        if (room.result() < 0) {
            throw new FileSystemException(directory.toString(), null, Kernel.words(room.result()));
        }
        return new Room(room.bytes(), room.freeBytes(), room.files(), room.freeFiles());
    }
}
