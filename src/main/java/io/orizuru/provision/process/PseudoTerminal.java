package io.orizuru.provision.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A pseudo-terminal of the kernel, this program's side of it. The other side is given to a process by its path.
 *
 * <p>One thread may read and one may write at the same time; both are platform threads, since a call into the system holds
 * the thread that a virtual one runs on. Closing wakes them up.
 */
final class PseudoTerminal implements AutoCloseable {
    /** As much as the kernel keeps of either direction. */
    static final int BUFFER = 4096;

    private static final int POLL_MILLIS = 100;

    // The same numbers on all processors that Linux calls its generic ones, x86-64 and AArch64 among them.
    private static final int READ_WRITE = 2;
    private static final int NOT_CONTROLLING = 0x100;
    private static final int NON_BLOCKING = 0x800;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final long SET_LOCK = 0x40045431L;
    private static final long OPEN_OTHER_SIDE = 0x5441L;
    private static final long SET_WINDOW_SIZE = 0x5414L;
    private static final short READABLE = 1;
    private static final short WRITABLE = 4;

    private static final int INTERRUPTED = 4;
    private static final int TRY_AGAIN = 11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = variadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CONTROL_WITH_NUMBER =
            variadic("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CONTROL_WITH_ADDRESS =
            variadic("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle POLL =
            function("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final int ours;
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();
    private final int theirs;
    private boolean hungUp;
    private boolean released;
    private volatile boolean closed;

    private PseudoTerminal(int ours, int theirs) {
        this.ours = ours;
        this.theirs = theirs;
    }

    @SuppressWarnings("restricted") // The only place where this program calls into the system by itself.
    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        List<Linker.Option> all = new ArrayList<>(List.of(options));
        all.add(Linker.Option.captureCallState("errno"));
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, all.toArray(Linker.Option[]::new));
    }

    /** Two parameters, then whatever the second one says. */
    private static MethodHandle variadic(String name, FunctionDescriptor type) {
        return function(name, type, Linker.Option.firstVariadicArg(2));
    }

    private interface Call {
        Object on(MemorySegment state) throws Throwable;
    }

    /** The result of a call; a negative one is the system's number of what went wrong. */
    private static long call(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = ((Number) call.on(state)).longValue();
            return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // Calls into the system throw nothing.
        }
    }

    private static int require(String what, long result) throws IOException {
        if (result < 0) {
            throw new IOException("a pseudo-terminal could not be had: " + what + " failed with the error " + -result);
        }
        return (int) result;
    }

    /**
     * A new terminal among those that {@code multiplexer} makes ({@code ptmx}): who has it mounted sees the other side by its
     * name.
     *
     * @throws IOException when there is none, for want of room for example
     */
    static PseudoTerminal open(Path multiplexer) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(multiplexer.toString());
            int flags = READ_WRITE | NOT_CONTROLLING | NON_BLOCKING | CLOSE_ON_EXEC;
            int ours = require("opening " + multiplexer, call(state -> (int) OPEN.invokeExact(state, path, flags)));
            try {
                MemorySegment unlocked = arena.allocateFrom(JAVA_INT, 0);
                require("unlocking it", call(state ->
                        (int) CONTROL_WITH_ADDRESS.invokeExact(state, ours, SET_LOCK, unlocked)));
                // Never this program's own controlling terminal, whose end would be the program's.
                int other = READ_WRITE | NOT_CONTROLLING | CLOSE_ON_EXEC;
                int theirs = require("opening its other side", call(state ->
                        (int) CONTROL_WITH_NUMBER.invokeExact(state, ours, OPEN_OTHER_SIDE, other)));
                return new PseudoTerminal(ours, theirs);
            } catch (IOException | RuntimeException e) {
                closeNow(ours);
                throw e;
            }
        }
    }

    /** Where processes of this machine that may look into this one find the other side, until {@link #hangUp}. */
    Path otherSide() {
        return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", Integer.toString(theirs));
    }

    /** Sets the size; whoever runs in it is told. */
    void resize(int columns, int rows) throws IOException {
        inUse.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                return;
            }
            MemorySegment size = arena.allocateFrom(JAVA_SHORT, (short) rows, (short) columns, (short) 0, (short) 0);
            require("setting its size", call(state ->
                    (int) CONTROL_WITH_ADDRESS.invokeExact(state, ours, SET_WINDOW_SIZE, size)));
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** From now on it ends when those who have the other side are gone. */
    void hangUp() {
        inUse.writeLock().lock();
        try {
            if (!hungUp) {
                hungUp = true;
                closeNow(theirs);
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }

    /**
     * Waits for what is printed.
     *
     * @return how many bytes were read, 1 or more; -1 at the end
     */
    int read(byte[] buffer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(buffer.length);
            while (true) {
                long read = whenReady(
                        READABLE,
                        () -> call(state -> (long) READ.invokeExact(state, ours, room, (long) buffer.length)));
                if (read > 0) {
                    MemorySegment.copy(room, JAVA_BYTE, 0, buffer, 0, (int) read);
                    return (int) read;
                }
                if (!isPassing(read)) {
                    return -1;
                }
            }
        }
    }

    /** Types all of it, as fast as it is taken; what is left when the terminal ends is lost. */
    void write(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocateFrom(JAVA_BYTE, bytes);
            long written = 0;
            while (written < bytes.length) {
                MemorySegment rest = all.asSlice(written);
                long count = whenReady(
                        WRITABLE, () -> call(state -> (long) WRITE.invokeExact(state, ours, rest, rest.byteSize())));
                if (count > 0) {
                    written += count;
                } else if (!isPassing(count)) {
                    return;
                }
            }
        }
    }

    private static boolean isPassing(long result) {
        return result == -TRY_AGAIN || result == -INTERRUPTED;
    }

    private interface Work {
        long run();
    }

    /** What the work answers; {@link #TRY_AGAIN}, negative, when it is not time yet, and 0 when the terminal was closed. */
    private long whenReady(short event, Work work) {
        inUse.readLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            if (closed) {
                return 0;
            }
            MemorySegment wanted = arena.allocate(8, 4);
            wanted.set(JAVA_INT, 0, ours);
            wanted.set(JAVA_SHORT, 4, event);
            long ready = call(state -> (int) POLL.invokeExact(state, wanted, 1L, POLL_MILLIS));
            if (ready == 0) {
                return -TRY_AGAIN;
            }
            return ready < 0 ? ready : work.run();
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** Hangs up whoever is left on the other side. */
    @Override
    public void close() {
        closed = true;
        inUse.writeLock().lock();
        try {
            hangUp();
            if (!released) {
                released = true;
                closeNow(ours);
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private static void closeNow(int descriptor) {
        call(state -> (int) CLOSE.invokeExact(state, descriptor));
    }
}
