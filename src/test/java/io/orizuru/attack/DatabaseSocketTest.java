package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.db.Database;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.secret.Secret;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody in the database's place, and somebody who looks for the database. */
@Timeout(120)
class DatabaseSocketTest {
    private static final String PASSWORD = "the-password-of-the-database";

    @TempDir
    static Path data;

    private static EmbeddedPostgres postgres;

    /** How somebody who is not the database asks who comes. */
    enum Asking {
        CLEARTEXT(3, 0),
        MD5(5, 4),
        NOT_AT_ALL(0, 0);

        final int code;
        /** How many bytes it adds to be mixed with the password. */
        final int salt;

        Asking(int code, int salt) {
            this.code = code;
            this.salt = salt;
        }
    }

    @BeforeAll
    static void start() throws IOException {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        postgres = EmbeddedPostgres.start(data);
        postgres.awaitReady();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void theDatabaseListensNowhereOnTheNetwork() throws IOException {
        Set<String> own = new HashSet<>();
        for (ProcessHandle process : processes()) {
            own.addAll(socketsOf(process));
        }
        assertThat(own).isNotEmpty();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            // The tenth word of a line is the number of the socket.
            assertThat(Files.readAllLines(Path.of("/proc/self/net", table)).stream()
                            .map(line -> line.strip().split("\\s+"))
                            .filter(words -> words.length > 9 && own.contains("socket:[" + words[9] + "]")))
                    .as("sockets of the database in " + table)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoAsksForThePasswordWithoutProvingToKnowItGetsNeitherItNorAStatement(Asking asking) throws Exception {
        try (ServerSocket impostor = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> hear(impostor, asking));
            Database database = Database.at(
                    DatabaseAccess.of(new Secret("postgresql://orizuru:" + PASSWORD + "@127.0.0.1:"
                            + impostor.getLocalPort() + "/orizuru?sslmode=disable&socketTimeout=5")),
                    "test");
            assertThatThrownBy(() -> database.sql("select 'a secret'")
                            .query(String.class)
                            .single())
                    .isNotNull();
            assertThat(heard.get(20, TimeUnit.SECONDS)).doesNotContain(PASSWORD, "a secret", "md5");
        }
    }

    @Test
    void aDatabaseThatIsFrozenKeepsNobodyLongerThanTheirLimit() throws Exception {
        DatabaseAccess access = postgres.access();
        Database database = Database.at(
                new DatabaseAccess(access.jdbcUrl() + "&socketTimeout=2", access.user(), access.password()), "test");
        assertThat(database.sql("select 1").query(Integer.class).single()).isEqualTo(1);
        List<ProcessHandle> frozen = processes();
        try {
            signal("STOP", frozen);
            long began = System.nanoTime();
            assertThatThrownBy(
                            () -> database.sql("select 1").query(Integer.class).single())
                    .isNotNull();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
        } finally {
            signal("CONT", frozen);
        }
    }

    private static String hear(ServerSocket impostor, Asking asking) {
        StringBuilder heard = new StringBuilder();
        try (Socket visitor = impostor.accept()) {
            visitor.setSoTimeout(3_000);
            DataInputStream in = new DataInputStream(visitor.getInputStream());
            in.readNBytes(in.readInt() - 4);
            DataOutputStream out = new DataOutputStream(visitor.getOutputStream());
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            DataOutputStream question = new DataOutputStream(message);
            question.writeByte('R');
            question.writeInt(8 + asking.salt);
            question.writeInt(asking.code);
            question.write(new byte[asking.salt]);
            if (asking == Asking.NOT_AT_ALL) {
                question.write(new byte[] {'Z', 0, 0, 0, 5, 'I'});
            }
            out.write(message.toByteArray());
            for (int next = in.read(); next >= 0; next = in.read()) {
                heard.append(new String(new byte[] {(byte) next}, ISO_8859_1));
            }
        } catch (IOException e) {
            // It hung up, or said nothing more.
        }
        return heard.toString();
    }

    private static List<ProcessHandle> processes() throws IOException {
        String pid = Files.readAllLines(data.resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    }

    private static Set<String> socketsOf(ProcessHandle process) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            for (Path descriptor : open.toList()) {
                try {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                } catch (IOException e) {
                    // Closed meanwhile.
                }
            }
        }
        sockets.removeIf(name -> !name.startsWith("socket:"));
        return sockets;
    }

    private static void signal(String name, List<ProcessHandle> processes) throws Exception {
        for (ProcessHandle process : processes) {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }
}
