package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The key of two servers with a database that is neither's own is changed, by a command that is killed again and again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class KilledKeyRotationIT {
    /** What every ciphertext under a key begins with: a byte, then the key's number. */
    private static final int PREFIX_BYTES = 5;

    private Pair pair;
    private Tsuru admin;

    @BeforeAll
    void start() throws IOException {
        pair = Pair.start();
        admin = pair.tsuru(pair.one());
        pair.run("""
                create function hold_still() returns trigger language plpgsql
                    as $$ begin perform pg_sleep(100); return new; end $$""");
    }

    @AfterAll
    void stop() throws IOException {
        if (pair != null) {
            pair.close();
        }
    }

    @Test
    void whereverItIsKilledEverythingIsReadAndTheNextOneEndsIt() throws Exception {
        Installation.on(pair.one(), List.of());
        assertThat(admin.post("/1.0/apps", "name", "kept", "pool", Installation.POOL, "teamOwner", Installation.TEAM)
                        .status())
                .isEqualTo(201);
        for (String name : List.of("A", "B", "C")) {
            admin.post("/1.0/apps/kept/env", "Envs.0.Name", name, "Envs.0.Value", "a value", "Private", "true");
        }
        List<JsonNode> secrets = secrets(admin);
        String oldKey = prefix(primary());
        assertThat(under(oldKey)).isPositive();
        pair.one().terminate();
        refused("in use by other servers"); // In the same directory.
        pair.other().terminate();
        CompletableFuture<List<String>> elsewhere = CompletableFuture.supplyAsync(
                () -> pair.column("select pg_sleep(100)::text from set_config('application_name', 'orizuru', false)"),
                Thread::startVirtualThread);
        Eventually.is("what a server on another machine looks like", () -> !held().isEmpty());
        refused("must be stopped");
        endHeld();
        assertThatThrownBy(elsewhere::join).hasMessageContaining("terminating connection");

        killedAt("server_key", "true"); // With the new key in the file, and nothing under it.
        long before = under(oldKey);
        String newKey = prefix(primary());
        assertThat(newKey).isNotEqualTo(oldKey);
        assertThat(under(newKey)).isZero();

        killedAt("app_token", "true"); // Between two tables.
        killedAt("release", "old.number > 1"); // Between two rows.
        assertThat(prefix(primary())).as("what was begun goes on").isEqualTo(newKey);
        assertThat(under(newKey)).isPositive();
        assertThat(under(oldKey)).isPositive().isLessThan(before);

        pair.one().restart();
        assertThat(secrets(admin)).as("what the servers read between").isEqualTo(secrets);
        pair.one().terminate();
        assertThat(pair.one().runCommand("rotate-key")).contains("the old key is retired", "key.json");

        assertThat(under(oldKey)).isZero();
        assertThat(keys()).hasSize(1);
        pair.other().restart();
        assertThat(secrets(pair.tsuru(pair.other()))).isEqualTo(secrets);
    }

    private static List<JsonNode> secrets(Tsuru admin) {
        return List.of(
                admin.get("/1.0/apps/kept/env").json(),
                admin.get("/1.0/apps/kept/env?env=TSURU_APP_TOKEN").json(),
                admin.get("/1.0/users/api-key").json());
    }

    /** Kills the command while it changes a row of a table; the database lets go of its work. */
    private void killedAt(String table, String condition) throws InterruptedException {
        pair.run("create trigger held before update on " + table + " for each row when (" + condition
                + ") execute function hold_still()");
        Process rotation = pair.one().startCommand("rotate-key");
        try {
            Eventually.is("a rotation held in " + table, () -> !held().isEmpty());
        } finally {
            rotation.destroyForcibly();
        }
        assertThat(rotation.waitFor(10, TimeUnit.SECONDS)).isTrue();
        endHeld();
        pair.run("drop trigger held on " + table);
    }

    private void refused(String reason) throws IOException {
        TestServer.Said said = pair.one().run("rotate-key");
        assertThat(said.code()).isNotZero();
        assertThat(said.output()).contains(reason);
        assertThat(keys()).as("the key file is left alone").hasSize(1);
    }

    private void endHeld() {
        pair.column("select pg_terminate_backend(pid)::text from pg_stat_activity where wait_event = 'PgSleep'");
        Eventually.is("the end of its connection", () -> held().isEmpty());
    }

    private List<String> held() {
        return pair.column("select pid::text from pg_stat_activity where wait_event = 'PgSleep'");
    }

    /** How many values of the whole database are under a key. */
    private long under(String prefix) {
        String counts = pair.column("""
                        select format('(select count(*) from %I where encode(substring(%I from 1 for %s), ''hex'') = ''%s'')',
                                      table_name, column_name, '@', '$')
                          from information_schema.columns where table_schema = 'public' and data_type = 'bytea'""").stream()
                .map(count -> count.replace("@", Integer.toString(PREFIX_BYTES)).replace("$", prefix))
                .collect(Collectors.joining(" + "));
        return Long.parseLong(pair.column("select " + counts).getFirst());
    }

    private JsonNode keySet() throws IOException {
        return new ObjectMapper().readTree(Files.readString(pair.keyFile()));
    }

    private List<JsonNode> keys() throws IOException {
        return keySet().path("key").valueStream().toList();
    }

    private long primary() throws IOException {
        return keySet().path("primaryKeyId").asLong();
    }

    private static String prefix(long key) {
        return HexFormat.of()
                .formatHex(ByteBuffer.allocate(PREFIX_BYTES)
                        .put((byte) 1)
                        .putInt((int) key)
                        .array());
    }
}
