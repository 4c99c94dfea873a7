package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.utils.ArchiveUtils;
import org.jspecify.annotations.Nullable;

/** The contents of a tar, plain or in gzip. */
final class TarContents implements Archive.Contents {
    /** What may stand before an entry: its own header, long names, extended attributes. All of it is read into memory. */
    private static final long HEADER_BYTES = 1L << 20;
    /** Zeros that may follow the end: tapes had blocks, and tar still fills up the last one. */
    private static final long PADDING_BYTES = 1L << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final Path file;
    private final boolean compressed;
    private @Nullable String last;

    private interface Visitor {
        void visit(TarArchiveEntry entry, TarArchiveInputStream content) throws IOException;
    }

    TarContents(Path file, boolean compressed) {
        this.file = file;
        this.compressed = compressed;
    }

    @Override
    public @Nullable String last() {
        return last;
    }

    @Override
    public void survey(Meter meter) throws IOException {
        try (Headers headers = open()) {
            walk(headers, meter, (entry, content) -> {
                check(entry, content);
                meter.entry();
                meter.bytes(entry.getName(), entry.getSize());
            });
            refuseMore(headers);
        }
    }

    @Override
    public void unpack(ReleaseTree tree) throws IOException {
        try (Headers headers = open()) {
            walk(headers, tree.meter(), (entry, content) -> unpack(entry, content, tree));
        }
    }

    private Headers open() throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        if (!compressed) {
            return new Headers(in);
        }
        try {
            return new Headers(GzipCompressorInputStream.builder()
                    .setInputStream(in)
                    .setDecompressConcatenated(true)
                    .get());
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Whoever calls closes the stream; the library's own would close it before what follows the end was looked at. */
    @SuppressWarnings("resource")
    private void walk(Headers headers, Meter meter, Visitor visitor) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        TarArchiveInputStream in = new TarArchiveInputStream(headers, StandardCharsets.UTF_8.name());
        last = null;
        for (TarArchiveEntry entry = next(in, headers); entry != null; entry = next(in, headers)) {
            last = entry.getName();
            visitor.visit(entry, in);
            while (in.read(buffer) >= 0) {
                meter.check();
            }
        }
    }

    private static @Nullable TarArchiveEntry next(TarArchiveInputStream in, Headers headers) throws IOException {
        headers.limit(HEADER_BYTES);
        TarArchiveEntry entry = in.getNextEntry();
        headers.unlimited();
        return entry;
    }

    /** Reads on to the end, which also compares gzip's checksum. */
    private static void refuseMore(Headers headers) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long padding = 0;
        for (int count = headers.read(buffer); count >= 0; count = headers.read(buffer)) {
            padding += count;
            if (!ArchiveUtils.isArrayZero(buffer, count) || padding > PADDING_BYTES) {
                throw new BuildFailed("the archive goes on after its end");
            }
        }
    }

    private static void check(TarArchiveEntry entry, TarArchiveInputStream in) {
        String name = entry.getName();
        if (!entry.isCheckSumOK()) {
            throw ReleaseTree.refused(name, "has a header whose checksum is wrong");
        }
        ReleaseTree.checkName(name);
        switch (entry.getLinkFlag()) {
            case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG, TarConstants.LF_DIR -> {
                if (entry.isSparse() || !in.canReadEntryData(entry)) {
                    throw sparse(name);
                }
            }
            case TarConstants.LF_LINK -> ReleaseTree.checkName(name, entry.getLinkName());
            case TarConstants.LF_SYMLINK -> ReleaseTree.checkTarget(name, entry.getLinkName());
            case TarConstants.LF_CHR, TarConstants.LF_BLK -> throw ReleaseTree.refused(name, "is a device");
            case TarConstants.LF_FIFO -> throw ReleaseTree.refused(name, "is a named pipe");
            case TarConstants.LF_GNUTYPE_SPARSE -> throw sparse(name);
            default -> throw ReleaseTree.refused(name, "is neither a file, nor a directory, nor a link");
        }
    }

    private static BuildFailed sparse(String name) {
        return ReleaseTree.refused(name, "is a sparse file, which is not supported");
    }

    private static void unpack(TarArchiveEntry entry, TarArchiveInputStream in, ReleaseTree tree) throws IOException {
        String name = entry.getName();
        if (entry.isDirectory()) {
            tree.directory(name, entry.getMode());
        } else if (entry.isSymbolicLink()) {
            tree.symbolicLink(name, entry.getLinkName());
        } else if (entry.isLink()) {
            tree.hardLink(name, entry.getLinkName());
        } else {
            tree.file(name, entry.getMode(), in);
        }
    }

    /** Bounds what is read while the library looks for the next entry. */
    private static final class Headers extends FilterInputStream {
        private long left = Long.MAX_VALUE;

        Headers(InputStream in) {
            super(new BufferedInputStream(in, BUFFER_BYTES));
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
