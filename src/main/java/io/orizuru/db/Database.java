package io.orizuru.db;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The database: statements through {@link #sql}, several of them as one through {@link #transaction}. A transaction
 * belongs to the thread that began it; a transaction inside another one joins it.
 */
@ApplicationScoped
public class Database {
    private final JdbcClient client;
    private final TransactionTemplate transactions;

    Database(DataSource source) {
        client = JdbcClient.create(source);
        transactions = new TransactionTemplate(new DataSourceTransactionManager(source));
    }

    /** A database for a command that runs without the rest of the program. */
    public static Database over(DataSource source) {
        return new Database(source);
    }

    /** A statement, run in the thread's transaction if there is one. */
    public JdbcClient.StatementSpec sql(String statement) {
        return client.sql(statement);
    }

    /** All or nothing: what {@code work} writes is kept when it returns and undone when it throws. */
    @SuppressWarnings("NullAway") // Null comes out exactly when the work gives it: T says so.
    public <T extends @Nullable Object> T transaction(Supplier<T> work) {
        return transactions.execute(status -> work.get());
    }

    /** As {@link #transaction(Supplier)}, without a result. */
    public void transact(Runnable work) {
        transactions.executeWithoutResult(status -> work.run());
    }
}
