package io.orizuru.db;

import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;

/** Which key a database's secrets are encrypted with: it keeps something known that was encrypted with it. */
@ApplicationScoped
public class ServerKey {
    private static final String CONTEXT = "server_key";
    private static final String KNOWN = "orizuru";

    private final Database database;

    public ServerKey(Database database) {
        this.database = database;
    }

    /**
     * Makes sure that {@code vault} holds the key of this database; on a new database it becomes the key.
     *
     * @throws DatabaseStartException if it is another key
     */
    public void check(Vault vault) {
        database.sql("INSERT INTO server_key (sentinel) VALUES (:sentinel) ON CONFLICT DO NOTHING")
                .param("sentinel", vault.encrypt(KNOWN, CONTEXT))
                .update();
        byte[] sentinel = database.sql("SELECT sentinel FROM server_key")
                .query((row, number) -> row.getBytes("sentinel"))
                .single();
        try {
            if (vault.decrypt(sentinel, CONTEXT).equals(KNOWN)) {
                return;
            }
        } catch (UndecipherableException e) {
            throw new DatabaseStartException(
                    "the key file holds another key than the one that this database's secrets are encrypted with;"
                            + " name the right one with --key-file",
                    e);
        }
        throw new DatabaseStartException("the table server_key of this database was not written by this program");
    }
}
