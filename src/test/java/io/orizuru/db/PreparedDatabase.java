package io.orizuru.db;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.orizuru.secret.Secret;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * PostgreSQL's programs and a cluster with the program's schema, made once for a build and copied to where a test wants a
 * database of its own: to unpack and to make them takes longer than most tests. That a server makes its own is for {@link
 * EmbeddedPostgresTest} to show, and for the training run of the packaged program.
 */
public final class PreparedDatabase {
    private static final Path PROJECT =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();
    private static final Path CLASSES = PROJECT.resolve("target/classes");
    private static final Path PLACE = PROJECT.resolve("target/prepared-database");
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static @Nullable Path prepared;

    private PreparedDatabase() {}

    /** Puts it into an existing data directory that has no database yet; the next start finds it there. */
    public static void into(Path data) throws IOException {
        Path source = prepared();
        Path home = Files.createDirectory(data.resolve("postgres"));
        Files.setPosixFilePermissions(home, Files.getPosixFilePermissions(source));
        for (Path part : parts(source)) {
            String name = requireNonNull(part.getFileName()).toString();
            // Nobody writes to programs, so that one copy does; another file system needs its own.
            boolean linked =
                    name.equals(PostgresBinaries.VERSION) && run("cp", "-al", part.toString(), home.toString());
            if (!linked && !run("cp", "-a", part.toString(), home.toString())) {
                throw new IOException(part + " was not copied to " + home);
            }
        }
    }

    /** Without what each has of its own: a port that is free, and what it tells. */
    private static List<Path> parts(Path source) throws IOException {
        try (Stream<Path> parts = Files.list(source)) {
            return parts.filter(part -> !part.endsWith("port") && !part.endsWith("server.log"))
                    .toList();
        }
    }

    private static synchronized Path prepared() throws IOException {
        Path found = prepared;
        if (found == null) {
            Files.createDirectories(PLACE);
            // Of several test processes one makes it.
            try (FileChannel channel =
                    FileChannel.open(PLACE.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock();
                found = PLACE.resolve(stamp());
                if (!Files.exists(found)) {
                    make(found);
                }
            }
            prepared = found;
        }
        return found.resolve("postgres");
    }

    private static void make(Path target) throws IOException {
        Path draft = target.resolveSibling(target.getFileName() + ".new");
        if (!run("rm", "-rf", draft.toString())) {
            throw new IOException(draft + " was not removed");
        }
        Files.createDirectory(draft);
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwx--x--x"));
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(draft)) {
            postgres.awaitReady();
            Flyway.configure().dataSource(source(postgres.access())).load().migrate();
        }
        Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether the command ended well. */
    private static boolean run(String... command) throws IOException {
        try {
            return Commands.succeeds(List.of(command), LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a database was copied", e);
        }
    }

    static PGSimpleDataSource source(DatabaseAccess access) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.jdbcUrl());
        source.setUser(access.user());
        Secret password = access.password();
        source.setPassword(password == null ? null : password.value());
        return source;
    }

    /** Another one after a change of the schema, or of how a database is made. */
    private static String stamp() throws IOException {
        try (Stream<Path> migrations = Files.list(CLASSES.resolve("db/migration"));
                Stream<Path> code = Files.list(CLASSES.resolve("io/orizuru/db"))) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : Stream.concat(migrations, code).sorted().toList()) {
                digest.update(requireNonNull(file.getFileName()).toString().getBytes(UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
