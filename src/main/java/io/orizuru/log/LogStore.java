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

    /** The newest lines that match, up to a number, in the order of time. */
    List<LogLine> read(String app, Query query, long upTo) {
        if (query.lines() == 0) {
            return List.of();
        }
        return database.sql("""
                        SELECT id, app, at, source, unit, message
                          FROM (SELECT *
                                  FROM log_line
                                 WHERE app = :app
                                   AND id <= :upTo
                                   AND (:source::text IS NULL OR (source = :source) <> :invert)
                                   AND (:unit::text IS NULL OR unit = :unit)
                                 ORDER BY id DESC
                                 LIMIT :lines) AS newest
                         ORDER BY at, id
                        """)
                .param("app", app)
                .param("upTo", upTo)
                .param("source", query.source())
                .param("invert", query.invertSource())
                .param("unit", query.unit())
                .param("lines", query.lines())
                .query((row, number) -> stored(row).line())
                .list();
    }

    /**
     * The lines of several apps that came after a number of each, in the order of their numbers.
     *
     * @param perApp most lines of each; an app that has so many may have more
     */
    List<Stored> after(Map<String, Long> last, int perApp) {
        String[] apps = last.keySet().toArray(String[]::new);
        Long[] numbers = last.values().toArray(Long[]::new);
        return database.sql("""
                        SELECT line.id, line.app, line.at, line.source, line.unit, line.message
                          FROM unnest(?::text[], ?::bigint[]) AS follower (app, last)
                         CROSS JOIN LATERAL (SELECT *
                                               FROM log_line
                                              WHERE log_line.app = follower.app AND log_line.id > follower.last
                                              ORDER BY log_line.id
                                              LIMIT ?) AS line
                         ORDER BY line.id
                        """)
                .param(apps)
                .param(numbers)
                .param(perApp)
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
