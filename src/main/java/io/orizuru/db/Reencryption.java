package io.orizuru.db;

import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.util.List;

/**
 * Brings everything that is encrypted in the database under the current key. What is under it already is left alone, so it
 * can be broken off anywhere and begun again.
 */
public final class Reencryption {
    private static final int AT_ONCE = 100;

    /**
     * All encrypted columns.
     *
     * @param context SQL that makes the context in which its room encrypts it
     */
    record Column(String table, String name, String context) {}

    static final List<Column> COLUMNS = List.of(
            // First: from then on no server starts that has only the old key.
            new Column("server_key", "sentinel", "'server_key'"),
            new Column("api_key", "value", "'api-key/' || email"),
            new Column("app_token", "value", "'app-token/' || app"),
            new Column("internal_token", "value", "'internal-token/' || name"),
            new Column("team_token", "value", "'team-token/' || id"),
            new Column("service", "password", "'service/' || name || '/password'"),
            new Column("service_instance", "parameters", "'service/' || service || '/' || name || '/parameters'"),
            new Column("mail", "content", "'mail/' || id"),
            new Column("release", "environment", "'release/' || app || '/' || number || '/environment'"),
            new Column("certificate", "private_key", "'certificate/' || id"),
            new Column("idempotency_key", "kept", "'idempotency/' || caller || '/' || key"),
            new Column("event", "change", "'event/' || id || '/change'"),
            new Column("journal", "result", "'journal/' || event || '/' || key"));

    private record Row(String id, String context, byte[] ciphertext) {}

    private final Database database;
    private final Vault vault;

    public Reencryption(Database database, Vault vault) {
        this.database = database;
        this.vault = vault;
    }

    /**
     * Encrypts all anew that is not under the current key.
     *
     * @return how many values that were
     * @throws DatabaseStartException if one cannot be decrypted with any key of the key file
     */
    public long run() {
        long done = 0;
        for (Column column : present()) {
            int batch;
            do {
                batch = database.transaction(() -> reencrypt(column));
                done += batch;
            } while (batch > 0);
        }
        return done;
    }

    /** Whether anything is left under an older key. */
    public boolean isComplete() {
        return present().stream().allMatch(column -> rows(column, 1).isEmpty());
    }

    /** A database that an older program left may lack some. */
    private List<Column> present() {
        return COLUMNS.stream()
                .filter(column -> database.sql("select to_regclass(:table) is not null")
                        .param("table", column.table())
                        .query(Boolean.class)
                        .single())
                .toList();
    }

    private int reencrypt(Column column) {
        List<Row> rows = rows(column, AT_ONCE);
        for (Row row : rows) {
            byte[] renewed;
            try {
                renewed = vault.encrypt(vault.decrypt(row.ciphertext(), row.context()), row.context());
            } catch (UndecipherableException e) {
                throw new DatabaseStartException(
                        column.table() + "." + column.name() + " holds something for " + row.context()
                                + " that no key of the key file can decrypt; nothing is lost, and no key was retired",
                        e);
            }
            database.sql("update " + column.table() + " set " + column.name() + " = :value where ctid = :id::tid")
                    .param("value", renewed)
                    .param("id", row.id())
                    .update();
        }
        return rows.size();
    }

    /** Those under older keys; locked, so that their place does not change meanwhile. */
    private List<Row> rows(Column column, int atMost) {
        return database.sql("select ctid::text as id, " + column.context() + " as context, " + column.name()
                        + " as value from " + column.table() + " where substring(" + column.name()
                        + " from 1 for :length) <> :prefix limit " + atMost + " for update")
                .param("length", vault.currentPrefix().length)
                .param("prefix", vault.currentPrefix())
                .query((row, number) -> new Row(row.getString("id"), row.getString("context"), row.getBytes("value")))
                .list();
    }
}
