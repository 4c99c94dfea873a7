package io.orizuru.server;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.springframework.dao.DataAccessException;

/** Whether the database answers. */
@ApplicationScoped
class DatabaseHealth implements HealthCheck {
    private final Database database;

    DatabaseHealth(Database database) {
        this.database = database;
    }

    @Override
    public String name() {
        return "PostgreSQL";
    }

    @Override
    public List<String> problems() {
        try {
            database.sql("select 1").query(Integer.class).single();
            return List.of();
        } catch (DataAccessException e) {
            return List.of("it does not answer");
        }
    }
}
