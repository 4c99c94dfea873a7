package io.orizuru.log;

import io.orizuru.db.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/** The lines in the database. */
final class LogStore {

    /** Any number that no other advisory lock of the program has. */
    private static final long TURN = 0x6f72_697a_6c6f_67L;

    /** What one statement reads, for one who reads and for those who follow an app; one line more at most. */
    private static final int PAGE_BYTES = 64 << 10;

    private static final int PAGE_LINES = 500;
    private static final int FOLLOWED_BYTES = 256 << 10;

    /** The most that anybody is shown of an app: what is kept, and what comes until it is trimmed. */
    private static final long MOST_READ = 8 << 20;

    private static final int LINE_OVERHEAD = 64;

    private final Database database;

    /** A line with its number. */
    record Stored(long id, LogLine line) {}

    LogStore(Database database) {
        this.database = database;
    }

    /**
     * Writes lines in their order.
     *
     * <p>Numbers are given when a statement runs but seen when it commits; so servers take turns, and whoever saw a number has
     * seen all lower ones. The turn is taken within the one statement, which ends in the database even if the server that
     * sent it freezes.
     */
    void write(List<LogLine> lines) {
        database.sql("""
                        INSERT INTO log_line (app, at, source, unit, message)
                        SELECT line.app, line.at::timestamptz, line.source, line.unit, line.message
                          FROM (SELECT pg_advisory_xact_lock(?) OFFSET 0) AS turn
                         CROSS JOIN unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
                               WITH ORDINALITY AS line (app, at, source, unit, message, number)
                         ORDER BY line.number
                        """)
                .param(TURN)
                .param(lines.stream().map(LogLine::app).toArray(String[]::new))
                .param(lines.stream().map(line -> line.at().toString()).toArray(String[]::new))
                .param(lines.stream().map(LogLine::source).toArray(String[]::new))
                .param(lines.stream().map(LogLine::unit).toArray(String[]::new))
                .param(lines.stream().map(LogLine::message).toArray(String[]::new))
                .update();
    }

    /** The newest number of an app, 0 if it has no line. */
    long newest(String app) {
        return database.sql("SELECT coalesce(max(id), 0) FROM log_line WHERE app = ?")
                .param(app)
                .query(Long.class)
                .single();
    }

    /** Numbers from one to another one. */
    record Range(long from, long to) {}

    /** After which line a page begins. */
    record Place(String at, long id) {
        static final Place BEGIN = new Place("-infinity", 0);
        static final Place END = new Place("infinity", Long.MAX_VALUE);
    }

    /** The newest lines that match, up to a number: as many as are asked for, and no more bytes than are kept of an app. */
    Range range(String app, Query query, long upTo) {
        return database.sql("""
                        SELECT coalesce(min(id), 0) AS first
                          FROM (SELECT id, sum(:overhead + octet_length(message)) OVER (ORDER BY id DESC) AS bytes
                                  FROM (SELECT id, message
                                          FROM log_line
                                         WHERE app = :app
                                           AND id <= :upTo
                                           AND (:source::text IS NULL OR (source = :source) <> :invert)
                                           AND (:unit::text IS NULL OR unit = :unit)
                                         ORDER BY id DESC
                                         LIMIT :lines) AS newest) AS counted
                         WHERE bytes <= :most
                        """)
                .param("app", app)
                .param("upTo", upTo)
                .param("source", query.source())
                .param("invert", query.invertSource())
                .param("unit", query.unit())
                .param("lines", query.lines())
                .param("overhead", LINE_OVERHEAD)
                .param("most", MOST_READ)
                .query((row, number) -> new Range(row.getLong("first"), upTo))
                .single();
    }

    /** The next lines of a range that match, in the order of time; none at its end. */
    List<Stored> page(String app, Query query, Range range, Place after) {
        return database.sql("""
                        SELECT id, app, at, source, unit, left(message, :longest) AS message
                          FROM (SELECT *, sum(octet_length(message)) OVER (ORDER BY at, id) - octet_length(message) AS before
                                  FROM (SELECT *
                                          FROM log_line
                                         WHERE app = :app
                                           AND id BETWEEN :from AND :to
                                           AND (:source::text IS NULL OR (source = :source) <> :invert)
                                           AND (:unit::text IS NULL OR unit = :unit)
                                           AND (at, id) > (:afterTime::timestamptz, :afterId)
                                         ORDER BY at, id
                                         LIMIT :lines) AS next) AS counted
                         WHERE before < :bytes
                         ORDER BY at, id
                        """)
                .param("app", app)
                .param("from", range.from())
                .param("to", range.to())
                .param("source", query.source())
                .param("invert", query.invertSource())
                .param("unit", query.unit())
                .param("afterTime", after.at())
                .param("afterId", after.id())
                .param("longest", Sanitizer.LONGEST_MESSAGE_BYTES)
                .param("lines", PAGE_LINES)
                .param("bytes", PAGE_BYTES)
                .query((row, number) -> stored(row))
                .list();
    }

    /**
     * The lines of several apps that came after a number of each, in the order of their numbers.
     *
     * @param perApp most lines of each, and most bytes of each but for one line more; an app that has so many may have more
     */
    List<Stored> after(Map<String, Long> last, int perApp) {
        String[] apps = last.keySet().toArray(String[]::new);
        Long[] numbers = last.values().toArray(Long[]::new);
        return database.sql("""
                        SELECT line.id, line.app, line.at, line.source, line.unit, left(line.message, :longest) AS message
                          FROM unnest(:apps::text[], :numbers::bigint[]) AS follower (app, last)
                         CROSS JOIN LATERAL (SELECT *, sum(octet_length(message)) OVER (ORDER BY id) - octet_length(message) AS before
                                               FROM (SELECT *
                                                       FROM log_line
                                                      WHERE log_line.app = follower.app AND log_line.id > follower.last
                                                      ORDER BY log_line.id
                                                      LIMIT :lines) AS next) AS line
                         WHERE line.before < :bytes
                         ORDER BY line.id
                        """)
                .param("apps", apps)
                .param("numbers", numbers)
                .param("lines", perApp)
                .param("longest", Sanitizer.LONGEST_MESSAGE_BYTES)
                .param("bytes", FOLLOWED_BYTES)
                .query((row, number) -> stored(row))
                .list();
    }

    /** Deletes the oldest lines of an app beyond a number of lines or bytes. @return how many */
    int trim(String app, int lines, long bytes) {
        return database.sql("""
                        DELETE FROM log_line
                         WHERE app = :app
                           AND id <= (SELECT max(id)
                                        FROM (SELECT id,
                                                     row_number() OVER newest_first AS lines,
                                                     sum(octet_length(message)) OVER newest_first AS bytes
                                                FROM log_line
                                               WHERE app = :app
                                              WINDOW newest_first AS (ORDER BY id DESC)) AS counted
                                       WHERE lines > :lines OR bytes > :bytes)
                        """)
                .param("app", app)
                .param("lines", lines)
                .param("bytes", bytes)
                .update();
    }

    void remove(String app) {
        database.sql("DELETE FROM log_line WHERE app = ?").param(app).update();
    }

    private static Stored stored(ResultSet row) throws SQLException {
        return new Stored(
                row.getLong("id"),
                new LogLine(
                        row.getString("app"),
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("source"),
                        row.getString("unit"),
                        row.getString("message")));
    }
}
