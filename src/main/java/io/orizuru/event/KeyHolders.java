package io.orizuru.event;

import io.orizuru.access.Caller;
import io.orizuru.access.Grant;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Whose a request's key is: the caller's that there is, not that of whoever gets the name later. */
@ApplicationScoped
class KeyHolders {
    private final Database database;

    KeyHolders(Database database) {
        this.database = database;
    }

    /** What names the caller for good. */
    String of(Caller caller) {
        String type = caller.type().name().toLowerCase(Locale.ROOT);
        return switch (caller.type()) {
            case USER, APP -> type + "/" + identity("select identity_of(:type, :name)::text", type, caller.name());
            case TOKEN ->
                type + "/"
                        + identity(
                                "select identity::text from team_token where :type <> '' and id = :name",
                                type,
                                caller.tokenId());
            case ANONYMOUS, INTERNAL -> type + "/" + caller.name();
        };
    }

    private String identity(String query, String type, String name) {
        return database.sql(query)
                .param("type", type)
                .param("name", name)
                .query(String.class)
                .optional()
                .orElse("");
    }

    /** What a caller may, to be compared with what it may later. */
    static Set<String> rights(Caller caller) {
        return caller.grants().stream().map(KeyHolders::text).collect(Collectors.toSet());
    }

    private static String text(Grant grant) {
        return grant.permission() + " " + grant.context().type().wireName() + " "
                + grant.context().value();
    }
}
