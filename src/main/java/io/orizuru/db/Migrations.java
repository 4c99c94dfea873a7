package io.orizuru.db;

import jakarta.enterprise.context.ApplicationScoped;
import org.flywaydb.core.Flyway;

/** The schema, brought up to this program's version when the server starts. Several servers may do so at once. */
@ApplicationScoped
public class Migrations {
    private final Flyway flyway;

    Migrations(Flyway flyway) {
        this.flyway = flyway;
    }

    /** Applies what is missing; nothing else may use the database before. */
    public void apply() {
        flyway.migrate();
    }
}
