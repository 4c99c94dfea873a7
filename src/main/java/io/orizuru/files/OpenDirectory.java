package io.orizuru.files;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is held open: what is done in it is done there, wherever somebody moves it meanwhile. Its entries come a
 * few at a time, however many there are. One descriptor each; for one thread.
 */
final class OpenDirectory implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int LENGTH_AT = 16;
    private static final int TYPE_AT = 18;
    private static final int NAME_AT = 19;
    private static final int A_DIRECTORY = 4;
    private static final int UNKNOWN = 0;

    private final int descriptor;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private int filled;
    private int at;

    private OpenDirectory(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * A name in it.
     *
     * @param mayBeDirectory whether it is one, or the file system does not say what it is
     */
    record Entry(byte[] name, boolean mayBeDirectory) {}

    /** Opens one by its path; links that lead to it are followed. */
    static OpenDirectory open(Path path) throws IOException {
        return new OpenDirectory(require(path.toString(), Kernel.openDirectory(bytes(path))));
    }

    private static int require(String name, int result) throws IOException {
        if (result == Kernel.NO_ENTRY) {
            throw new NoSuchFileException(name);
        }
        if (result < 0) {
            throw new FileSystemException(name, null, Kernel.words(result));
        }
        return result;
    }

    /** Opens one that is an entry here, and no link; the negative number of what went wrong else. */
    int opened(byte[] name) {
        return Kernel.openDirectory(descriptor, name);
    }

    /** Takes over what {@link #opened} gave. */
    static OpenDirectory of(int descriptor) {
        return new OpenDirectory(descriptor);
    }

    int descriptor() {
        return descriptor;
    }

    /** The next entry; null when there is no more, which one that was just made may come too late for. */
    @Nullable
    Entry next() throws IOException {
        while (true) {
            if (at >= filled) {
                filled = require("a directory", Kernel.entries(descriptor, buffer));
                at = 0;
                if (filled == 0) {
                    return null;
                }
            }
            int length = Short.toUnsignedInt(buffer.get(JAVA_SHORT_UNALIGNED, at + LENGTH_AT));
            int type = buffer.get(JAVA_BYTE, at + TYPE_AT);
            byte[] name = name(at + NAME_AT, at + length);
            at += length;
            if (!isDots(name)) {
                return new Entry(name, type == A_DIRECTORY || type == UNKNOWN);
            }
        }
    }

    private byte[] name(int from, int limit) {
        int end = from;
        while (end < limit && buffer.get(JAVA_BYTE, end) != 0) {
            end++;
        }
        return buffer.asSlice(from, end - from).toArray(JAVA_BYTE);
    }

    private static boolean isDots(byte[] name) {
        return (name.length == 1 && name[0] == '.') || (name.length == 2 && name[0] == '.' && name[1] == '.');
    }

    @Override
    public void close() {
        Kernel.close(descriptor);
        arena.close();
    }

    /** A path as it stands on the disk, whatever its bytes mean. */
    static byte[] bytes(Path path) {
        String raw = path.toAbsolutePath().toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == '%') {
                bytes.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.write(raw.charAt(i));
            }
        }
        byte[] whole = bytes.toByteArray();
        // A URI ends with a slash where a directory is.
        return whole.length > 1 && whole[whole.length - 1] == '/' ? Arrays.copyOf(whole, whole.length - 1) : whole;
    }
}
