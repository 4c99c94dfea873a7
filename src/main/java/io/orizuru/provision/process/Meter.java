package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.Checkpoint;

/** Counts what comes out of an archive, against its limits, and asks the checkpoint twice a second. */
final class Meter {
    private static final long CHECK_NANOS = 400_000_000L;
    /** Below this, a high ratio is no bomb: a few small files of zeros. */
    private static final long RATIO_COUNTS_FROM = 16L << 20;

    private final ArchiveLimits limits;
    private final long archiveBytes;
    private final Checkpoint checkpoint;
    private long entries;
    private long bytes;
    private long lastCheck = System.nanoTime();

    Meter(ArchiveLimits limits, long archiveBytes, Checkpoint checkpoint) {
        this.limits = limits;
        this.archiveBytes = archiveBytes;
        this.checkpoint = checkpoint;
    }

    void entry() {
        if (++entries > limits.entries()) {
            throw tooManyEntries(limits);
        }
        check();
    }

    static BuildFailed tooManyEntries(ArchiveLimits limits) {
        return new BuildFailed("the archive has more than " + limits.entries() + " entries, directories included");
    }

    /** @param count as written, or as the archive says; a stranger's number, so anything */
    void bytes(String entry, long count) {
        if (count < 0) {
            throw ReleaseTree.refused(entry, "has a size below zero");
        }
        bytes = count > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : bytes + count;
        if (bytes > limits.unpackedBytes()) {
            throw ReleaseTree.refused(
                    entry, "makes the archive unpack to more than " + (limits.unpackedBytes() >> 20) + " MiB");
        }
        if (bytes > RATIO_COUNTS_FROM && bytes / limits.ratio() > archiveBytes) {
            throw ReleaseTree.refused(
                    entry, "makes the archive unpack to more than " + limits.ratio() + " times its size");
        }
        check();
    }

    /** Asks the checkpoint, if it is time. */
    void check() {
        long now = System.nanoTime();
        if (now - lastCheck > CHECK_NANOS) {
            lastCheck = now;
            checkpoint.check();
        }
    }
}
