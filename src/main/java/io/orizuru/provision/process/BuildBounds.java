package io.orizuru.provision.process;

import io.orizuru.files.TreeSize;
import io.orizuru.files.Trees;
import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What the tree of a build may be: how large, how many files, how deep. Looked at while it runs, and when it has ended. */
final class BuildBounds {
    /** Twice what an archive may have: packages lie in packages. */
    static final int DEEPEST = 200;

    /** In bytes. The system takes 4096, the path to the release included. */
    static final int LONGEST_PATH = 3800;

    /** Files, directories and links. */
    private static final long MOST_ENTRIES = 1_000_000;

    private final long sizeBytes;

    /** @param sizeBytes of all its files */
    BuildBounds(long sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    /** A build was ended for what it wrote, its cache included. */
    static final class TooMuchWritten extends BuildFailed {
        private TooMuchWritten(String message) {
            super(message);
        }
    }

    /** @param trees all that a build that runs may write to */
    void requireWritten(List<Path> trees) {
        TreeSize size = measure(trees);
        if (size.excess() != null) {
            throw new TooMuchWritten(broken("what the build wrote", size, size.excess()));
        }
    }

    /** @param tree what came out of a build */
    void requireMade(Path tree) {
        TreeSize size = measure(List.of(tree));
        if (size.excess() != null) {
            throw new BuildFailed(broken("what the build made", size, size.excess()));
        }
        if (size.unseen() != null) {
            throw new BuildFailed("what the build made has a directory that cannot be looked into: " + size.unseen());
        }
    }

    private TreeSize measure(List<Path> trees) {
        try {
            return Trees.measure(trees, new TreeSize.Bounds(sizeBytes, MOST_ENTRIES, DEEPEST, LONGEST_PATH));
        } catch (IOException e) {
            throw new BuildFailed("the size of what the build wrote cannot be told: " + e.getMessage());
        }
    }

    private String broken(String what, TreeSize size, TreeSize.Excess excess) {
        return switch (excess.rule()) {
            case BYTES ->
                what + " has at least " + Limits.bytes(size.bytes()) + ", more than the limit of "
                        + Limits.bytes(sizeBytes);
            case ENTRIES -> what + " has more than " + MOST_ENTRIES + " files and directories, the limit";
            case DEPTH ->
                what + " has directories more than " + DEEPEST + " deep, the limit: \"" + excess.path() + "\"";
            case PATH ->
                what + " has a path of more than " + LONGEST_PATH + " bytes, the limit: \"" + excess.path() + "\"";
        };
    }
}
