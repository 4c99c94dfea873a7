package io.orizuru.team;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.dao.DuplicateKeyException;

@ApplicationScoped
class TeamStore {
    private final Database database;

    TeamStore(Database database) {
        this.database = database;
    }

    /** False when there is one of that name. */
    boolean insert(Team team, String createdBy, int quotaLimit) {
        return database.sql("""
                        insert into team (name, tags, created_by, quota_limit) values (:name, :tags, :by, :limit)
                        on conflict do nothing""")
                        .param("name", team.name())
                        .param("tags", team.tags().toArray(String[]::new))
                        .param("by", createdBy)
                        .param("limit", quotaLimit)
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

    /** The teams of those names, by name; all of them when the context of everything is among the places. */
    List<Team> list(Set<Context> places) {
        String[] names = places.stream()
                .filter(place -> place.type() == ContextType.TEAM)
                .map(Context::value)
                .toArray(String[]::new);
        return database.sql("select name, tags from team where :everything or name = any(:names) order by name")
                .param("everything", places.contains(Context.GLOBAL))
                .param("names", names)
                .query(TeamStore::team)
                .list();
    }

    /** Changes a team; what refers to it follows. False when another team has the new name. */
    boolean update(String name, Team changed) {
        try {
            database.sql("update team set name = :newName, tags = :tags where name = :name")
                    .param("newName", changed.name())
                    .param("tags", changed.tags().toArray(String[]::new))
                    .param("name", name)
                    .update();
            return true;
        } catch (DuplicateKeyException e) {
            return false;
        }
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
