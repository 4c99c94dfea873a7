package io.orizuru.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** All threads with their stacks, the virtual ones too; only the JVM itself can list those, and only to a file. */
final class ThreadDump {
    private ThreadDump() {}

    static String now() {
        try {
            Path directory = Files.createTempDirectory("orizuru-threads");
            Path file = directory.resolve("dump.txt");
            try {
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
                return Files.readString(file);
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the threads cannot be dumped", e);
        }
    }
}
