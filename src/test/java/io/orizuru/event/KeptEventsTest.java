package io.orizuru.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Grant;
import io.orizuru.db.TestDatabase;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What events keep is bounded, whoever wrote it, and it is read by those who had rights on the very things it was about. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class KeptEventsTest {
    private static final int MIB = 1 << 20;

    private TestDatabase postgres;
    private EventStore store;
    private EventLogStore logs;

    @BeforeAll
    void open() throws IOException {
        postgres = new TestDatabase();
        store = new EventStore(postgres.database(), postgres.json());
        logs = new EventLogStore(postgres.database());
    }

    @AfterAll
    void close() throws IOException {
        postgres.close();
    }

    private void insert(String id, JsonNode startData, Context context) {
        store.insert(new Event(
                id,
                "app.run",
                "permission",
                new Target(context.type().wireName(), context.value()),
                List.of(),
                "user",
                "me@example.com",
                "",
                "",
                new Event.Allowed(
                        context.type().wireName() + ".read.events",
                        List.of(new Event.Place(context.type().wireName(), context.value()))),
                Event.Allowed.NOBODY,
                startData,
                null,
                null,
                false,
                null,
                null,
                "",
                "",
                "here",
                true,
                "",
                Instant.EPOCH,
                null));
    }

    private void insert(String id) {
        insert(id, JsonNodeFactory.instance.arrayNode(), Context.team("nobody"));
    }

    private void seed(String id, int lines, int length) {
        postgres.database()
                .sql("insert into event_log (event, number, at, message) select :id, n, now(),"
                        + " 'line ' || n || ' ' || repeat('x', :length) || E'\\n' from generate_series(1, :lines) n")
                .param("id", id)
                .param("length", length)
                .param("lines", lines)
                .update();
    }

    @Test
    void aLogThatIsTooLargeIsReadInPagesWithoutItsMiddle() throws IOException {
        String id = "0000000a0000000000000001";
        insert(id);
        seed(id, 50_000, 8_000);
        List<Event.Line> kept = new ArrayList<>();
        new KeptLog(logs, id).forEach(kept::add);
        assertThat(kept.getFirst().message()).startsWith("line 1 ");
        assertThat(kept.getLast().message()).startsWith("line 50000 ");
        assertThat(kept).filteredOn(line -> line.message().contains("not kept")).hasSize(1);
        assertThat(kept.stream().mapToLong(line -> line.message().length()).sum())
                .isBetween((long) MIB, 2L * MIB);
        int page = logs.page(id, 0, logs.window(id)).stream()
                .mapToInt(line -> line.message().length())
                .sum();
        assertThat(page).isLessThan(150 << 10);
        assertThat(logs.standing(id, 0).log().stream()
                        .mapToInt(line -> line.message().length())
                        .sum())
                .isLessThan(150 << 10);
        StringWriter text = new StringWriter();
        try (Reader reader = new KeptLog(logs, id).text()) {
            reader.transferTo(text);
        }
        assertThat(text.toString()).contains(": line 1 ", ": line 50000 ");
        assertThat(logs.tails(List.of(id)).values()).allSatisfy(lines -> assertThat(
                        lines.stream().mapToInt(line -> line.message().length()).sum())
                .isBetween(1, 17 << 10));
        logs.trim(id);
        List<Event.Line> left = new ArrayList<>();
        new KeptLog(logs, id).forEach(left::add);
        assertThat(left).isEqualTo(kept);
        assertThat(postgres.database()
                        .sql("select count(*) from event_log where event = :id")
                        .param("id", id)
                        .query(Long.class)
                        .single())
                .isEqualTo(kept.size() - 1);
    }

    @Test
    void whatIsPrintedWithoutEndLeavesItsBeginningAndItsEnd() throws InterruptedException {
        String id = "0000000a0000000000000002";
        insert(id);
        try (Progress progress = new Progress(id, 0, logs, new Signals(), Clock.systemUTC())) {
            for (int i = 1; i <= 40_000; i++) {
                progress.append("line " + i + " " + "y".repeat(200) + "\n");
            }
            progress.append("z".repeat(100_000));
            progress.flush();
        }
        long bytes = postgres.database()
                .sql("select sum(octet_length(message)) from event_log where event = :id")
                .param("id", id)
                .query(Long.class)
                .single();
        assertThat(bytes).isLessThan(3L * MIB);
        List<Event.Line> kept = new ArrayList<>();
        new KeptLog(logs, id).forEach(kept::add);
        assertThat(kept.getFirst().message()).startsWith("line 1 ");
        assertThat(kept.getLast().message()).startsWith("zzz").hasSizeLessThan(17_000);
        assertThat(kept).anySatisfy(line -> assertThat(line.message()).contains("not kept"));
    }

    @Test
    void dataOfBeforeIsCutAndDataOfNowIsBounded() {
        String id = "0000000a0000000000000003";
        insert(id);
        postgres.database()
                .sql(
                        "update event set start_data = jsonb_build_array(jsonb_build_object('name', 'V', 'value',"
                                + " repeat('v', 5000000))), end_data = jsonb_build_object('a', repeat('w', 3000000)) where id = :id")
                .param("id", id)
                .update();
        Event event = store.find(id).orElseThrow();
        assertThat(event.startData().toString()).hasSizeLessThan(2_000).contains("cut", "5000");
        assertThat(String.valueOf(event.endData())).hasSizeLessThan(200).contains("3000");

        Data data = Data.of("short", "kept");
        for (int i = 0; i < 1_000; i++) {
            data.with("V" + i, "v".repeat(5_000_00));
        }
        assertThat(data.pairs().toString())
                .hasSizeLessThan(Data.MOST_BYTES + 1_000)
                .contains("kept", "more, of");
    }

    @Test
    void anEventIsOfTheThingsThatItWasAboutAndOfNoOthersOfTheirNames() {
        Caller birds = new Caller(
                Caller.Type.USER, "me@example.com", List.of(new Grant("team.read.events", Context.team("birds"))));
        String before = "0000000b0000000000000001";
        String making = "0000000b0000000000000002";
        insert(making, JsonNodeFactory.instance.arrayNode(), Context.team("birds"));
        assertThat(store.allows(making, Rights.reading(birds)))
                .as("there is no such team")
                .isFalse();
        team("birds");
        store.identify(making);
        insert(before, JsonNodeFactory.instance.arrayNode(), Context.team("birds"));
        assertThat(store.allows(making, Rights.reading(birds))).isTrue();
        assertThat(store.allows(before, Rights.reading(birds))).isTrue();
        assertThat(store.allows(before, Rights.cancelling(birds))).isFalse();
        assertThat(store.list(new EventQuery(null, null, null, null, null, null, null, null, false, 0, 0, null)
                        .filter(birds)))
                .extracting(EventStore.Listed::id)
                .containsExactlyInAnyOrder(making, before);

        postgres.database().sql("delete from team where name = 'birds'").update();
        team("birds");
        assertThat(store.allows(before, Rights.reading(birds))).isFalse();
        assertThat(store.list(new EventQuery(null, null, null, null, null, null, null, null, false, 0, 0, null)
                        .filter(birds)))
                .isEmpty();
        Caller all = new Caller(Caller.Type.USER, "root@example.com", List.of(new Grant("*", Context.GLOBAL)));
        assertThat(store.allows(before, Rights.reading(all))).isTrue();
    }

    private void team(String name) {
        postgres.database()
                .sql("insert into team (name, created_by) values (:name, 'me')")
                .param("name", name)
                .update();
    }
}
