package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.secret.Secret;
import io.orizuru.testing.TestServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks into the database of a server that runs, past the server. */
public final class Rows implements AutoCloseable {
    private static final Set<String> WRITTEN_BY_ITSELF = Set.of("lease", "outbox", "log_line", "request_quota");

    private final Connection connection;

    private Rows(Connection connection) {
        this.connection = connection;
    }

    public static Rows of(TestServer server) {
        return in(server.data());
    }

    /** Of a database that runs in a data directory. */
    static Rows in(Path data) {
        DatabaseAccess access = EmbeddedPostgres.accessOfRunning(data);
        Secret password = requireNonNull(access.password());
        try {
            return new Rows(DriverManager.getConnection(access.jdbcUrl(), access.user(), password.value()));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of what a query finds, as text. */
    public List<String> column(String query, String... parameters) {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<String> column = new ArrayList<>();
                while (rows.next()) {
                    column.add(String.valueOf(rows.getString(1)));
                }
                return column;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(query + ": " + e.getMessage(), e);
        }
    }

    /** Changes rows. */
    void run(String statement, String... parameters) {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int i = 0; i < parameters.length; i++) {
                prepared.setString(i + 1, parameters[i]);
            }
            prepared.executeUpdate();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Changes what stands there, past the server. */
    public void change(String statement) {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            prepared.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(statement + ": " + e.getMessage(), e);
        }
    }

    /** One text for all that is on record, save for what the server writes by itself. */
    String fingerprint() {
        String each = tables().stream()
                .filter(table -> !WRITTEN_BY_ITSELF.contains(table))
                .map(table ->
                        "select '" + table + "=' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as h"
                                + " from \"" + table + "\" t")
                .collect(Collectors.joining(" union all "));
        return column("select string_agg(h, ' ' order by h) from (" + each + ") f")
                .getFirst();
    }

    List<String> tables() {
        return column("select table_name from information_schema.tables"
                + " where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name");
    }

    /** The tables in whose rows a text stands, in the clear or as the bytes of a bytea. */
    List<String> tablesWith(String text) {
        String bytes = HexFormat.of().formatHex(text.getBytes(UTF_8));
        return tables().stream()
                .filter(table -> !column(
                                "select 1 from \"" + table + "\" t where position(? in t::text) > 0"
                                        + " or position(? in t::text) > 0 limit 1",
                                text,
                                bytes)
                        .isEmpty())
                .toList();
    }

    /** All that stands in a table; bytes as hexadecimal digits. */
    String text(String table) {
        return String.join("\n", column("select t::text from \"" + table + "\" t"));
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
