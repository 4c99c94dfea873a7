package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.db.DataLock;
import io.orizuru.db.Database;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.DatabaseStartException;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.db.Reencryption;
import io.orizuru.secret.Secret;
import io.orizuru.secret.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Replaces the key that secrets are encrypted with. In this order, so that it can be killed anywhere and run again: the key
 * file gets a new key beside the old one; everything is encrypted anew; when nothing is left under the old key, it goes.
 *
 * <p>No server may run meanwhile: it would go on encrypting with the key that it read when it started, and what it wrote
 * after the last look would be lost with that key.
 */
final class KeyRotation {
    private static final String ROTATION = "orizuru rotate-key";

    private KeyRotation() {}

    /**
     * Rotates.
     *
     * @throws DatabaseStartException with what to do, if it cannot be done now; everything can still be read then
     */
    @SuppressWarnings("SystemOut") // A command line talks there.
    static void run(Settings settings) {
        Path keyFile = settings.keyFile();
        if (Files.notExists(keyFile)) {
            throw new DatabaseStartException("the key file " + keyFile + " is not there; there is no key to rotate");
        }
        Secret url = settings.databaseUrl();
        long count = url == null ? embedded(settings, keyFile) : external(settings, url, keyFile);
        System.out.println("orizuru: " + count + " values are encrypted anew; the old key is retired");
        if (url != null) {
            System.out.println("orizuru: bring " + keyFile + " to all servers of this database before they start");
        }
    }

    private static long embedded(Settings settings, Path keyFile) {
        if (Files.notExists(settings.data())) {
            throw new DatabaseStartException("the data directory " + settings.data() + " is not there");
        }
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(settings.data())) {
            postgres.awaitReady();
            return rotate(postgres.access(), keyFile);
        }
    }

    private static long external(Settings settings, Secret url, Path keyFile) {
        DataLock lock = DataLock.take(settings.data());
        try {
            return rotate(DatabaseAccess.of(url), keyFile);
        } finally {
            lock.close();
        }
    }

    private static long rotate(DatabaseAccess access, Path keyFile) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(access.jdbcUrl());
        source.setUser(access.user());
        Secret password = access.password();
        source.setPassword(password == null ? null : password.value());
        source.setApplicationName(ROTATION);
        try (Connection connection = source.getConnection()) {
            Database database = Database.over(new SingleConnectionDataSource(connection, true));
            requireNoServer(database);
            return rotate(database, keyFile);
        } catch (SQLException e) {
            throw new DatabaseStartException("the database does not answer: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new DatabaseStartException("the key file cannot be changed: " + e.getMessage(), e);
        }
    }

    private static long rotate(Database database, Path keyFile) throws IOException {
        Vault.addKey(keyFile);
        Reencryption reencryption = new Reencryption(database, Vault.open(keyFile));
        long count = reencryption.run();
        requireNoServer(database);
        if (!reencryption.isComplete()) {
            throw new DatabaseStartException("something was encrypted with the old key meanwhile: is a server running?"
                    + " Stop it and run this again; nothing is lost");
        }
        Vault.retireOldKeys(keyFile);
        return count;
    }

    /** Only they encrypt anything: who merely looks at the database does no harm. */
    private static void requireNoServer(Database database) {
        int connections = database.sql("""
                        select count(*) from pg_stat_activity
                         where datname = current_database() and pid <> pg_backend_pid()
                           and application_name in ('orizuru', :rotation, :agents)""")
                .param("rotation", ROTATION)
                .param("agents", AgentsToken.PROGRAM)
                .query(Integer.class)
                .single();
        if (connections > 0) {
            throw new DatabaseStartException("servers, another rotation or agents-token hold " + connections
                    + " connections to the database: all of them must be stopped while the key is rotated");
        }
    }
}
