package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a zip. Its table of contents, at the end, is what counts; what stands before the single files is not asked, so
 * there are no two opinions of a name.
 */
final class ZipContents implements Archive.Contents {
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int ENTRY = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL_HEADER_BYTES = 30;
    /** The library makes objects of all of it at once. */
    private static final long LARGEST_TABLE = 24L << 20;

    private static final int LONGEST_LINK = 4096;
    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;

    private final Path file;
    private final ArchiveLimits limits;
    private @Nullable String last;

    ZipContents(Path file, ArchiveLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    @Override
    public @Nullable String last() {
        return last;
    }

    @Override
    public void survey(Meter meter) throws IOException {
        checkTable();
        try (ZipFile zip = open()) {
            long before = 0;
            for (ZipArchiveEntry entry : entries(zip)) {
                last = entry.getName();
                check(zip, entry);
                meter.entry();
                meter.bytes(entry.getName(), entry.getSize());
                before = checkPlace(zip, entry, before);
            }
        }
    }

    @Override
    public void unpack(ReleaseTree tree) throws IOException {
        try (ZipFile zip = open()) {
            for (ZipArchiveEntry entry : entries(zip)) {
                last = entry.getName();
                unpack(zip, entry, tree);
            }
        }
    }

    private ZipFile open() throws IOException {
        return ZipFile.builder().setPath(file).setIgnoreLocalFileHeader(true).get();
    }

    private static List<ZipArchiveEntry> entries(ZipFile zip) {
        return Collections.list(zip.getEntriesInPhysicalOrder());
    }

    private static void check(ZipFile zip, ZipArchiveEntry entry) {
        String name = entry.getName();
        ReleaseTree.checkName(name);
        int method = entry.getMethod();
        if (!zip.canReadEntryData(entry) || (method != ZipArchiveEntry.STORED && method != ZipArchiveEntry.DEFLATED)) {
            throw ReleaseTree.refused(name, "is encrypted, or compressed in a way that is not supported");
        }
        int type = entry.getUnixMode() & TYPE;
        if (!entry.isDirectory() && !entry.isUnixSymlink() && type != 0 && type != REGULAR) {
            throw ReleaseTree.refused(name, "is neither a file, nor a directory, nor a link");
        }
    }

    /**
     * Files that share their bytes are how a small zip becomes a very large one.
     *
     * @return where the entry ends
     */
    private static long checkPlace(ZipFile zip, ZipArchiveEntry entry, long before) throws IOException {
        String name = entry.getName();
        // Opening is what makes the library find the place.
        InputStream raw = zip.getRawInputStream(entry);
        if (raw == null || entry.getCompressedSize() < 0) {
            throw ReleaseTree.refused(name, "has no content that could be found");
        }
        raw.close();
        if (entry.getDataOffset() < before + LOCAL_HEADER_BYTES) {
            throw ReleaseTree.refused(name, "shares bytes with another entry");
        }
        return entry.getDataOffset() + entry.getCompressedSize();
    }

    private static void unpack(ZipFile zip, ZipArchiveEntry entry, ReleaseTree tree) throws IOException {
        String name = entry.getName();
        int mode = entry.getUnixMode();
        if (entry.isDirectory()) {
            tree.directory(name, mode == 0 ? 0755 : mode);
            return;
        }
        try (InputStream content = new Told(zip.getInputStream(entry), entry)) {
            if (entry.isUnixSymlink()) {
                tree.symbolicLink(name, linkTarget(name, content));
            } else {
                tree.file(name, mode == 0 ? 0644 : mode, content);
            }
        }
    }

    private static String linkTarget(String name, InputStream content) throws IOException {
        byte[] target = content.readNBytes(LONGEST_LINK + 1);
        if (target.length > LONGEST_LINK) {
            throw ReleaseTree.refused(name, "links to a name of more than " + LONGEST_LINK + " bytes");
        }
        return new String(target, StandardCharsets.UTF_8);
    }

    /** Counts before the library makes an object of each entry: what the archive says of its own number may be a lie. */
    private void checkTable() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            int end = end(content);
            long start = content.getInt(end + 16) & 0xffffffffL;
            long size = content.getInt(end + 12) & 0xffffffffL;
            int locator = end - LOCATOR_64_BYTES;
            if (locator > 0 && content.getInt(locator) == LOCATOR_64) {
                end = end64(content, locator);
                size = content.getLong(end + 40);
                start = content.getLong(end + 48);
            }
            // Were there anything between, the library and this would look for the table in different places.
            if (start < 0 || start > end || size != end - start) {
                throw new ZipException("its table of contents is not where its end says");
            }
            if (size > LARGEST_TABLE) {
                throw new BuildFailed(
                        "the archive's table of contents is larger than " + (LARGEST_TABLE >> 20) + " MiB");
            }
            count(content, (int) start, end);
        }
    }

    private static int end(ByteBuffer content) throws ZipException {
        int end = content.limit() - END_BYTES;
        int lowest = Math.max(0, end - LONGEST_COMMENT);
        while (end >= lowest && content.getInt(end) != END) {
            end--;
        }
        if (end < lowest) {
            throw new ZipException("its end is missing");
        }
        return end;
    }

    private static int end64(ByteBuffer content, int locator) throws ZipException {
        long end = content.getLong(locator + 8);
        if (end < 0 || end > locator - END_64_BYTES || content.getInt((int) end) != END_64) {
            throw new ZipException("its zip64 end is not where it says");
        }
        return (int) end;
    }

    private void count(ByteBuffer content, int start, int end) throws ZipException {
        int at = start;
        for (int count = 1; at < end; count++) {
            if (at > end - ENTRY_BYTES || content.getInt(at) != ENTRY) {
                throw new ZipException("its table of contents is damaged");
            }
            if (count > limits.entries()) {
                throw Meter.tooManyEntries(limits);
            }
            at += ENTRY_BYTES + size(content, at + 28) + size(content, at + 30) + size(content, at + 32);
        }
        if (at != end) {
            throw new ZipException("its table of contents is damaged");
        }
    }

    private static int size(ByteBuffer content, int at) {
        return content.getShort(at) & 0xffff;
    }

    /** Refuses content that is not as the table told: the library compares neither size nor checksum. */
    private static final class Told extends FilterInputStream {
        private final ZipArchiveEntry entry;
        private final CRC32 sum = new CRC32();
        private long count;

        Told(InputStream in, ZipArchiveEntry entry) {
            super(in);
            this.entry = entry;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int got = super.read(buffer, offset, length);
            if (got < 0) {
                if (count != entry.getSize()) {
                    throw ReleaseTree.refused(entry.getName(), "is smaller than the archive says");
                }
                if (sum.getValue() != entry.getCrc()) {
                    throw ReleaseTree.refused(entry.getName(), "has content whose checksum is wrong");
                }
                return got;
            }
            count += got;
            sum.update(buffer, offset, got);
            if (count > entry.getSize()) {
                throw ReleaseTree.refused(entry.getName(), "is larger than the archive says");
            }
            return got;
        }
    }
}
