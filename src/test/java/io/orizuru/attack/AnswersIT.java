package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.endtoend.Rows;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whatever is on record, written by this version or by one before it, and whoever asks for it how often: the answers have
 * their share of the memory and no more.
 */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class AnswersIT {
    private static final int MIB = 1 << 20;
    private static final String LONG = "00000000aaaaaaaaaaaaaaaa";
    private static final String APPS = "/1.0/apps?extended=true";
    private static final String LOG = "/1.0/apps/mill/log?lines=10000";
    private static final String ENVIRONMENT = "/1.0/apps/mill/env";
    private static final String EVENTS = "/1.1/events";
    private static final String EVENT = "/1.1/events/" + LONG;

    private final TestServer server;
    private final Caller admin;

    AnswersIT(TestServer server) {
        this.server = server;
        admin = Caller.admin(server);
        admin.json("POST", "/1.0/teams", "{\"name\": \"millers\"}");
        admin.json("POST", "/1.0/pools", "{\"name\": \"here\", \"public\": true, \"provisioner\": \"process\"}");
        HttpResponse<String> made =
                admin.json("POST", "/1.0/apps", "{\"name\": \"mill\", \"teamOwner\": \"millers\", \"pool\": \"here\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        for (int i = 0; i < 4; i++) {
            HttpResponse<String> set = admin.form(
                    "POST",
                    ENVIRONMENT,
                    "Envs.0.Name",
                    "V" + i,
                    "Envs.0.Value",
                    "v".repeat(120_000),
                    "NoRestart",
                    "true");
            assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        }
        seed();
    }

    /** As a version before this one may have left it. */
    private void seed() {
        try (Rows rows = Rows.of(server)) {
            event(rows, "'" + LONG + "'", "'[]'", 1);
            rows.change(
                    "insert into event_log (event, number, at, message) select '" + LONG
                            + "', n, now(), 'line ' || n || ' ' || repeat('x', 8000) || E'\\n' from generate_series(1, 50000) n");
            event(rows, "'00000001' || lpad(n::text, 16, '0')", "'[]'", 60);
            rows.change(
                    "insert into event_log (event, number, at, message) select '00000001' || lpad(e::text, 16, '0'), n,"
                            + " now(), repeat('y', 16000) || E'\\n' from generate_series(1, 60) e, generate_series(1, 100) n");
            event(rows, "'00000002' || lpad(n::text, 16, '0')", """
                    jsonb_build_array(jsonb_build_object('name', 'V', 'value', repeat('z', n * 1000000 / 3)))""", 12);
            rows.change("insert into log_line (app, at, source, unit, message)"
                    + " select 'mill', now(), 'web', 'u', n || repeat('l', 60000) from generate_series(1, 5000) n");
            rows.change("""
                    insert into app (name, description, pool, plan, team_owner, owner, unix_user, metadata)
                    select 'mill-' || n, repeat('d', 200), pool, plan, team_owner, owner, 300000 + n,
                           jsonb_build_object('labels', '[]'::jsonb, 'annotations', jsonb_build_array(
                               jsonb_build_object('name', 'a', 'value', repeat('m', 8000))))
                      from app, generate_series(1, 2500) n where name = 'mill'""");
        }
    }

    private static void event(Rows rows, String id, String data, int count) {
        rows.change(
                "insert into event (id, kind, kind_type, target_type, target_value, owner_type, owner_name, allowed,"
                        + " allowed_cancel, start_data, running, ended_at) select " + id
                        + ", 'app.run', 'permission', 'app', 'mill', 'user', 'a@b',"
                        + " '{\"scheme\": \"app.read.events\", \"contexts\": [{\"type\": \"app\", \"value\": \"mill\"}]}',"
                        + " '{\"scheme\": \"app.update.events\", \"contexts\": []}', "
                        + data
                        + ", false, now() from generate_series(1, " + count + ") n");
    }

    @Test
    void whatOneClientAsksForIsWholeAndBounded() throws Exception {
        Site.await("answers", () -> admin.get(EVENT).statusCode() == 200);
        HttpResponse<String> event = admin.get(EVENT);
        assertThat(event.statusCode()).isEqualTo(200);
        assertThat(event.body().length()).isBetween(MIB, 6 * MIB);
        JsonNode lines = Caller.json(event).path("StructuredLog");
        assertThat(lines.get(0).path("Message").asText()).startsWith("line 1 ");
        assertThat(lines.get(lines.size() - 1).path("Message").asText()).startsWith("line 50000 ");
        assertThat(lines.findValuesAsText("Message"))
                .filteredOn(message -> message.contains("not kept"))
                .hasSize(1);
        assertThat(Caller.json(event).path("Log").asText()).contains("line 1 ", "line 50000 ", "not kept");

        HttpResponse<String> events = admin.get(EVENTS);
        assertThat(events.statusCode()).isEqualTo(200);
        assertThat(Caller.json(events)).hasSizeBetween(73, 100);
        assertThat(events.body().length()).isLessThan(6 * MIB);

        HttpResponse<String> log = admin.get(LOG);
        assertThat(log.statusCode()).isEqualTo(200);
        assertThat(log.body().length()).isBetween(MIB, 10 * MIB);
        JsonNode kept = Caller.json(log);
        assertThat(kept.get(kept.size() - 1).path("Message").asText()).startsWith("5000l");

        HttpResponse<String> apps = admin.get(APPS);
        assertThat(apps.statusCode()).isEqualTo(200);
        assertThat(Caller.json(apps)).hasSize(2501);

        HttpResponse<String> environment = admin.get(ENVIRONMENT);
        assertThat(environment.statusCode()).isEqualTo(200);
        assertThat(environment.body()).contains("v".repeat(120_000));
    }

    @Test
    void manyAtOnceAndThoseWhoReadNothingDoNotEndTheServer() throws Exception {
        long pid = server.process().pid();
        List<Socket> deaf = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        List<String> paths = List.of(EVENTS, EVENT, LOG, APPS, ENVIRONMENT, LOG + "&follow=1", "/1.0/deploys/" + LONG);
        try {
            for (int i = 0; i < 48; i++) {
                deaf.add(admin.askAndReadNothing(paths.get(i % paths.size())));
            }
            for (int i = 0; i < 36; i++) {
                asked.add(admin.start(paths.get(i % 5)));
            }
            for (CompletableFuture<HttpResponse<String>> answer : asked) {
                assertThat(answer.join().statusCode()).isIn(200, 429, 503);
            }
        } finally {
            for (Socket socket : deaf) {
                socket.close();
            }
        }
        assertThat(server.isRunning()).isTrue();
        Site.await("answers again", () -> admin.get(EVENT).statusCode() == 200);
        assertThat(server.process().pid()).isEqualTo(pid);
        assertThat(admin.get("/healthcheck").statusCode()).isEqualTo(200);
        assertThat(admin.get(EVENT).statusCode()).isIn(200, 429);
    }

    @Test
    void aVariableThatNoProgramCanBeStartedWithIsRefused() {
        HttpResponse<String> long1 = admin.form(
                "POST", ENVIRONMENT, "Envs.0.Name", "LARGE", "Envs.0.Value", "v".repeat(131_066), "NoRestart", "true");
        assertThat(long1.statusCode()).isEqualTo(400);
        assertThat(long1.body()).contains("LARGE", "131065");
        HttpResponse<String> all = admin.form(
                "POST", ENVIRONMENT, "Envs.0.Name", "V4", "Envs.0.Value", "v".repeat(120_000), "NoRestart", "true");
        assertThat(all.statusCode()).isEqualTo(400);
        assertThat(all.body()).contains("524288");
    }
}
