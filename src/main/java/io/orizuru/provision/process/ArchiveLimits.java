package io.orizuru.provision.process;

/**
 * How large an archive may be.
 *
 * @param archiveBytes as it was sent
 * @param unpackedBytes of all its files
 * @param entries files, directories and links
 * @param ratio how many times its size it may unpack to, once that is above 16 MiB
 */
record ArchiveLimits(long archiveBytes, long unpackedBytes, int entries, int ratio) {
    static final ArchiveLimits DEFAULT = new ArchiveLimits(512L << 20, 2L << 30, 100_000, 200);
}
