package io.orizuru.files;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The system's calls about files that Java has no way to. Names are bytes as they stand on the disk, and relative to open
 * directories: neither what a name is made of nor how long a path is matters. A negative result is the system's number of what
 * went wrong.
 */
final class Kernel {
    // The same numbers on all processors that Linux calls its generic ones, x86-64 and AArch64 among them, but for two.
    static final int NO_ENTRY = -2;
    static final int INTERRUPTED = -4;
    static final int NO_ACCESS = -13;
    static final int NOT_A_DIRECTORY = -20;
    static final int IS_A_DIRECTORY = -21;
    static final int NOT_PERMITTED = -1;
    static final int NOT_EMPTY = -39;
    static final int IS_A_LINK = -40;

    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int NAME_ONLY = 0x200000;
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
    private static final int DIRECTORY = ARM ? 0x4000 : 0x10000;
    private static final int NO_FOLLOW = ARM ? 0x8000 : 0x20000;

    private static final int HERE = -100;
    private static final int REMOVE_DIRECTORY = 0x200;
    private static final int STAT_NO_FOLLOW = 0x100;
    private static final int STAT_NO_AUTOMOUNT = 0x800;
    private static final int STAT_BASICS_AND_MOUNT = 0x7ff | 0x1000;
    private static final int STAT_BYTES = 256;
    private static final int SPACE_BYTES = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = function(
            List.of("openat"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(3));
    private static final MethodHandle CLOSE = function(List.of("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle ENTRIES =
            function(List.of("getdents64", "getdents"), FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle UNLINK =
            function(List.of("unlinkat"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RENAME =
            function(List.of("renameat"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
    private static final MethodHandle STAT =
            function(List.of("statx"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle MODE =
            function(List.of("chmod"), FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SPACE =
            function(List.of("statvfs"), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

    private Kernel() {}

    @SuppressWarnings("restricted") // All names and lengths that go there are made in this class.
    private static MethodHandle function(List<String> names, FunctionDescriptor type, Linker.Option... options) {
        SymbolLookup symbols = LINKER.defaultLookup();
        MemorySegment symbol = names.stream()
                .flatMap(name -> symbols.find(name).stream())
                .findFirst()
                .orElseThrow(() -> new UnsupportedOperationException("this system has no " + names.getFirst()));
        List<Linker.Option> all = new ArrayList<>(List.of(options));
        all.add(Linker.Option.captureCallState("errno"));
        return LINKER.downcallHandle(symbol, type, all.toArray(Linker.Option[]::new));
    }

    private interface Call {
        Object on(Arena arena, MemorySegment state) throws Throwable;
    }

    private static long call(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result;
            do {
                long answer = ((Number) call.on(arena, state)).longValue();
                result = answer < 0 ? -(int) ERRNO.get(state, 0L) : answer;
            } while (result == INTERRUPTED);
            return result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // Calls into the system throw nothing.
        }
    }

    private static MemorySegment text(Arena arena, byte[] bytes) {
        MemorySegment text = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
        return text;
    }

    /** Opens a directory by its path, links on the way followed. */
    static int openDirectory(byte[] path) {
        return open(HERE, path, DIRECTORY | CLOSE_ON_EXEC);
    }

    /** Opens a directory in an open one; no link is followed. */
    static int openDirectory(int directory, byte[] name) {
        return open(directory, name, DIRECTORY | NO_FOLLOW | CLOSE_ON_EXEC);
    }

    private static int open(int directory, byte[] name, int flags) {
        return (int) call((arena, state) -> (int) OPEN.invokeExact(state, directory, text(arena, name), flags));
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            // Not again when it is interrupted: it is closed all the same, and may be somebody else's by then.
            int ignored = (int) CLOSE.invokeExact(arena.allocate(STATE), descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads on in a directory: how many bytes of entries came, 0 at the end. */
    static int entries(int directory, MemorySegment buffer) {
        return (int) call((arena, state) -> (long) ENTRIES.invokeExact(state, directory, buffer, buffer.byteSize()));
    }

    static int unlink(int directory, byte[] name) {
        return (int) call((arena, state) -> (int) UNLINK.invokeExact(state, directory, text(arena, name), 0));
    }

    static int removeDirectory(int directory, byte[] name) {
        return (int)
                call((arena, state) -> (int) UNLINK.invokeExact(state, directory, text(arena, name), REMOVE_DIRECTORY));
    }

    static int rename(int from, byte[] name, int to, byte[] newName) {
        return (int) call(
                (arena, state) -> (int) RENAME.invokeExact(state, from, text(arena, name), to, text(arena, newName)));
    }

    /**
     * What is known of an entry, links not followed.
     *
     * @param mode its type and permissions
     * @param mount which mount it is on; 0 where the system does not tell
     * @param fixed whether it is marked as one that nobody may change or remove
     */
    record Facts(int mode, long bytes, long blocks, long inode, long device, long mount, boolean fixed) {
        private static final int TYPE = 0170000;
        private static final int A_DIRECTORY = 0040000;

        boolean isDirectory() {
            return (mode & TYPE) == A_DIRECTORY;
        }

        boolean ownerMayAll() {
            return (mode & 0700) == 0700;
        }

        /** What it takes on the disk, or what it would take if it had no holes: the larger one. */
        long size() {
            return Math.max(bytes, blocks * 512);
        }

        boolean sameMount(Facts other) {
            return device == other.device && mount == other.mount;
        }
    }

    /** An answer, or the number of what went wrong. */
    record Looked(int result, Facts facts) {}

    /** Of what cannot be looked at. */
    static final Facts NOTHING = new Facts(0, 0, 0, 0, 0, 0, false);

    static Looked stat(int directory, byte[] name) {
        try (Arena room = Arena.ofConfined()) {
            MemorySegment buffer = room.allocate(STAT_BYTES, 8);
            int result = (int) call((arena, state) -> (int) STAT.invokeExact(
                    state,
                    directory,
                    text(arena, name),
                    STAT_NO_FOLLOW | STAT_NO_AUTOMOUNT,
                    STAT_BASICS_AND_MOUNT,
                    buffer));
            if (result < 0) {
                return new Looked(result, NOTHING);
            }
            boolean fixed = (buffer.get(JAVA_LONG, 8) & 0x30) != 0;
            int mode = buffer.get(JAVA_SHORT, 28) & 0xffff;
            long device = ((long) buffer.get(JAVA_INT, 136) << 32) | (buffer.get(JAVA_INT, 140) & 0xffffffffL);
            boolean mountTold = (buffer.get(JAVA_INT, 0) & 0x1000) != 0;
            return new Looked(
                    0,
                    new Facts(
                            mode,
                            buffer.get(JAVA_LONG, 40),
                            buffer.get(JAVA_LONG, 48),
                            buffer.get(JAVA_LONG, 32),
                            device,
                            mountTold ? buffer.get(JAVA_LONG, 144) : 0,
                            fixed));
        }
    }

    /**
     * Lets the owner of a directory do all in it, whatever its permissions were. By an open name, and so never through a link
     * that was put in its place.
     */
    static int openUp(int directory, byte[] name) {
        int descriptor = open(directory, name, NAME_ONLY | DIRECTORY | NO_FOLLOW | CLOSE_ON_EXEC);
        if (descriptor < 0) {
            return descriptor;
        }
        try {
            byte[] open = ("/proc/self/fd/" + descriptor).getBytes(StandardCharsets.US_ASCII);
            return (int) call((arena, state) -> (int) MODE.invokeExact(state, text(arena, open), 0700));
        } finally {
            close(descriptor);
        }
    }

    /**
     * The room of a file system.
     *
     * @param bytes of all of it
     * @param freeBytes for users that are not root
     * @param files how many there can be; 0 when it does not count them
     */
    record Room(int result, long bytes, long freeBytes, long files, long freeFiles) {}

    static Room room(byte[] path) {
        try (Arena space = Arena.ofConfined()) {
            MemorySegment buffer = space.allocate(SPACE_BYTES, 8);
            int result = (int) call((arena, state) -> (int) SPACE.invokeExact(state, text(arena, path), buffer));
            if (result < 0) {
                return new Room(result, 0, 0, 0, 0);
            }
            long unit = buffer.get(JAVA_LONG, 8);
            return new Room(
                    0,
                    buffer.get(JAVA_LONG, 16) * unit,
                    buffer.get(JAVA_LONG, 32) * unit,
                    buffer.get(JAVA_LONG, 40),
                    buffer.get(JAVA_LONG, 56));
        }
    }

    /** An error's number in words. */
    static String words(int result) {
        return switch (-result) {
            case 1 -> "the system does not permit it";
            case 2 -> "it is not there";
            case 5 -> "the disk fails";
            case 13 -> "access is denied";
            case 16 -> "it is in use, by a mount for example";
            case 18 -> "it lies on another file system";
            case 20 -> "it is not a directory";
            case 23, 24 -> "too many files are open";
            case 28 -> "the disk is full";
            case 30 -> "the file system is read-only";
            case 39 -> "somebody goes on writing there";
            case 40 -> "it is a link";
            case 116 -> "the file server has lost it";
            default -> "the system's error is " + -result;
        };
    }
}
