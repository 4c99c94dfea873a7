package io.orizuru.db;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A real PostgreSQL with the program's schema, which a test may cut off and connect again. */
public final class TestDatabase implements AutoCloseable {
    private final Path data;
    private final EmbeddedPostgres postgres;
    private final Database database;
    private final AtomicInteger refused = new AtomicInteger();
    private volatile boolean cutOff;

    public TestDatabase() throws IOException {
        data = Files.createTempDirectory("orizuru-test");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        PreparedDatabase.into(data);
        postgres = EmbeddedPostgres.start(data);
        postgres.awaitReady();
        database = new Database(new Switched(PreparedDatabase.source(postgres.access())));
    }

    public Database database() {
        return database;
    }

    /** What reads and writes its JSON. */
    public JsonColumns json() {
        return new JsonColumns(new ObjectMapper());
    }

    /** From now on nobody gets a connection. */
    public void cutOff(boolean off) {
        cutOff = off;
    }

    /** How many connections were refused so far. */
    public int refused() {
        return refused.get();
    }

    @Override
    public void close() throws IOException {
        postgres.close();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private final class Switched implements DataSource {
        private final DataSource source;

        private Switched(DataSource source) {
            this.source = source;
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (cutOff) {
                refused.incrementAndGet();
                throw new SQLException("cut off by the test", "08001");
            }
            return source.getConnection();
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
        }

        @Override
        public PrintWriter getLogWriter() throws SQLException {
            return source.getLogWriter();
        }

        @Override
        public void setLogWriter(PrintWriter out) throws SQLException {
            source.setLogWriter(out);
        }

        @Override
        public void setLoginTimeout(int seconds) throws SQLException {
            source.setLoginTimeout(seconds);
        }

        @Override
        public int getLoginTimeout() throws SQLException {
            return source.getLoginTimeout();
        }

        @Override
        public Logger getParentLogger() throws SQLFeatureNotSupportedException {
            return source.getParentLogger();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            return source.unwrap(type);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) throws SQLException {
            return source.isWrapperFor(type);
        }
    }
}
