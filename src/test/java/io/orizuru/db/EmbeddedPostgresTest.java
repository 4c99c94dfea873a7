package io.orizuru.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.secret.Secret;
import io.orizuru.secret.Vault;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Real servers, one after the other, on one data directory: every test must leave it as good as it found it. */
class EmbeddedPostgresTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    static Path data;

    @BeforeAll
    static void letTheDatabaseThrough() throws IOException {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void committedDataSurvivesARestart() throws SQLException {
        try (EmbeddedPostgres postgres = ready()) {
            write(postgres, "restart");
        }
        try (EmbeddedPostgres postgres = ready()) {
            assertThat(wrote(postgres, "restart")).isTrue();
        }
    }

    @Test
    void theServerIsWhatWasAskedFor() throws SQLException, IOException {
        try (EmbeddedPostgres postgres = ready()) {
            assertThat(ask(postgres, "SHOW server_version")).isEqualTo(PostgresBinaries.VERSION);
            assertThat(ask(postgres, "SHOW data_checksums")).isEqualTo("on");
            assertThat(ask(postgres, "SHOW fsync")).isEqualTo("on");
            assertThat(ask(postgres, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(ask(postgres, "SHOW listen_addresses")).isEmpty();
            assertThat(ask(postgres, "SHOW password_encryption")).isEqualTo("scram-sha-256");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("postgres/socket"))))
                    .isEqualTo("rwx------");
            assertThat(ask(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("postgres/password"))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aWrongPasswordIsRefused() {
        try (EmbeddedPostgres postgres = ready()) {
            PGSimpleDataSource source = source(postgres);
            source.setPassword("wrong");
            assertThatThrownBy(source::getConnection).hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void aKilledServerComesBackWithAllThatWasCommitted() throws Exception {
        try (EmbeddedPostgres postgres = ready()) {
            write(postgres, "killed server");
            long pid = postmaster();
            assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();

            await("the server to come back", () -> postmaster() != pid && answers(postgres));
            assertThat(wrote(postgres, "killed server")).isTrue();
        }
    }

    @Test
    void aSecondServerOnTheSameDirectoryIsRefused() {
        try (EmbeddedPostgres postgres = ready()) {
            assertThatThrownBy(() -> EmbeddedPostgres.start(data))
                    .isInstanceOf(DatabaseStartException.class)
                    .hasMessage("the data directory " + data + " is in use by another server, process "
                            + ProcessHandle.current().pid() + "; stop that one or choose another --data");
            assertThat(answers(postgres)).isTrue();
        }
    }

    @Test
    void aServerOfAnotherProcessIsRespectedAndItsRemainsAreEnded() throws Exception {
        Process owner = leaveBehind();
        assertThatThrownBy(() -> EmbeddedPostgres.start(data))
                .hasMessage("the data directory " + data + " is in use by another server, process " + owner.pid()
                        + "; stop that one or choose another --data");
        ProcessHandle left = ProcessHandle.of(postmaster()).orElseThrow();

        owner.destroyForcibly();
        assertThat(owner.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        try (EmbeddedPostgres postgres = ready()) {
            // Its new parent may be slow to bury it.
            await("the old server to go", () -> !left.isAlive());
            write(postgres, "after recovery");
            assertThat(wrote(postgres, "after recovery")).isTrue();
        }
    }

    @Test
    void aRecordedPidThatIsSomebodyElsesIsForgotten() throws Exception {
        ready().close();
        // As after a crash of the machine: the file is there, and its pid is now another program's.
        Files.writeString(
                data.resolve("postgres/cluster-18/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + data.resolve("postgres/cluster-18") + "\n1\n5432\n\n\n");
        try (EmbeddedPostgres postgres = ready()) {
            assertThat(answers(postgres)).isTrue();
        }
    }

    @Test
    void anInterruptedFirstStartIsDoneAnew(@TempDir Path other) throws Exception {
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwx--x--x"));
        ready().close();
        copyPrograms(other);
        Path half = Files.createDirectories(other.resolve("postgres/cluster-18.new/base"));
        Files.writeString(half.resolve("half"), "written");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(other)) {
            postgres.awaitReady();
            assertThat(answers(postgres)).isTrue();
            assertThat(half).doesNotExist();
        }
    }

    /** Such as root's home: the database's user cannot walk through and gets its data at another place, if that can be. */
    @Test
    void belowAClosedDirectoryItRunsOrNamesTheDirectory(@TempDir Path closed) throws Exception {
        assumeTrue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "only root runs it as another");
        ready().close();
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        copyPrograms(closed);
        for (int start = 0; start < 2; start++) {
            try (EmbeddedPostgres postgres = EmbeddedPostgres.start(closed)) {
                if (!mayMount()) {
                    assertThatThrownBy(postgres::awaitReady)
                            .isInstanceOf(DatabaseStartException.class)
                            .hasMessageContaining("who cannot enter " + closed + ";");
                    continue;
                }
                postgres.awaitReady();
                write(postgres, "closed " + start);
                assertThat(wrote(postgres, "closed 0")).isTrue();
            }
        }
    }

    /** The kernel takes no path of a socket that is longer than 107 bytes. */
    @Test
    void inADeepDirectoryItListensAtAShortPlace(@TempDir Path parent) throws Exception {
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx--x--x"));
        Path deep = Files.createDirectory(parent.resolve("d".repeat(120)));
        Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("rwx--x--x"));
        ready().close();
        copyPrograms(deep);
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(deep)) {
            postgres.awaitReady();
            assertThat(answers(postgres)).isTrue();
            assertThat(EmbeddedPostgres.accessOfRunning(deep)).isEqualTo(postgres.access());
            assertThat(deep.resolve("postgres/socket")).doesNotExist();
        }
    }

    @Test
    void onlyTheKeyThatADatabaseBeganWithIsAccepted(@TempDir Path keys) throws IOException {
        try (EmbeddedPostgres postgres = ready()) {
            PGSimpleDataSource source = source(postgres);
            Flyway.configure().dataSource(source).target("1").load().migrate();
            ServerKey key = new ServerKey(new Database(source));
            Path first = keys.resolve("first.json");

            key.check(Vault.open(first));
            key.check(Vault.open(first));
            Vault other = Vault.open(keys.resolve("other.json"));
            assertThatThrownBy(() -> key.check(other))
                    .isInstanceOf(DatabaseStartException.class)
                    .hasMessage("the key file holds another key than the one that this database's secrets are"
                            + " encrypted with; name the right one with --key-file");
        }
    }

    private static boolean mayMount() throws IOException, InterruptedException {
        return Commands.succeeds(List.of("unshare", "--mount", "true"), LIMIT);
    }

    /** Unpacking takes seconds and has its turn already. */
    private static void copyPrograms(Path other) throws IOException, InterruptedException {
        Path home = Files.createDirectory(other.resolve("postgres"));
        Path programs = data.resolve("postgres").resolve(PostgresBinaries.VERSION);
        Commands.run(List.of("cp", "-a", programs.toString(), home.toString()), LIMIT);
    }

    private static EmbeddedPostgres ready() {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(data);
        postgres.awaitReady();
        return postgres;
    }

    private static Process leaveBehind() throws IOException {
        Process owner = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LeftBehind.class.getName(),
                        data.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8));
        assertThat(output.readLine()).isEqualTo("ready");
        return owner;
    }

    private static long postmaster() throws IOException {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postgres/cluster-18/postmaster.pid"));
            return lines.isEmpty() ? 0 : Long.parseLong(lines.getFirst());
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static void write(EmbeddedPostgres postgres, String word) throws SQLException {
        ask(
                postgres,
                "CREATE SCHEMA IF NOT EXISTS test; CREATE TABLE IF NOT EXISTS test.word (word text);"
                        + " INSERT INTO test.word VALUES ('" + word
                        + "'); SELECT 'written'");
    }

    private static boolean wrote(EmbeddedPostgres postgres, String word) throws SQLException {
        return ask(postgres, "SELECT count(*) FROM test.word WHERE word = '" + word + "'")
                .equals("1");
    }

    private static boolean answers(EmbeddedPostgres postgres) {
        try {
            return ask(postgres, "SELECT 1").equals("1");
        } catch (SQLException e) {
            return false;
        }
    }

    private static String ask(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (var connection = source(postgres).getConnection();
                var statement = connection.createStatement()) {
            boolean rows = statement.execute(sql);
            while (!rows) {
                rows = statement.getMoreResults();
            }
            try (var result = statement.getResultSet()) {
                result.next();
                return result.getString(1);
            }
        }
    }

    private static PGSimpleDataSource source(EmbeddedPostgres postgres) {
        DatabaseAccess access = postgres.access();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.jdbcUrl());
        source.setUser(access.user());
        Secret password = access.password();
        source.setPassword(password == null ? null : password.value());
        return source;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited too long for " + what).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
