package io.orizuru.app;

import io.orizuru.certificate.ServerCertificate;
import io.orizuru.db.Database;
import io.orizuru.router.HostCertificate;
import io.orizuru.secret.Secret;
import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Certificates of apps, with their private keys encrypted. Changes are part of the transactions of its callers. */
@ApplicationScoped
class CertificateStore {
    private static final Logger LOG = Logger.getLogger(CertificateStore.class);

    private final Database database;
    private final Vault vault;

    CertificateStore(Database database, Vault vault) {
        this.database = database;
        this.vault = vault;
    }

    /**
     * A certificate as anyone may see it.
     *
     * @param chain PEM, as it was given
     */
    record Shown(String name, String chain, String fingerprint, Instant notAfter) {}

    /** An app's certificates by their names. */
    Map<String, Shown> of(String app) {
        Map<String, Shown> shown = new LinkedHashMap<>();
        database.sql("select name, chain, fingerprint, not_after from certificate where app = :app order by name")
                .param("app", app)
                .query(row -> {
                    shown.put(
                            row.getString("name"),
                            new Shown(
                                    row.getString("name"),
                                    row.getString("chain"),
                                    row.getString("fingerprint"),
                                    row.getTimestamp("not_after").toInstant()));
                });
        return shown;
    }

    void put(String app, String name, String chain, ServerCertificate certificate) {
        delete(app, name);
        // Not the app's name, nor the certificate's: a swap moves it, and it stays under the context that it was
        // encrypted for.
        String id = UUID.randomUUID().toString();
        database.sql("""
                        insert into certificate (id, app, name, chain, private_key, fingerprint, not_after)
                        values (:id, :app, :name, :chain, :key, :fingerprint, :notAfter)""")
                .param("id", id)
                .param("app", app)
                .param("name", name)
                .param("chain", chain)
                .param("key", vault.encrypt(certificate.keyPem().value(), context(id)))
                .param("fingerprint", certificate.fingerprint())
                .param("notAfter", Timestamp.from(certificate.notAfter()))
                .update();
    }

    private static String context(String id) {
        return "certificate/" + id;
    }

    /** False when there is none. */
    boolean delete(String app, String name) {
        return database.sql("delete from certificate where app = :app and name = :name")
                        .param("app", app)
                        .param("name", name)
                        .update()
                == 1;
    }

    /** Removes those of an app that are for no name in {@code names}. */
    void retain(String app, Collection<String> names) {
        database.sql("delete from certificate where app = :app and name <> all(:names)")
                .param("app", app)
                .param("names", names.toArray(String[]::new))
                .update();
    }

    /** Exchanges the certificates of two apps that are for names in {@code names}. */
    void swap(String first, String second, Collection<String> names) {
        database.sql("""
                        update certificate set app = case app when :first then :second else :first end
                         where app in (:first, :second) and name = any(:names)""")
                .param("first", first)
                .param("second", second)
                .param("names", names.toArray(String[]::new))
                .update();
    }

    /** Lets all routers look at the certificates of these apps again. */
    void changed(Collection<String> apps) {
        database.sql("update app set certificate_epoch = nextval('epoch') where name = any(:apps)")
                .param("apps", apps.toArray(String[]::new))
                .update();
    }

    /** One number for all epochs, so that a look that finds nothing new costs next to nothing. */
    String state() {
        return database.sql("""
                        select coalesce(sum(hashtextextended(name, certificate_epoch)), 0)::text
                          from app where certificate_epoch > 0""").query(String.class).single();
    }

    /** The epochs of all apps that have, or had, certificates. */
    Map<String, Long> epochs() {
        Map<String, Long> epochs = new HashMap<>();
        database.sql("select name, certificate_epoch from app where certificate_epoch > 0")
                .query(row -> {
                    epochs.put(row.getString("name"), row.getLong("certificate_epoch"));
                });
        return epochs;
    }

    /** What routers need of these apps' certificates; one whose key cannot be decrypted is told in the log, and left out. */
    Map<String, List<HostCertificate>> withKeys(Collection<String> apps) {
        Map<String, List<HostCertificate>> byApp = new HashMap<>();
        database.sql("select id, app, name, chain, fingerprint, private_key from certificate where app = any(:apps)")
                .param("apps", apps.toArray(String[]::new))
                .query(row -> {
                    String key = decrypted(row.getBytes("private_key"), row.getString("id"));
                    if (key != null) {
                        byApp.computeIfAbsent(row.getString("app"), app -> new ArrayList<>())
                                .add(new HostCertificate(
                                        row.getString("name"),
                                        row.getString("fingerprint"),
                                        row.getString("chain"),
                                        new Secret(key)));
                    }
                });
        return byApp;
    }

    private @Nullable String decrypted(byte[] key, String id) {
        try {
            return vault.decrypt(key, context(id));
        } catch (UndecipherableException e) {
            LOG.errorf("a certificate is shown to nobody: its private key cannot be decrypted: %s", e.getMessage());
            return null;
        }
    }

    /** How many certificates are over, and how many more will be soon. */
    record Ending(int over, int soon) {}

    Ending ending(Duration within) {
        return database.sql("""
                        select count(*) filter (where not_after <= now()) as over,
                               count(*) filter (where not_after > now()) as soon
                          from certificate where not_after < now() + :seconds * interval '1 second'""")
                .param("seconds", within.toSeconds())
                .query((row, number) -> new Ending(row.getInt("over"), row.getInt("soon")))
                .single();
    }

    /** The issuers of an app's names, by name. */
    Map<String, String> issuers(String app) {
        Map<String, String> issuers = new HashMap<>();
        database.sql("select cname, issuer from app_cname where app = :app and issuer is not null")
                .param("app", app)
                .query(row -> {
                    issuers.put(row.getString("cname"), row.getString("issuer"));
                });
        return issuers;
    }

    /** @param issuer empty for none any more */
    void setIssuer(String app, String name, String issuer) {
        database.sql("update app_cname set issuer = nullif(:issuer, '') where app = :app and cname = :name")
                .param("app", app)
                .param("name", name)
                .param("issuer", issuer)
                .update();
    }
}
