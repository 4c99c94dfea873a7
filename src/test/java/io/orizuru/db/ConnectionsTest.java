package io.orizuru.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConnectionsTest {
    /** Less than a lease (15 s) for a transaction that its server forgot, so that another one finds nothing locked. */
    @Test
    void nobodyWaitsForTheDatabaseWithoutEnd() throws IOException {
        try (TestDatabase test = new TestDatabase()) {
            List<String> limits = test.database().transaction(() -> {
                var unused = test.database().sql(onEachConnection()).update();
                return List.of(
                        shown(test, "statement_timeout"),
                        shown(test, "lock_timeout"),
                        shown(test, "idle_in_transaction_session_timeout"));
            });
            assertThat(limits).containsExactly("30s", "5s", "10s");
        }
    }

    private static String onEachConnection() {
        Properties properties = new Properties();
        try (InputStream file = ConnectionsTest.class.getResourceAsStream("/application.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return properties.getProperty("quarkus.datasource.jdbc.new-connection-sql");
    }

    private static String shown(TestDatabase test, String setting) {
        return test.database().sql("show " + setting).query(String.class).single();
    }
}
