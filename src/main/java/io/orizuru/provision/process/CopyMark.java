package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Tells a directory from its copy, in which everything stands as in the original, the numbers of its processes included: the
 * mark holds the number that the file system gave to the directory (its inode), and a copy gets another one. A directory that is
 * only renamed keeps it.
 */
final class CopyMark {
    private static final int LONGEST = 20;

    private CopyMark() {}

    static void write(Path mark) throws IOException {
        // Not durable: after a crash of the machine none of the processes lives that it is about.
        Files.writeString(mark, inode(mark.resolveSibling("")));
    }

    /** Whether the directory of this mark is a copy; one without a mark is none. */
    static boolean isInCopy(Path mark) {
        String written = DurableFiles.readText(mark).strip();
        try {
            return !written.isEmpty() && !written.equals(inode(mark.resolveSibling("")));
        } catch (IOException e) {
            return false;
        }
    }

    /** Does something once for each copy, whoever else looks at the same time; then the mark is that of the copy. */
    static synchronized void onceInCopy(Path mark, Work work) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        mark, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            String own = inode(mark.resolveSibling(""));
            ByteBuffer written = ByteBuffer.allocate(LONGEST);
            channel.read(written, 0);
            String found = new String(written.array(), 0, written.position(), StandardCharsets.US_ASCII).strip();
            if (held.isValid() && !found.isEmpty() && !found.equals(own)) {
                work.run();
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(own.getBytes(StandardCharsets.US_ASCII)), 0);
            channel.force(true);
        }
    }

    interface Work {
        void run() throws IOException;
    }

    private static String inode(Path directory) throws IOException {
        return String.valueOf(Files.getAttribute(directory, "unix:ino"));
    }
}
