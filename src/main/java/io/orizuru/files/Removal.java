package io.orizuru.files;

import io.orizuru.files.Kernel.Facts;
import io.orizuru.files.Kernel.Looked;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Removes one tree. What lies deeper than a few levels is moved up to the top first, so that neither descriptors nor memory nor
 * the length of a path depend on how deep it is. What cannot be removed is left, the rest is not.
 */
final class Removal {
    /** So many levels are open at a time. */
    private static final int OPEN_LEVELS = 16;
    /** For those who go on writing where it removes. */
    private static final int MOST_PASSES_IN_VAIN = 20;

    private static final int SHOWN = 200;

    private final OpenDirectory parent;
    private final long deadline;
    private final String mark = ".up-" + UUID.randomUUID() + "-";
    private final Deque<byte[]> way = new ArrayDeque<>();
    private Facts top = Kernel.NOTHING;
    private long moved;
    private long left;
    private @Nullable String firstLeft;

    Removal(OpenDirectory parent, Duration limit) {
        this.parent = parent;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /** Removes an entry of the directory with all that is in it; one that is not there is fine. */
    void remove(byte[] name) throws IOException {
        Looked looked = Kernel.stat(parent.descriptor(), name);
        if (looked.result() == Kernel.NO_ENTRY) {
            return;
        }
        way.addLast(name);
        if (looked.result() < 0) {
            note(looked.result());
        } else if (!looked.facts().isDirectory()) {
            unlink(parent, name);
        } else {
            Looked around = Kernel.stat(parent.descriptor(), new byte[] {'.'});
            if (around.result() == 0 && !around.facts().sameMount(looked.facts())) {
                note("a file system is mounted there");
            } else {
                top = looked.facts();
                if (!top.ownerMayAll()) {
                    Kernel.openUp(parent.descriptor(), name);
                }
                whole(name);
            }
        }
        if (firstLeft != null) {
            throw new FileSystemException(
                    shown(name),
                    null,
                    "it cannot be removed: " + firstLeft + (left > 1 ? "; and " + (left - 1) + " more" : ""));
        }
    }

    /** Again and again: each pass brings what is deep to the top for the next one. */
    private void whole(byte[] name) throws IOException {
        int inVain = 0;
        while (true) {
            long movedBefore = moved;
            int descriptor = opened(parent, name);
            if (descriptor < 0) {
                noteUnlessGone(descriptor);
                return;
            }
            left = 0;
            firstLeft = null;
            try (OpenDirectory open = OpenDirectory.of(descriptor)) {
                empty(open, open, 1);
            }
            int result = Kernel.removeDirectory(parent.descriptor(), name);
            if (result == 0 || result == Kernel.NO_ENTRY) {
                firstLeft = null;
                return;
            }
            boolean goesOn = moved > movedBefore || (result == Kernel.NOT_EMPTY && firstLeft == null);
            if (moved == movedBefore) {
                inVain++;
            }
            if (!goesOn || inVain > MOST_PASSES_IN_VAIN) {
                if (firstLeft == null) {
                    note(result);
                }
                return;
            }
        }
    }

    private void empty(OpenDirectory base, OpenDirectory directory, int level) throws IOException {
        for (OpenDirectory.Entry entry = directory.next(); entry != null; entry = directory.next()) {
            checkTime();
            way.addLast(entry.name());
            if (!entry.mayBeDirectory() || !descend(base, directory, entry.name(), level)) {
                unlink(directory, entry.name());
            }
            way.removeLast();
        }
    }

    /** Whether it is a directory. */
    private boolean descend(OpenDirectory base, OpenDirectory directory, byte[] name, int level) throws IOException {
        Looked looked = Kernel.stat(directory.descriptor(), name);
        if (looked.result() < 0) {
            noteUnlessGone(looked.result());
            return true;
        }
        if (!looked.facts().isDirectory()) {
            return false;
        }
        if (!looked.facts().sameMount(top)) {
            note("a file system is mounted there");
            return true;
        }
        if (!looked.facts().ownerMayAll()) {
            Kernel.openUp(directory.descriptor(), name);
        }
        int removed = Kernel.removeDirectory(directory.descriptor(), name);
        if (removed == Kernel.NOT_EMPTY) {
            if (level >= OPEN_LEVELS) {
                moveUp(base, directory, name);
                return true;
            }
            int descriptor = opened(directory, name);
            if (descriptor < 0) {
                noteUnlessGone(descriptor);
                return true;
            }
            long leftBefore = left;
            try (OpenDirectory inside = OpenDirectory.of(descriptor)) {
                empty(base, inside, level + 1);
            }
            removed = Kernel.removeDirectory(directory.descriptor(), name);
            if (removed == Kernel.NOT_EMPTY && left == leftBefore) {
                return true; // The next pass goes on, if nobody goes on writing there.
            }
            if (left > leftBefore) {
                return true;
            }
        }
        if (removed < 0) {
            noteUnlessGone(looked.facts().fixed() ? Kernel.NOT_PERMITTED : removed);
        }
        return true;
    }

    /** Moves a directory to the top, under a name that nobody there can have; the next pass finds it. */
    private void moveUp(OpenDirectory base, OpenDirectory directory, byte[] name) {
        byte[] fresh = (mark + moved).getBytes(StandardCharsets.US_ASCII);
        int result = Kernel.rename(directory.descriptor(), name, base.descriptor(), fresh);
        if (result < 0) {
            noteUnlessGone(result);
        } else {
            moved++;
        }
    }

    private static int opened(OpenDirectory directory, byte[] name) {
        int descriptor = directory.opened(name);
        if (descriptor == Kernel.NO_ACCESS && Kernel.openUp(directory.descriptor(), name) == 0) {
            return directory.opened(name);
        }
        return descriptor;
    }

    private void unlink(OpenDirectory directory, byte[] name) {
        int result = Kernel.unlink(directory.descriptor(), name);
        if (result == Kernel.NOT_PERMITTED
                && Kernel.stat(directory.descriptor(), name).facts().fixed()) {
            note("it is marked as one that nobody may change (chattr)");
        } else if (result < 0) {
            noteUnlessGone(result);
        }
    }

    private void checkTime() throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("removing " + shown() + " was interrupted");
        }
        if (System.nanoTime() - deadline > 0) {
            throw new FileSystemException(shown(), null, "removing it takes too long");
        }
    }

    private void noteUnlessGone(int result) {
        if (result != Kernel.NO_ENTRY) {
            note(result);
        }
    }

    private void note(int result) {
        note(Kernel.words(result));
    }

    private void note(String why) {
        left++;
        if (firstLeft == null) {
            firstLeft = shown() + ": " + why;
        }
    }

    private String shown() {
        StringBuilder path = new StringBuilder();
        for (byte[] name : way) {
            path.append(path.isEmpty() ? "" : "/").append(shown(name));
            if (path.length() > SHOWN) {
                return path.substring(0, SHOWN) + "…";
            }
        }
        return path.toString();
    }

    /** A name for people: what is no text, or would disturb a terminal, is not shown. */
    static String shown(byte[] name) {
        return new String(name, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}|[\\x80-\\x9f\\ufffd]", "?");
    }
}
