package io.orizuru.db;

import io.orizuru.files.Trees;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** PostgreSQL's programs, which travel in this program's libraries and are unpacked once per version. */
final class PostgresBinaries {
    /** Must be the version of the dependency: a test compares it with what the programs say. */
    static final String VERSION = "18.6";

    private static final Set<PosixFilePermission> FOR_ALL = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> DATA_FOR_ALL = PosixFilePermissions.fromString("rw-r--r--");
    private static final Duration SYNC_LIMIT = Duration.ofMinutes(2);

    private PostgresBinaries() {}

    /** Where the programs are, in {@code directory/VERSION}; complete or not there, whenever this is interrupted. */
    static Path unpackInto(Path directory) throws IOException, InterruptedException {
        Path home = directory.resolve(VERSION);
        if (Files.exists(home)) {
            return home;
        }
        Path draft = directory.resolve(VERSION + ".new");
        Trees.delete(draft);
        Files.createDirectory(draft);
        Files.setPosixFilePermissions(draft, FOR_ALL);
        unpack(draft);
        // Else a crash of the machine could leave the name and lose the content.
        Commands.run(List.of("sync", "-f", draft.toString()), SYNC_LIMIT);
        Files.move(draft, home, StandardCopyOption.ATOMIC_MOVE);
        return home;
    }

    private static void unpack(Path target) throws IOException {
        String resource = "/postgres-linux-" + architecture() + ".txz";
        InputStream compressed = PostgresBinaries.class.getResourceAsStream(resource);
        if (compressed == null) {
            throw new DatabaseStartException("this build has no embedded PostgreSQL for "
                    + System.getProperty("os.arch") + "; name a server with --database-url");
        }
        try (TarArchiveInputStream archive =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(compressed)))) {
            for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("the archive " + resource + " holds the path " + entry.getName());
                }
                // Not every directory has an entry of its own.
                Path directory = entry.isDirectory() ? path : path.resolveSibling("");
                Files.createDirectories(directory);
                Files.setPosixFilePermissions(directory, FOR_ALL);
                if (entry.isDirectory()) {
                    continue;
                }
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(archive, path);
                    Files.setPosixFilePermissions(path, (entry.getMode() & 0100) != 0 ? FOR_ALL : DATA_FOR_ALL);
                }
            }
        }
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> "x86_64";
            case "aarch64" -> "arm_64";
            default -> System.getProperty("os.arch");
        };
    }
}
