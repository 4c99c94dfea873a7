package io.orizuru.files;

import io.orizuru.files.Kernel.Facts;
import io.orizuru.files.Kernel.Looked;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * How much there is in trees that others may change meanwhile. Links are not followed, nor is what is mounted in them.
 *
 * @param bytes of all files; a directory, and a file without content, count as 512
 * @param entries files, directories and links
 * @param excess the first rule that was broken, which ended the count; null when all of them hold
 * @param unseen a directory that could not be looked into, if there is one
 */
public record TreeSize(
        long bytes,
        long entries,
        @Nullable Excess excess,
        @Nullable String unseen) {
    /** So that a million of empty files is not nothing. */
    private static final long ENTRY = 512;

    private static final int SHOWN = 120;

    /**
     * What a tree may be.
     *
     * @param bytes as counted above
     * @param depth directories in each other, 1 or more
     * @param pathBytes of a path from its top
     */
    public record Bounds(long bytes, long entries, int depth, int pathBytes) {}

    /** A rule of the bounds. */
    public enum Rule {
        BYTES,
        ENTRIES,
        DEPTH,
        PATH
    }

    /**
     * What broke it.
     *
     * @param path shortened, for people
     */
    public record Excess(Rule rule, String path) {}

    /** Counts one tree after the other. One descriptor for each level, so the depth must be bounded to what can be open. */
    static TreeSize of(Iterable<OpenDirectory> trees, Bounds bounds) throws IOException {
        Count count = new Count(bounds);
        for (OpenDirectory tree : trees) {
            count.add(tree);
        }
        return new TreeSize(count.bytes, count.entries, count.excess, count.unseen);
    }

    private static final class Count {
        private final Bounds bounds;
        private final Deque<byte[]> way = new ArrayDeque<>();
        private int wayBytes;
        private long bytes;
        private long entries;
        private @Nullable Excess excess;
        private @Nullable String unseen;

        private Count(Bounds bounds) {
            this.bounds = bounds;
        }

        private void add(OpenDirectory tree) throws IOException {
            Looked looked = Kernel.stat(tree.descriptor(), new byte[] {'.'});
            if (looked.result() == 0 && excess == null) {
                bytes += ENTRY;
                walk(tree, looked.facts());
            }
        }

        private void walk(OpenDirectory directory, Facts top) throws IOException {
            for (OpenDirectory.Entry entry = directory.next(); entry != null; entry = directory.next()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("counting was interrupted");
                }
                way.addLast(entry.name());
                wayBytes += entry.name().length + 1;
                look(directory, entry.name(), top);
                way.removeLast();
                wayBytes -= entry.name().length + 1;
                if (excess != null) {
                    return;
                }
            }
        }

        private void look(OpenDirectory directory, byte[] name, Facts top) throws IOException {
            Looked looked = Kernel.stat(directory.descriptor(), name);
            if (looked.result() < 0) {
                return; // It was removed after it was listed.
            }
            entries++;
            Facts facts = looked.facts();
            bytes += ENTRY + (facts.isDirectory() ? 0 : facts.size());
            if (wayBytes > bounds.pathBytes()) {
                excess = new Excess(Rule.PATH, shown());
            } else if (bytes > bounds.bytes()) {
                excess = new Excess(Rule.BYTES, shown());
            } else if (entries > bounds.entries()) {
                excess = new Excess(Rule.ENTRIES, shown());
            } else if (facts.isDirectory() && way.size() > bounds.depth()) {
                excess = new Excess(Rule.DEPTH, shown());
            } else if (facts.isDirectory() && facts.sameMount(top)) {
                enter(directory, name, top);
            }
        }

        private void enter(OpenDirectory directory, byte[] name, Facts top) throws IOException {
            int descriptor = directory.opened(name);
            if (descriptor == Kernel.NO_ENTRY
                    || descriptor == Kernel.NOT_A_DIRECTORY
                    || descriptor == Kernel.IS_A_LINK) {
                return; // It is another one by now.
            }
            if (descriptor < 0) {
                unseen = shown() + " (" + Kernel.words(descriptor) + ")";
                return;
            }
            try (OpenDirectory inside = OpenDirectory.of(descriptor)) {
                walk(inside, top);
            }
        }

        /** Its beginning and its end: what lies between is as long as somebody likes. */
        private String shown() {
            StringBuilder path = new StringBuilder();
            for (byte[] name : way) {
                path.append(path.isEmpty() ? "" : "/").append(Removal.shown(name));
                if (path.length() > SHOWN) {
                    return path.substring(0, SHOWN) + "…";
                }
            }
            return path.toString();
        }
    }
}
