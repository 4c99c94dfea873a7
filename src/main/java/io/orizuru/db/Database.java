package io.orizuru.db;

import io.orizuru.secret.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
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

    /** A database without a pool, for a program that looks once: each statement outside a transaction connects anew. */
    public static Database at(DatabaseAccess access) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.jdbcUrl());
        source.setApplicationName("orizuru doctor");
        source.setConnectTimeout(10);
        if (access.user() != null) {
            source.setUser(access.user());
        }
        Secret password = access.password();
        if (password != null) {
            source.setPassword(password.value());
        }
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
