package io.orizuru;

import io.orizuru.auth.InternalTokens;
import io.orizuru.config.Settings;
import io.orizuru.db.DataLock;
import io.orizuru.db.Database;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.DatabaseStartException;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.db.ServerKey;
import io.orizuru.secret.Secret;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Tells the token that agents report units and lines with. Whoever can read the key file could read it anyway. */
final class AgentsToken {
    /** What its connection to the database is called. */
    static final String PROGRAM = "orizuru agents-token";

    private AgentsToken() {}

    /**
     * The token; made when it is first asked for.
     *
     * @throws DatabaseStartException with what to do, if it cannot be had now
     */
    static String read(Settings settings) {
        if (!Files.exists(settings.keyFile())) {
            throw new DatabaseStartException(
                    "the key file " + settings.keyFile() + " is not there: no server was ever started with it");
        }
        Database database = Database.at(access(settings), PROGRAM);
        try {
            // One connection for all of it: a rotation of the key counts it, and does not go on under it.
            return database.transaction(() -> read(database, settings.keyFile()));
        } catch (UndecipherableException e) {
            throw new DatabaseStartException(String.valueOf(e.getMessage()), e);
        } catch (DataAccessException | TransactionException e) {
            throw new DatabaseStartException("the database does not answer: " + e.getMessage(), e);
        }
    }

    private static String read(Database database, Path keyFile) {
        try {
            Vault vault = Vault.open(keyFile);
            new ServerKey(database).check(vault);
            return new InternalTokens(database, new Tokens(new SecureRandom()), vault).ofAgents();
        } catch (IOException e) {
            throw new DatabaseStartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static DatabaseAccess access(Settings settings) {
        Secret url = settings.databaseUrl();
        if (url != null) {
            return DatabaseAccess.of(url);
        }
        if (DataLock.holder(settings.data()).isEmpty()) {
            throw new DatabaseStartException("no server runs with the data directory " + settings.data()
                    + ", and its database runs with the server: start it first");
        }
        return EmbeddedPostgres.accessOfRunning(settings.data());
    }
}
