package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.Checkpoint;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.utils.ArchiveUtils;
import org.jspecify.annotations.Nullable;

/** An archive that a user sent: tar, gzip'd tar or zip, told by its content. Trusted in nothing. */
final class Archive {
    private static final int TAR_BLOCK = 512;
    /** What may stand before an entry: its own header, long names, extended attributes. All of it is read into memory. */
    private static final long HEADER_BYTES = 1L << 20;

    private static final int ZIP_END = 0x06054b50;
    private static final int ZIP_ENTRY = 0x02014b50;
    private static final int LONGEST_LINK = 4096;

    private final Path file;
    private final ArchiveLimits limits;

    Archive(Path file, ArchiveLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    /**
     * Unpacks into an empty directory.
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
        ReleaseTree tree = new ReleaseTree(root, user);
        Meter meter = new Meter(limits, size, checkpoint);
        try {
            switch (kind()) {
                case TAR -> tar(Files.newInputStream(file), tree, meter);
                case TAR_GZ ->
                    tar(
                            GzipCompressorInputStream.builder()
                                    .setInputStream(new BufferedInputStream(Files.newInputStream(file)))
                                    .setDecompressConcatenated(true)
                                    .get(),
                            tree,
                            meter);
                case ZIP -> zip(tree, meter);
            }
            tree.finish();
        } catch (FileSystemException e) {
            // Our own disk, not their archive.
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            // The library says "damaged" in both ways.
            throw new BuildFailed(
                    "the archive cannot be read: " + ReleaseTree.printable(String.valueOf(e.getMessage())));
        }
        if (DurableFiles.list(root).isEmpty()) {
            throw new BuildFailed("the archive is empty");
        }
    }

    private enum Kind {
        TAR,
        TAR_GZ,
        ZIP
    }

    private Kind kind() throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(TAR_BLOCK);
        }
        if (head.length == 0) {
            throw new BuildFailed("the archive is empty");
        }
        if (head.length > 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
            return Kind.TAR_GZ;
        }
        if (head.length > 3 && head[0] == 'P' && head[1] == 'K' && (head[2] == 3 || head[2] == 5)) {
            return Kind.ZIP;
        }
        if (head.length == TAR_BLOCK && isTar(head)) {
            return Kind.TAR;
        }
        throw new BuildFailed("the archive is neither a tar, nor a gzip'd tar, nor a zip");
    }

    private static boolean isTar(byte[] head) {
        return TarArchiveInputStream.matches(head, head.length) || ArchiveUtils.isArrayZero(head, head.length);
    }

    private void tar(InputStream raw, ReleaseTree tree, Meter meter) throws IOException {
        try (Headers headers = new Headers(raw);
                TarArchiveInputStream in = new TarArchiveInputStream(headers, StandardCharsets.UTF_8.name())) {
            for (TarArchiveEntry entry = next(in, headers); entry != null; entry = next(in, headers)) {
                meter.entry();
                unpack(entry, in, tree, meter);
            }
        }
    }

    private static @Nullable TarArchiveEntry next(TarArchiveInputStream in, Headers headers) throws IOException {
        headers.limit(HEADER_BYTES);
        TarArchiveEntry entry = in.getNextEntry();
        headers.unlimited();
        return entry;
    }

    private static void unpack(TarArchiveEntry entry, TarArchiveInputStream in, ReleaseTree tree, Meter meter)
            throws IOException {
        String name = entry.getName();
        if (entry.isDirectory()) {
            tree.directory(name, entry.getMode());
        } else if (entry.isSymbolicLink()) {
            tree.symbolicLink(name, entry.getLinkName());
        } else if (entry.isLink()) {
            tree.hardLink(name, entry.getLinkName(), entry.getMode(), meter);
        } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
            throw ReleaseTree.refused(name, "is a device");
        } else if (entry.isFIFO()) {
            throw ReleaseTree.refused(name, "is a named pipe");
        } else if (entry.isSparse() || !in.canReadEntryData(entry)) {
            throw ReleaseTree.refused(name, "is a sparse file, which is not supported");
        } else if (entry.isFile()) {
            tree.file(name, entry.getMode(), in, meter);
        } else {
            throw ReleaseTree.refused(name, "is neither a file, nor a directory, nor a link");
        }
    }

    private void zip(ReleaseTree tree, Meter meter) throws IOException {
        refuseManyZipEntries();
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
            Enumeration<ZipArchiveEntry> entries = zip.getEntriesInPhysicalOrder();
            while (entries.hasMoreElements()) {
                meter.entry();
                unpack(zip, entries.nextElement(), tree, meter);
            }
        }
    }

    private static void unpack(ZipFile zip, ZipArchiveEntry entry, ReleaseTree tree, Meter meter) throws IOException {
        String name = entry.getName();
        if (!zip.canReadEntryData(entry)) {
            throw ReleaseTree.refused(name, "is encrypted, or compressed in a way that is not supported");
        }
        int mode = entry.getUnixMode();
        int type = mode & 0170000;
        if (entry.isDirectory()) {
            tree.directory(name, mode == 0 ? 0755 : mode);
        } else if (entry.isUnixSymlink()) {
            tree.symbolicLink(name, linkTarget(zip, entry));
        } else if (type == 0 || type == 0100000) {
            try (InputStream content = zip.getInputStream(entry)) {
                tree.file(name, mode == 0 ? 0644 : mode, content, meter);
            }
        } else {
            throw ReleaseTree.refused(name, "is neither a file, nor a directory, nor a link");
        }
    }

    private static String linkTarget(ZipFile zip, ZipArchiveEntry entry) throws IOException {
        try (InputStream content = zip.getInputStream(entry)) {
            byte[] target = content.readNBytes(LONGEST_LINK + 1);
            if (target.length > LONGEST_LINK) {
                throw ReleaseTree.refused(entry.getName(), "links to a name of more than " + LONGEST_LINK + " bytes");
            }
            return new String(target, StandardCharsets.UTF_8);
        }
    }

    /** Counts before the library makes an object of each: what the archive says of its own number may be a lie. */
    private void refuseManyZipEntries() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            int end = content.limit() - 22;
            int lowest = Math.max(0, end - 0xffff);
            while (end >= lowest && content.getInt(end) != ZIP_END) {
                end--;
            }
            if (end < lowest) {
                throw new ZipException("its end is missing");
            }
            long at = content.getInt(end + 16) & 0xffffffffL;
            int count = 0;
            while (at + 46 <= content.limit() && content.getInt((int) at) == ZIP_ENTRY) {
                if (++count > limits.entries()) {
                    throw new BuildFailed("the archive has more than " + limits.entries() + " entries");
                }
                int position = (int) at;
                at += 46
                        + (content.getShort(position + 28) & 0xffff)
                        + (content.getShort(position + 30) & 0xffff)
                        + (content.getShort(position + 32) & 0xffff);
            }
            if (at == 0xffffffffL) {
                throw new ZipException("it is a zip64 of more than 4 GiB");
            }
        }
    }

    /** Bounds what is read while the library looks for the next entry. */
    private static final class Headers extends FilterInputStream {
        private long left = Long.MAX_VALUE;

        Headers(InputStream in) {
            super(new BufferedInputStream(in, 64 << 10));
        }

        void limit(long bytes) {
            left = bytes;
        }

        void unlimited() {
            left = Long.MAX_VALUE;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            spend(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            spend(Math.max(0, count));
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            long skipped = super.skip(count);
            spend(skipped);
            return skipped;
        }

        private void spend(long count) throws IOException {
            left -= count;
            if (left < 0) {
                throw new IOException("a header is larger than " + (HEADER_BYTES >> 10) + " KiB");
            }
        }
    }
}
