package io.orizuru.doctor;

import io.orizuru.db.Database;
import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.util.ArrayList;
import java.util.List;

/** Whether the key opens everything that was locked with it. What comes out is not looked at. */
final class Secrets implements Check {
    /** The ciphertext with its context: see where each is encrypted. */
    private static final List<String> QUERIES = List.of("""
                    select 'app/' || app, 'app-token/' || app, value from app_token""", """
                    select 'app/' || app, 'release/' || app || '/' || number || '/environment', environment from release""", """
                    select 'service/' || name, 'service/' || name || '/password', password from service""", """
                    select 'service-instance/' || service || '/' || name, 'service/' || service || '/' || name || '/parameters',
                           parameters from service_instance""", """
                    select 'user/' || email, 'api-key/' || email, value from api_key""", """
                    select 'app/' || app, 'certificate/' || id, private_key from certificate""", """
                    select 'event/' || id, 'event/' || id || '/change', change from event
                     where running and change is not null""", """
                    select 'event/' || event, 'journal/' || event || '/' || key, result from journal
                     where result is not null""", """
                    select 'server_key', 'server_key', sentinel from server_key""");

    private final Database database;
    private final Vault vault;

    Secrets(Database database, Vault vault) {
        this.database = database;
        this.vault = vault;
    }

    private record Locked(String object, String context, byte[] ciphertext) {}

    @Override
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        for (String query : QUERIES) {
            database.sql(query)
                    .query((row, number) -> new Locked(row.getString(1), row.getString(2), row.getBytes(3)))
                    .list()
                    .forEach(locked -> open(locked, findings));
        }
        return findings;
    }

    private void open(Locked locked, List<Finding> findings) {
        try {
            var unused = vault.decrypt(locked.ciphertext(), locked.context());
        } catch (UndecipherableException e) {
            findings.add(new Finding(
                    Invariant.SECRET_READABLE, locked.object(), "the key does not open " + locked.context()));
        }
    }
}
