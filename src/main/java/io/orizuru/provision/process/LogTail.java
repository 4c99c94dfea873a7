package io.orizuru.provision.process;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Follows one log file, line by line, each line once, over restarts of the server too: how far it came is kept in a file
 * beside. Safe for use by several threads.
 */
final class LogTail {
    /** A longer line is given out in pieces of this many bytes. */
    static final int LONGEST_LINE = 64 << 10;

    private static final int CHUNK = 256 << 10;
    /** So that a unit that prints without end does not keep the others waiting. */
    private static final int MOST_PER_TURN = 4 << 20;

    private static final int LAST_OUTPUT_BYTES = 256 << 10;

    /** More than this does not wait to be read: what prints faster than its lines are taken must not fill the disk. */
    private static final long MOST_WAITING = 32 << 20;

    private static final long MOST_WAITING_ON_A_FULL_DISK = 1 << 20;
    /** What is read of the rest when nothing more is to come. */
    private static final long LAST_TO_READ = 8 << 20;

    private static final Duration BETWEEN_NOTICES = Duration.ofSeconds(10);

    private final Path file;
    private final Path offsetFile;
    private final long truncateAbove;
    private long offset;
    private long dropped;
    private long noticedAt = System.nanoTime() - BETWEEN_NOTICES.toNanos();

    LogTail(Path file, Path offsetFile, long truncateAbove) {
        this.file = file;
        this.offsetFile = offsetFile;
        this.truncateAbove = truncateAbove;
        catchUp();
    }

    /** Goes on where whoever read last, maybe another server, left off. */
    synchronized void catchUp() {
        String kept = DurableFiles.readText(offsetFile);
        offset = kept.matches("\\d{1,18}") ? Long.parseLong(kept) : 0;
    }

    /** Gives out the complete lines that are new. */
    synchronized void follow(Consumer<String> lines) throws IOException {
        read(lines, false);
    }

    /**
     * Gives out what is new, a last line without its newline too. For when nothing more is to come: if too much is left to be
     * read in good time, its end.
     */
    synchronized void finish(Consumer<String> lines) throws IOException {
        long behind = size() - offset;
        if (behind > MOST_WAITING) {
            dropped += behind - LAST_TO_READ;
            offset += behind - LAST_TO_READ;
        }
        if (dropped > 0) {
            notice(lines);
        }
        read(lines, true);
    }

    /**
     * Cuts the file to nothing when more waits in it than may. Whoever prints goes on.
     *
     * @param diskShort whether very little may
     */
    synchronized void bound(boolean diskShort, Consumer<String> lines) throws IOException {
        long behind = size() - offset;
        if (behind > (diskShort ? MOST_WAITING_ON_A_FULL_DISK : MOST_WAITING)) {
            try (RandomAccessFile whole = new RandomAccessFile(file.toFile(), "rw")) {
                whole.setLength(0);
            }
            dropped += behind;
            offset = 0;
            keepOffset();
        }
        if (dropped > 0 && System.nanoTime() - noticedAt > BETWEEN_NOTICES.toNanos()) {
            notice(lines);
        }
    }

    private void notice(Consumer<String> lines) {
        lines.accept("orizuru: dropped " + Limits.bytes(dropped)
                + " of what this unit printed: it prints faster than its log can be kept");
        dropped = 0;
        noticedAt = System.nanoTime();
    }

    /** Adds a line of the server's to the file, on a line of its own even if the unit's last one has not ended. */
    synchronized void append(String line) throws IOException {
        String before = endsOpen() ? "\n" : "";
        // Appending is one write at the end, wherever the unit has brought that meanwhile.
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.wrap((before + line + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private boolean endsOpen() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
        }
    }

    private void read(Consumer<String> lines, boolean all) throws IOException {
        long size = size();
        if (size < offset) {
            // Truncated by the app itself, which may open its /dev/stdout anew.
            offset = 0;
        }
        if (size == offset) {
            return;
        }
        long before = offset;
        long end = all ? Long.MAX_VALUE : offset + MOST_PER_TURN;
        byte[] buffer = new byte[CHUNK];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            boolean more = true;
            while (more && offset < end) {
                int count = fill(channel, buffer);
                offset += giveOut(buffer, count, all && count < buffer.length, lines);
                more = count == buffer.length;
            }
        } finally {
            // Also when reading fails half way: what was given out must not be given out again.
            if (offset != before) {
                keepOffset();
            }
        }
        truncate();
    }

    private long size() throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** How many of the bytes were given out: those of whole lines, and of whole pieces of what has no newline yet. */
    private static int giveOut(byte[] buffer, int count, boolean all, Consumer<String> lines) {
        int start = 0;
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n') {
                line(buffer, start, i, lines);
                start = i + 1;
            }
        }
        if (all && start < count) {
            line(buffer, start, count, lines);
            return count;
        }
        return pieces(buffer, start, count, lines);
    }

    private static void line(byte[] buffer, int start, int end, Consumer<String> lines) {
        int at = pieces(buffer, start, end, lines);
        int last = end > at && buffer[end - 1] == '\r' ? end - 1 : end;
        lines.accept(text(buffer, at, last));
    }

    /** Gives out pieces of the longest size while more than one is left; where the rest begins. */
    private static int pieces(byte[] buffer, int start, int end, Consumer<String> lines) {
        int at = start;
        while (end - at > LONGEST_LINE) {
            int cut = at + LONGEST_LINE;
            // Not in the middle of a character.
            while (cut > at + LONGEST_LINE - 4 && (buffer[cut] & 0xc0) == 0x80) {
                cut--;
            }
            lines.accept(text(buffer, at, cut));
            at = cut;
        }
        return at;
    }

    private static String text(byte[] buffer, int start, int end) {
        return new String(buffer, start, end - start, StandardCharsets.UTF_8);
    }

    private int fill(FileChannel channel, byte[] buffer) throws IOException {
        ByteBuffer target = ByteBuffer.wrap(buffer);
        while (target.hasRemaining() && channel.read(target, offset + target.position()) > 0) {
            // Until it is full or the file ends.
        }
        return target.position();
    }

    /** Always as many digits, so that writing over them in place is never seen half done. */
    private void keepOffset() throws IOException {
        byte[] digits = "%018d".formatted(offset).getBytes(StandardCharsets.US_ASCII);
        Files.write(offsetFile, digits, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** The file has its writer all the time, and is opened for appending: cut to nothing, it goes on at its beginning. */
    private void truncate() throws IOException {
        if (offset <= truncateAbove) {
            return;
        }
        try (RandomAccessFile whole = new RandomAccessFile(file.toFile(), "rw")) {
            if (whole.length() == offset) {
                whole.setLength(0);
                offset = 0;
                keepOffset();
            }
        }
    }

    /** The last lines of the file, read or not. */
    List<String> last(int lines) throws IOException {
        byte[] end;
        try (RandomAccessFile whole = new RandomAccessFile(file.toFile(), "r")) {
            long size = whole.length();
            end = new byte[(int) Math.min(size, LAST_OUTPUT_BYTES)];
            whole.seek(size - end.length);
            whole.readFully(end);
        } catch (FileNotFoundException e) {
            return List.of();
        }
        List<String> all = new ArrayList<>(Arrays.asList(new String(end, StandardCharsets.UTF_8).split("\r?\n")));
        if (end.length == 0) {
            return List.of();
        }
        return List.copyOf(all.subList(Math.max(0, all.size() - lines), all.size()));
    }
}
