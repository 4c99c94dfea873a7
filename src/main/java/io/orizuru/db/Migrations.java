package io.orizuru.db;

import jakarta.enterprise.context.ApplicationScoped;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** The schema, brought up to this program's version when the server starts. Several servers may do so at once. */
@ApplicationScoped
public class Migrations {
    private final Flyway flyway;

    Migrations(Flyway flyway) {
        this.flyway = flyway;
    }

    /**
     * Applies what is missing; nothing else may use the database before.
     *
     * @throws DatabaseStartException if the database does not answer, or a migration fails
     */
    public void apply() {
        try {
            flyway.migrate();
        } catch (FlywayException e) {
            throw new DatabaseStartException(
                    "the database cannot be used: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }
}
