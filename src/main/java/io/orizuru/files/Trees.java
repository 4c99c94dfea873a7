package io.orizuru.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Directories with all that is in them, which others make as they like: as deep, as wide and with such names as the file system
 * takes. How deep and how wide they are costs neither stack, nor memory, nor descriptors; no link and no mount is followed.
 *
 * <p>The work is done by a few platform threads: the system's calls would hold those that virtual threads run on.
 */
public final class Trees {
    /** Longer than any disk takes for what fits on it by rights. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private static final ExecutorService REMOVING = threads("remove-files", 8);
    private static final ExecutorService COUNTING = threads("count-files", 4);

    private Trees() {}

    private static ExecutorService threads(String name, int most) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                most,
                most,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name + "-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Removes a tree, whoever wrote it. Absent is fine.
     *
     * @throws IOException naming the first of what cannot be removed; all else is gone
     */
    public static void delete(Path path) throws IOException {
        await(begin(path));
    }

    /** Begins to remove a tree as {@link #delete} does; the failure of that is an {@link ExecutionException}'s cause. */
    public static Future<?> begin(Path path) {
        return REMOVING.submit(() -> {
            remove(path, LONGEST);
            return path;
        });
    }

    static void remove(Path path, Duration limit) throws IOException {
        Path absolute = path.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new IOException(path + " is no directory's entry");
        }
        byte[] whole = OpenDirectory.bytes(absolute);
        int slash = whole.length - 1;
        while (whole[slash] != '/') {
            slash--;
        }
        try (OpenDirectory open = OpenDirectory.open(parent)) {
            new Removal(open, limit).remove(Arrays.copyOfRange(whole, slash + 1, whole.length));
        } catch (NoSuchFileException e) {
            // There is no such place.
        }
    }

    /**
     * How much there is in trees; those that are not there are empty.
     *
     * @param bounds counting ends when one of them is passed; at most 1000 levels
     */
    public static TreeSize measure(List<Path> trees, TreeSize.Bounds bounds) throws IOException {
        if (bounds.depth() > 1000) {
            throw new IllegalArgumentException("the depth " + bounds.depth() + " takes too many descriptors");
        }
        return await(COUNTING.submit(() -> count(trees, bounds)));
    }

    private static TreeSize count(List<Path> trees, TreeSize.Bounds bounds) throws IOException {
        List<OpenDirectory> open = new ArrayList<>();
        try {
            for (Path tree : trees) {
                try {
                    open.add(OpenDirectory.open(tree));
                } catch (NoSuchFileException e) {
                    // Nothing is in it.
                }
            }
            return TreeSize.of(open, bounds);
        } finally {
            open.forEach(OpenDirectory::close);
        }
    }

    private static <T> T await(Future<T> work) throws IOException {
        try {
            return work.get();
        } catch (InterruptedException e) {
            work.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** Why the work failed, as the thread that asked for it is to see it. */
    public static IOException failure(ExecutionException e) {
        return switch (e.getCause()) {
            case IOException failure -> new IOException(failure.getMessage(), failure);
            case UncheckedIOException failure -> new IOException(failure.getMessage(), failure);
            case null, default -> new IOException("the files cannot be worked on: " + e.getCause(), e);
        };
    }
}
