package io.orizuru.doctor;

import io.orizuru.config.Settings;
import io.orizuru.db.DataLock;
import io.orizuru.db.Database;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.DatabaseStartException;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.router.RouteListing;
import io.orizuru.secret.Secret;
import io.orizuru.secret.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Examines an installation, whether its server runs or not. It only reads, in one snapshot of the database.
 *
 * <p>While a server runs, things change as one looks; so whatever is found is looked for a second time after a moment, and
 * counts only if it is still there.
 */
public final class Doctor {
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final String PROGRAM = "orizuru doctor";

    private final Settings settings;
    private final Vault vault;

    private Doctor(Settings settings, Vault vault) {
        this.settings = settings;
        this.vault = vault;
    }

    /**
     * What was looked at, and what was found.
     *
     * @param notes how it was looked, and what could not be looked at; a line each, for people
     */
    public record Report(List<String> notes, List<Finding> findings) {}

    /**
     * Examines the installation of these settings. A stopped server's embedded database is started for it, and stopped again.
     *
     * @throws DatabaseStartException when there is no installation, or its database or key cannot be used
     */
    public static Report examine(Settings settings) throws InterruptedException {
        if (!Files.isDirectory(settings.data()) || !Files.exists(settings.keyFile())) {
            throw new DatabaseStartException("no server was ever started with the data directory " + settings.data()
                    + " and the key file " + settings.keyFile());
        }
        Vault vault;
        try {
            vault = Vault.open(settings.keyFile());
        } catch (IOException e) {
            throw new DatabaseStartException(String.valueOf(e.getMessage()), e);
        }
        Doctor doctor = new Doctor(settings, vault);
        Optional<String> server = DataLock.holder(settings.data());
        return server.isPresent() ? doctor.ofRunning(server.get()) : doctor.ofStopped();
    }

    private Report ofRunning(String process) throws InterruptedException {
        Secret url = settings.databaseUrl();
        Database database = Database.at(
                url == null ? EmbeddedPostgres.accessOfRunning(settings.data()) : DatabaseAccess.of(url), PROGRAM);
        List<String> notes = new ArrayList<>(List.of("the server runs, as process " + process));
        List<Finding> findings = look(database, true, notes);
        if (!findings.isEmpty()) {
            Thread.sleep(MOMENT);
            findings.retainAll(look(database, true, new ArrayList<>()));
        }
        return new Report(notes, findings);
    }

    private Report ofStopped() {
        List<String> notes = new ArrayList<>(List.of("the server is stopped: routers are not looked at"));
        Secret url = settings.databaseUrl();
        if (url != null) {
            DataLock lock = DataLock.take(settings.data());
            try {
                return new Report(notes, look(Database.at(DatabaseAccess.of(url), PROGRAM), false, notes));
            } finally {
                lock.close();
            }
        }
        notes.add("its database was started for this look");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(settings.data())) {
            postgres.awaitReady();
            return new Report(notes, look(Database.at(postgres.access(), PROGRAM), false, notes));
        }
    }

    private List<Finding> look(Database database, boolean running, List<String> notes) {
        try {
            return lookInOneSnapshot(database, running, notes);
        } catch (DataAccessException | TransactionException e) {
            throw new DatabaseStartException("the database does not answer: " + e.getMessage(), e);
        }
    }

    private List<Finding> lookInOneSnapshot(Database database, boolean running, List<String> notes) {
        return database.transaction(() -> {
            database.sql("set transaction isolation level repeatable read, read only")
                    .update();
            requireSchema(database);
            List<Check> checks = new ArrayList<>(List.of(
                    new Records(database, running),
                    new World(settings, database, vault),
                    new Binds(database, vault),
                    new Secrets(database, vault)));
            List<RouteListing.Listed> table = running ? table(notes) : null;
            checks.add(new Certificates(settings, database, table));
            if (table != null) {
                checks.add(new Routes(settings, database, table));
            }
            List<Finding> findings = new ArrayList<>();
            checks.forEach(check -> findings.addAll(check.look()));
            return findings;
        });
    }

    private @Nullable List<RouteListing.Listed> table(List<String> notes) {
        try {
            return RouteListing.ask(settings.data());
        } catch (IOException e) {
            notes.add("routers are not looked at: the server does not tell their routes (" + e.getMessage() + ")");
            return null;
        }
    }

    private static void requireSchema(Database database) {
        boolean there = database.sql("select to_regclass('public.event') is not null")
                .query(Boolean.class)
                .single();
        if (!there) {
            throw new DatabaseStartException("the database is empty: no server was ever started on it");
        }
    }
}
