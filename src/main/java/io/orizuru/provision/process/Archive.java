package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.utils.ArchiveUtils;
import org.jspecify.annotations.Nullable;

/** An archive that a user sent: tar, gzip'd tar or zip, told by its content. Trusted in nothing. */
final class Archive {
    private static final int TAR_BLOCK = 512;

    private final Path file;
    private final ArchiveLimits limits;

    /** What is in an archive, in one of the formats. */
    interface Contents {
        /** Reads all that the archive says of itself, and refuses what can be refused before anything is written. */
        void survey(Meter meter) throws IOException;

        void unpack(ReleaseTree tree) throws IOException;

        /** The entry that was looked at last, for messages about what cannot be read; null before the first. */
        @Nullable
        String last();
    }

    Archive(Path file, ArchiveLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    /**
     * Unpacks into an empty directory, after all entries were looked at: an archive that is too large or has a name that
     * leads elsewhere has written nothing when it is refused.
     *
     * @param user who is to own the files; null leaves them to the server's user
     * @throws BuildFailed with the entry's name and the rule it breaks; what was written by then stays for the caller to remove
     */
    void unpack(Path root, @Nullable Integer user, Checkpoint checkpoint) throws IOException {
        long size = Files.size(file);
        if (size > limits.archiveBytes()) {
            throw new BuildFailed(
                    "the archive has " + size + " bytes, more than " + (limits.archiveBytes() >> 20) + " MiB");
        }
        Contents contents = contents();
        try {
            contents.survey(new Meter(limits, size, checkpoint));
            ReleaseTree tree = new ReleaseTree(root, user, new Meter(limits, size, checkpoint));
            contents.unpack(tree);
            tree.finish();
        } catch (FileSystemException e) {
            // Our own disk, not their archive.
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            // The library says "damaged" in both ways.
            throw new BuildFailed(unreadable(contents.last(), e));
        }
        if (DurableFiles.some(root, 1, path -> true).isEmpty()) {
            throw new BuildFailed("the archive is empty");
        }
    }

    private static String unreadable(@Nullable String last, Exception e) {
        String place = last == null ? "" : " after its entry \"" + ReleaseTree.printable(last) + "\"";
        return "the archive cannot be read" + place + ": " + ReleaseTree.printable(String.valueOf(e.getMessage()));
    }

    private Contents contents() throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(TAR_BLOCK);
        }
        if (head.length == 0) {
            throw new BuildFailed("the archive is empty");
        }
        if (head.length > 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
            return new TarContents(file, true);
        }
        if (head.length > 3 && head[0] == 'P' && head[1] == 'K' && (head[2] == 3 || head[2] == 5)) {
            return new ZipContents(file, limits);
        }
        if (head.length == TAR_BLOCK && isTar(head)) {
            return new TarContents(file, false);
        }
        throw new BuildFailed("the archive is neither a tar, nor a gzip'd tar, nor a zip");
    }

    private static boolean isTar(byte[] head) {
        return TarArchiveInputStream.matches(head, head.length) || ArchiveUtils.isArrayZero(head, head.length);
    }
}
