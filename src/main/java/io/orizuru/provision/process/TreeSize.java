package io.orizuru.provision.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** How much there is in trees that may change meanwhile. Links are not followed. */
final class TreeSize extends SimpleFileVisitor<Path> {
    /** What a file without content takes, so that a million of them is not nothing. */
    private static final long ENTRY = 512;

    private final long enough;
    private long bytes;

    private TreeSize(long enough) {
        this.enough = enough;
    }

    /**
     * The sizes of all files added up, in bytes.
     *
     * @param enough counting ends when it is more than this
     */
    static long of(List<Path> trees, long enough) {
        TreeSize size = new TreeSize(enough);
        try {
            for (Path tree : trees) {
                Files.walkFileTree(tree, size);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the size of " + trees + " cannot be told", e);
        }
        return size.bytes;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        bytes += ENTRY + attributes.size();
        return bytes > enough ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
        // It was removed after it was listed.
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
        bytes += ENTRY;
        return FileVisitResult.CONTINUE;
    }
}
