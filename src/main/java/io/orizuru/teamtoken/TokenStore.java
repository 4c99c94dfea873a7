package io.orizuru.teamtoken;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class TokenStore {
    private static final String SELECT =
            "select id, team, description, value, creator, created_at, expires_at, last_access from team_token";

    private final Database database;

    TokenStore(Database database) {
        this.database = database;
    }

    /**
     * Adds a token; false when there is one of that id.
     *
     * @param expiresIn seconds; 0 or less for never
     */
    boolean insert(TeamToken token, byte[] hash, long expiresIn) {
        return database.sql("""
                        insert into team_token (id, team, description, token_hash, value, creator, expires_at)
                        values (:id, :team, :description, :hash, :value, :creator,
                                case when :expiresIn > 0 then now() + :expiresIn * interval '1 second' end)
                        on conflict (id) do nothing""")
                        .param("id", token.id())
                        .param("team", token.team())
                        .param("description", token.description())
                        .param("hash", hash)
                        .param("value", token.value())
                        .param("creator", token.creator())
                        .param("expiresIn", expiresIn)
                        .update()
                == 1;
    }

    Optional<TeamToken> find(String id) {
        return database.sql(SELECT + " where id = :id")
                .param("id", id)
                .query(TokenStore::token)
                .optional();
    }

    /** The tokens of teams in one of the places, by id. */
    List<TeamToken> list(Set<Context> places) {
        String[] teams = places.stream()
                .filter(place -> place.type() == ContextType.TEAM)
                .map(Context::value)
                .toArray(String[]::new);
        return database.sql(SELECT + " where :everything or team = any(:teams) order by id")
                .param("everything", places.contains(Context.GLOBAL))
                .param("teams", teams)
                .query(TokenStore::token)
                .list();
    }

    List<String> idsOfTeam(String team) {
        return database.sql("select id from team_token where team = :team order by id")
                .param("team", team)
                .query(String.class)
                .list();
    }

    void describe(String id, String description) {
        database.sql("update team_token set description = :description where id = :id")
                .param("description", description)
                .param("id", id)
                .update();
    }

    /** @param expiresIn seconds from now; negative for never */
    void expire(String id, long expiresIn) {
        database.sql("""
                        update team_token
                           set expires_at = case when :expiresIn > 0 then now() + :expiresIn * interval '1 second' end
                         where id = :id""").param("expiresIn", expiresIn).param("id", id).update();
    }

    void replaceValue(String id, byte[] hash, byte[] encrypted) {
        database.sql("update team_token set token_hash = :hash, value = :value where id = :id")
                .param("hash", hash)
                .param("value", encrypted)
                .param("id", id)
                .update();
    }

    boolean delete(String id) {
        return database.sql("delete from team_token where id = :id")
                        .param("id", id)
                        .update()
                == 1;
    }

    /** The id of a token that has not expired. */
    Optional<String> id(byte[] hash) {
        return database.sql("""
                        select id from team_token
                         where token_hash = :hash and (expires_at is null or expires_at > now())""").param("hash", hash).query(String.class).optional();
    }

    /** Notes that a token is used; at most every second, so that a busy one does not write with each request. */
    void touch(String id) {
        database.sql("""
                        update team_token set last_access = now()
                         where id = :id and (last_access is null or last_access < now() - interval '1 second')""").param("id", id).update();
    }

    private static TeamToken token(ResultSet row, int number) throws SQLException {
        return new TeamToken(
                row.getString("id"),
                row.getString("team"),
                row.getString("description"),
                row.getBytes("value"),
                row.getString("creator"),
                row.getTimestamp("created_at").toInstant(),
                instant(row.getTimestamp("expires_at")),
                instant(row.getTimestamp("last_access")));
    }

    private static @Nullable Instant instant(@Nullable Timestamp time) {
        return time == null ? null : time.toInstant();
    }
}
