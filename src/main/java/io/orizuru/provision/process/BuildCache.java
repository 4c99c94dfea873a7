package io.orizuru.provision.process;

import io.orizuru.files.TreeSize;
import io.orizuru.files.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the builds of one app keep for the next one: downloaded packages and compiled parts, which the tools put into
 * {@code ~/.cache}. It is moved into a build's home and back out, so one build has it at a time and no other app ever; a build
 * that is killed together with its server takes it along. The server never looks into it.
 */
final class BuildCache {
    private static final Logger LOG = Logger.getLogger(BuildCache.class);
    /** More than this is dropped: a cache should not be what fills the disk. */
    private static final long LARGEST_BYTES = 1L << 30;

    private static final int MOST_FILES = 200_000;

    private BuildCache() {}

    /** Forgets it. */
    static void drop(AppDirectory app) throws IOException {
        Trash.of(app).discard(app.app(), app.cache());
    }

    /** Gives the cache to a build that is about to start. */
    static void lend(AppDirectory app, Path home, @Nullable Integer user) throws IOException {
        Path cache = app.cache();
        if (!Files.exists(cache, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (isDirectory(cache) && belongsTo(cache, user)) {
            Files.move(cache, place(home));
            return;
        }
        Trash.of(app).discard(app.app(), cache);
    }

    /** Forgets what a build has of it whose processes have ended. Whether there was anything. */
    static boolean dropLent(AppDirectory app, Path home) throws IOException {
        Path lent = place(home);
        boolean there = Files.exists(lent, LinkOption.NOFOLLOW_LINKS);
        if (there) {
            Trash.of(app).discard(app.app(), lent);
        }
        return there;
    }

    /**
     * Takes it back from a build whose processes have ended; never fails a build.
     *
     * @param sizeBytes what a build may write, this included: at most half of it is kept, so that there is room for the rest
     */
    static void takeBack(AppDirectory app, Path home, long sizeBytes) {
        Path made = place(home);
        try {
            // The app's own commands made it: a link would lead anywhere. What is renamed is the name itself.
            if (isDirectory(made)
                    && isSmall(made, Math.min(LARGEST_BYTES, sizeBytes / 2))
                    && !Files.exists(app.cache(), LinkOption.NOFOLLOW_LINKS)) {
                Files.move(made, app.cache());
            }
        } catch (IOException e) {
            LOG.debugf(e, "the cache of the builds of %s is not kept", app.app());
        }
    }

    private static Path place(Path home) {
        return home.resolve(".cache");
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean belongsTo(Path path, @Nullable Integer user) throws IOException {
        return user == null || user.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    private static boolean isSmall(Path directory, long mostBytes) throws IOException {
        TreeSize size = Trees.measure(
                List.of(directory),
                new TreeSize.Bounds(mostBytes, MOST_FILES, BuildBounds.DEEPEST, BuildBounds.LONGEST_PATH));
        return size.excess() == null && size.unseen() == null;
    }
}
