package io.orizuru.team;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

@ApplicationScoped
class TeamStore {
    private final Database database;

    TeamStore(Database database) {
        this.database = database;
    }

    /** False when there is one of that name. */
    boolean insert(Team team, String createdBy) {
        return database.sql("""
                        insert into team (name, tags, created_by) values (:name, :tags, :by) on conflict do nothing""")
                        .param("name", team.name())
                        .param("tags", team.tags().toArray(String[]::new))
                        .param("by", createdBy)
                        .update()
                == 1;
    }

    Optional<Team> find(String name) {
        return database.sql("select name, tags from team where name = :name")
                .param("name", name)
                .query(TeamStore::team)
                .optional();
    }

    List<Team> list() {
        return database.sql("select name, tags from team order by name")
                .query(TeamStore::team)
                .list();
    }

    boolean delete(String name) {
        return database.sql("delete from team where name = :name")
                        .param("name", name)
                        .update()
                == 1;
    }

    private static Team team(ResultSet row, int number) throws SQLException {
        return new Team(
                row.getString("name"), List.of((String[]) row.getArray("tags").getArray()));
    }
}
