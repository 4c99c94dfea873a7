package io.orizuru.db;

import io.orizuru.secret.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The database: statements through {@link #sql}, several of them as one through {@link #transaction}. A transaction
 * belongs to the thread that began it; a transaction inside another one joins it.
 */
@ApplicationScoped
public class Database {
    private static final Logger LOG = Logger.getLogger(Database.class);
    /**
     * SQL states: connections, resources, stops of the server; timeouts of a statement (57014), a lock (55P03) and an idle
     * transaction (25P03); transactions that PostgreSQL gave up for another one's sake.
     */
    private static final Pattern AWAY = Pattern.compile("08.*|53.*|57.*|58.*|55P03|25P0[34]|40.*");

    private static final String DISK_FULL = "53100";

    private final JdbcClient client;
    private final PlatformTransactionManager manager;
    private final TransactionTemplate transactions;

    Database(DataSource source) {
        client = JdbcClient.create(source);
        manager = new JdbcTransactionManager(source);
        transactions = new TransactionTemplate(manager);
    }

    /**
     * Whether an exception says that the database cannot be reached, is busy, or gave up waiting: trying again later may
     * help. Whether a transaction that was being committed is kept cannot be told then.
     */
    public static boolean isAway(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                // Without a state it comes from the pool, which has no connection to give.
                return sql.getSQLState() == null
                        || AWAY.matcher(sql.getSQLState()).matches();
            }
        }
        return e instanceof CannotCreateTransactionException || e instanceof DataAccessResourceFailureException;
    }

    /**
     * Says what is wrong when a statement failed for a value that nobody could keep: a number, time or text beyond what its
     * column takes, or one that is too long for an index. Such values come from callers, and are refused before they come here
     * where somebody thought of it.
     */
    public static Optional<String> refusedValue(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return Optional.ofNullable(sql.getSQLState()).flatMap(state -> refusedValue(state, sql));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> refusedValue(String state, SQLException e) {
        if (state.startsWith("54")) {
            return Optional.of("a value of the input is too long to be kept");
        }
        if (!state.startsWith("22")) {
            return Optional.empty();
        }
        String said = e instanceof PSQLException postgres && postgres.getServerErrorMessage() != null
                ? postgres.getServerErrorMessage().getMessage()
                : e.getMessage();
        return Optional.of("a value of the input cannot be kept: " + said);
    }

    /** Whether an exception says that the database's disk has no room for what is to be written. */
    public static boolean isFull(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && DISK_FULL.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /** A database for a command that runs without the rest of the program. */
    public static Database over(DataSource source) {
        return new Database(source);
    }

    /**
     * A database without a pool, for a program that looks once: each statement outside a transaction connects anew.
     *
     * @param program what the database is told of who connects
     */
    public static Database at(DatabaseAccess access, String program) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.jdbcUrl());
        source.setApplicationName(program);
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

    /**
     * Begins a transaction that the caller ends, on this thread and whatever happens. All that the thread does in the
     * database until then belongs to it.
     */
    public Pending begin() {
        return new Pending(manager, manager.getTransaction(TransactionDefinition.withDefaults()));
    }

    /** A transaction under way. */
    public static final class Pending {
        private final PlatformTransactionManager manager;
        private final TransactionStatus status;

        private Pending(PlatformTransactionManager manager, TransactionStatus status) {
            this.manager = manager;
            this.status = status;
        }

        public void commit() {
            manager.commit(status);
        }

        /** Undoes it; that this fails is no matter, since without a commit nothing stays. */
        public void undo() {
            try {
                manager.rollback(status);
            } catch (TransactionException | DataAccessException e) {
                LOG.debugf("a transaction was not rolled back, its connection is gone: %s", e.getMessage());
            }
        }
    }
}
