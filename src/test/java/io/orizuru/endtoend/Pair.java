package io.orizuru.endtoend;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.db.PreparedDatabase;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Two servers on a database that is neither's own: of one machine, which share a data directory, or as of two machines, with
 * a data directory for each.
 */
final class Pair implements AutoCloseable {
    private static final long SIGNAL_SECONDS = 10;
    private static final String DATA = "data";

    private final Path directory;
    private final Path postgres;
    private final TestServer one;
    private final TestServer other;
    private EmbeddedPostgres database;

    private Pair(boolean stopUnits, boolean oneMachine) throws IOException {
        this.directory = Files.createTempDirectory("orizuru-pair-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        postgres = Files.createDirectory(directory.resolve("database"));
        Files.setPosixFilePermissions(postgres, PosixFilePermissions.fromString("rwx--x--x"));
        PreparedDatabase.into(postgres);
        database = started(postgres);
        DatabaseAccess access = database.access();
        String password = Objects.requireNonNull(access.password()).value();
        String url = access.jdbcUrl().replace("jdbc:postgresql://", "postgresql://orizuru:" + password + "@");
        Consumer<ObjectNode> shared =
                settings -> settings.put("data", directory.resolve(DATA).toString())
                        .put("key-file", directory.resolve("key.json").toString())
                        .put("database-url", url)
                        .put("stop-units", stopUnits);
        one = TestServer.start(shared);
        other = TestServer.start(
                oneMachine
                        ? shared
                        : shared.andThen(settings -> settings.put(
                                "data", directory.resolve("elsewhere").toString())));
    }

    static Pair start() throws IOException {
        return new Pair(true, true);
    }

    /** Two servers whose units run on when one of them ends in order. */
    static Pair ofLastingUnits() throws IOException {
        return new Pair(false, true);
    }

    static Pair ofTwoMachines() throws IOException {
        return new Pair(true, false);
    }

    private static EmbeddedPostgres started(Path data) {
        EmbeddedPostgres started = EmbeddedPostgres.start(data);
        started.awaitReady();
        return started;
    }

    TestServer one() {
        return one;
    }

    TestServer other() {
        return other;
    }

    /** The administrator, whose session both servers know. */
    Tsuru tsuru(TestServer server) {
        return new Tsuru(server.api(), one.adminToken());
    }

    Visitor visitorAt(TestServer server, String app) {
        return new Visitor(server.router(), app + ".apps.example.com");
    }

    void stopDatabase() {
        database.close();
    }

    /** On the port that it had. */
    void startDatabase() {
        database = started(postgres);
    }

    /** As by a power cut; it comes back by itself. */
    void killDatabase() throws IOException {
        String pid = Files.readAllLines(postgres.resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** The file of the key that both have. */
    Path keyFile() {
        return directory.resolve("key.json");
    }

    /** Changes rows or tables. */
    void run(String statement) {
        try (Rows rows = Rows.in(postgres)) {
            rows.run(statement);
        }
    }

    /** The first column of what a query finds. */
    List<String> column(String query, String... parameters) {
        try (Rows rows = Rows.in(postgres)) {
            return rows.column(query, parameters);
        }
    }

    /** The ids of the units that an app has in the data directory. */
    List<String> unitsOnDisk(String app) {
        return unitsOnDisk(one, app);
    }

    /** The same, in that of one of the servers. */
    List<String> unitsOnDisk(TestServer server, String app) {
        Path units =
                server.settingsRead().data().resolve("units/apps").resolve(app).resolve("units");
        try (Stream<Path> found = Files.list(units)) {
            return found.map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException none) {
            return List.of();
        }
    }

    /** Sends a signal that Java has no word for: {@code STOP}, {@code CONT}. */
    static void signal(ProcessHandle process, String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
            if (!kill.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("the signal " + name + " was not sent to " + process.pid());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        other.close();
        one.close();
        database.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
