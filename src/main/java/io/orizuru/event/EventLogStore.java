package io.orizuru.event;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The logs of events in SQL, bounded where they are written and again where they are read: of each event the beginning and the
 * end are kept, and a gap in the numbers of its lines tells how many of the middle are not.
 */
@ApplicationScoped
class EventLogStore {
    /** What is kept of the beginning of a log, and of its end, in bytes. */
    static final int MOST_HEAD = 512 << 10;

    static final int MOST_TAIL = 1536 << 10;

    /** The longest message that is kept or shown, in characters. */
    static final int LONGEST = 16 << 10;

    /** Beside its message, about what a line takes. */
    static final int LINE_OVERHEAD = 32;

    /** What one statement reads of a log, in bytes: one line more at most. */
    private static final int PAGE = 128 << 10;

    private static final int PAGE_LINES = 500;

    /** What a list shows of the end of each log. */
    private static final int LISTED_LINES = 100;

    private static final int LISTED_BYTES = 16 << 10;
    private static final int LISTED_LONGEST = 2 << 10;

    private final Database database;

    EventLogStore(Database database) {
        this.database = database;
    }

    /** Adds messages to an event's log, in a transaction that a crash of the machine may lose: they tell, they do not decide. */
    void appendLazily(String id, List<Event.Line> lines) {
        database.transact(() -> {
            database.sql("set local synchronous_commit = off").update();
            append(id, lines);
        });
    }

    /** Adds a message to the log of an event that has not begun here; none if another server runs it. */
    void appendWaiting(Event event, String message) {
        database.sql("""
                        insert into event_log (event, number, at, message)
                        select e.id, (select coalesce(max(number), 0) + 1 from event_log where event = e.id),
                               clock_timestamp(), :message
                          from event e
                         where e.id = :id and e.running
                           and not exists (select from lease
                                            where resource = :resource and expires_at > now())
                        on conflict do nothing""")
                .param("id", event.id())
                .param("message", storable(message))
                .param("resource", event.target().type() + "/" + event.target().value())
                .update();
    }

    /** Adds messages to an event's log as part of the thread's transaction. */
    void append(String id, List<Event.Line> lines) {
        if (lines.isEmpty()) {
            return;
        }
        database.sql("""
                        insert into event_log (event, number, at, message)
                        select :id, n, a, m
                          from unnest(:numbers::int[], :times::timestamptz[], :messages::text[]) as t(n, a, m)
                        on conflict do nothing""")
                .param("id", id)
                .param("numbers", lines.stream().map(Event.Line::number).toArray(Integer[]::new))
                .param("times", lines.stream().map(line -> line.at().toString()).toArray(String[]::new))
                .param(
                        "messages",
                        lines.stream().map(line -> storable(line.message())).toArray(String[]::new))
                .update();
    }

    /** Cut when it is too long; without NUL characters, which the database refuses. */
    static String storable(String message) {
        String text = message.indexOf('\0') < 0 ? message : message.replace("\0", "");
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "… (cut)\n";
    }

    /** Deletes the middle of a log that has become too large. */
    void trim(String id) {
        Window kept = window(id);
        database.sql("delete from event_log where event = :id and number > :headEnd and number < :tailBegin")
                .param("id", id)
                .param("headEnd", kept.headEnd())
                .param("tailBegin", kept.tailBegin())
                .update();
    }

    /** The lines of a log that are kept: those up to a number, and those from another one on. */
    record Window(int headEnd, int tailBegin) {}

    Window window(String id) {
        return database.sql("""
                        select coalesce(max(number) filter (where above <= :head), 0) as head_end,
                               coalesce(min(number) filter (where below <= :tail), 2147483647) as tail_begin
                          from (select number,
                                       sum(:overhead + least(octet_length(message), :longest)) over (order by number) as above,
                                       sum(:overhead + least(octet_length(message), :longest)) over (order by number desc) as below
                                  from event_log where event = :id) as counted""")
                .param("id", id)
                .param("head", MOST_HEAD)
                .param("tail", MOST_TAIL)
                .param("overhead", LINE_OVERHEAD)
                .param("longest", LONGEST)
                .query((row, number) -> new Window(row.getInt("head_end"), row.getInt("tail_begin")))
                .single();
    }

    /** The lines after a number that are in a window; as many as one page has, and none only at the end. */
    List<Event.Line> page(String id, int after, Window window) {
        return database.sql("""
                        select number, at, left(message, :longest) as message
                          from (select number, at, message,
                                       sum(octet_length(message)) over (order by number) - octet_length(message) as before
                                  from (select number, at, message from event_log
                                         where event = :id and number > :after
                                           and (number <= :headEnd or number >= :tailBegin)
                                         order by number limit :lines) as next) as counted
                         where before < :bytes
                         order by number""")
                .param("id", id)
                .param("after", after)
                .param("headEnd", window.headEnd())
                .param("tailBegin", window.tailBegin())
                .param("longest", LONGEST)
                .param("lines", PAGE_LINES)
                .param("bytes", PAGE)
                .query((row, number) -> line(row))
                .list();
    }

    /**
     * How an event stands, with a page of its log after a line.
     *
     * @param running false as well for one that is not there
     */
    record Standing(boolean running, String error, List<Event.Line> log) {}

    /** What whoever follows an event wants to know, in one statement: the end never comes before the last lines. */
    Standing standing(String id, int after) {
        List<Event.Line> lines = new ArrayList<>();
        boolean[] running = {false};
        String[] error = {""};
        database.sql("""
                        select e.running, left(e.error, :longest) as error, l.number, l.at, left(l.message, :longest) as message
                          from event e
                     left join lateral (select number, at, message,
                                               sum(octet_length(message)) over (order by number) - octet_length(message) as before
                                          from (select number, at, message from event_log
                                                 where event = e.id and number > :after order by number limit :lines) as next) l
                            on l.before < :bytes
                         where e.id = :id order by l.number""")
                .param("id", id)
                .param("after", after)
                .param("longest", LONGEST)
                .param("lines", PAGE_LINES)
                .param("bytes", PAGE)
                .query(row -> {
                    running[0] = row.getBoolean("running");
                    error[0] = row.getString("error");
                    if (row.getTimestamp("at") != null) {
                        lines.add(line(row));
                    }
                });
        return new Standing(running[0], error[0], lines);
    }

    /** The last lines of several events' logs, cut to what a list shows; none for those without a log. */
    Map<String, List<Event.Line>> tails(Collection<String> ids) {
        Map<String, List<Event.Line>> lines = new HashMap<>();
        database.sql("""
                        select e.id, l.number, l.at, left(l.message, :longest) as message
                          from unnest(:ids::text[]) as e(id)
                    cross join lateral (select number, at, message,
                                               sum(least(octet_length(message), :longest)) over (order by number desc) as below
                                          from (select number, at, message from event_log
                                                 where event = e.id order by number desc limit :most) as last) l
                         where l.below <= :bytes
                         order by e.id, l.number""")
                .param("ids", ids.toArray(String[]::new))
                .param("most", LISTED_LINES)
                .param("longest", LISTED_LONGEST)
                .param("bytes", LISTED_BYTES)
                .query(row -> {
                    lines.computeIfAbsent(row.getString("id"), id -> new ArrayList<>())
                            .add(line(row));
                });
        return lines;
    }

    private static Event.Line line(ResultSet row) throws SQLException {
        return new Event.Line(row.getInt("number"), row.getTimestamp("at").toInstant(), row.getString("message"));
    }
}
