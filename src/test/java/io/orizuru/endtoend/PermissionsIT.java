package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.http.OperationDescriptor;
import io.orizuru.http.Requires;
import io.orizuru.http.ServedOperations;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every operation is asked for by nobody, by a user who may nothing, and by the administrator. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class PermissionsIT {
    private static final String APP = "guarded";
    /** A team and a pool that nothing refers to, so that they can be removed. */
    private static final String SPARE = "spare";

    private static final String USER = "nobody@example.com";
    private static final String PASSWORD = "correct horse";

    /** What a user may do who may nothing: with the own account, and to see what is nobody's secret. */
    private static final Set<String> FOR_EVERY_USER = Set.of(
            "GET /info",
            "GET /users/info",
            "DELETE /users/tokens",
            "GET /teams",
            "GET /plans",
            // The enabled ones; disabled ones are filtered out.
            "GET /platforms",
            "GET /events/kinds",
            // Itself.
            "GET /users",
            // Its own ones.
            "GET /events");

    /** Input without which an operation would be refused before anybody looks at permissions. */
    private static final Map<String, String[]> INPUT = Map.of(
            "POST /apps",
                    new String[] {
                        "name", "other", "platform", "static", "pool", Installation.POOL, "teamOwner", Installation.TEAM
                    },
            "POST /apps/{app}/env", new String[] {"Envs.0.Name", "A", "Envs.0.Value", "1", "NoRestart", "true"},
            "PUT /apps/{app}/units", new String[] {"units", "1"},
            "POST /events/{uuid}/cancel", new String[] {"reason", "why not"},
            "POST /roles", new String[] {"name", "r", "context", "global"});

    /** Operations on an account are tried on somebody else's. */
    private static final Map<String, String> QUERIES = Map.of(
            "GET /users/api-key", "?user=admin%40example.com",
            "POST /users/api-key", "?user=admin%40example.com",
            "DELETE /users", "?user=absent%40example.com",
            "DELETE /apps/{app}/units", "?units=1",
            "DELETE /apps/{app}/env", "?env=A&noRestart=true",
            "GET /apps/{app}/log", "?lines=1",
            "GET /apps/{app}/log-instance", "?lines=1");

    private final Tsuru admin;
    private final Tsuru user;

    PermissionsIT(TestServer server) {
        Installation here = Installation.on(server);
        admin = here.tsuru();
        here.create(APP, "static");
        assertThat(admin.post("/1.0/teams", "name", SPARE).status()).isEqualTo(201);
        assertThat(admin.post("/1.0/pools", "name", SPARE).status()).isEqualTo(201);
        Tsuru anonymous = admin.as(null);
        assertThat(anonymous
                        .post("/1.0/users", "email", USER, "password", PASSWORD)
                        .status())
                .isEqualTo(201);
        user = admin.as(token(USER, PASSWORD));
    }

    private String token(String email, String password) {
        return admin.as(null)
                .post("/1.0/auth/login", "email", email, "password", password)
                .json()
                .path("token")
                .asText();
    }

    @TestFactory
    Stream<DynamicTest> nobodyIsLetInWithoutCredentials() {
        return ServedOperations.all().stream()
                .filter(operation -> !operation.open())
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> {
                    assertThat(ask(admin.as(null), operation).status())
                            .as(name(operation))
                            .isEqualTo(401);
                    assertThat(ask(admin.as("0123456789abcdef"), operation).status())
                            .isEqualTo(401);
                }));
    }

    @TestFactory
    Stream<DynamicTest> aUserWithoutRolesGetsNothing() {
        return ServedOperations.all().stream()
                .filter(operation -> !operation.open() && !FOR_EVERY_USER.contains(name(operation)))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> {
                    Reply reply = ask(user, operation);
                    if (operation.checked() == Requires.Checked.BY_FILTER) {
                        assertThat(reply.status())
                                .as(name(operation) + ": " + reply.body())
                                .isIn(200, 204);
                        assertThat(reply.body().strip()).as(name(operation)).isIn("", "[]", "{}", "null");
                    } else {
                        assertThat(reply.status())
                                .as(name(operation) + ": " + reply.body())
                                .isIn(403, 404);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatEveryUserMayIsLet() {
        return ServedOperations.all().stream()
                .filter(operation -> FOR_EVERY_USER.contains(name(operation)))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> assertThat(
                                ask(user.as(token(USER, PASSWORD)), operation).status())
                        .isIn(200, 204)));
    }

    @Test
    void aUserWithoutRolesSeesOnlyItselfAmongUsers() {
        String users = user.as(token(USER, PASSWORD)).get("/1.0/users").body();
        assertThat(users).contains(USER).doesNotContain("admin@");
    }

    /** What takes away comes last. */
    @TestFactory
    Stream<DynamicTest> theAdministratorIsRefusedNothing() {
        return ServedOperations.all().stream()
                .filter(operation -> !operation.open() && !name(operation).equals("DELETE /users/tokens"))
                .sorted(Comparator.comparing(operation -> operation.method().equals("DELETE")))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> {
                    Reply reply = ask(admin, operation);
                    assertThat(reply.status())
                            .as(name(operation) + ": " + reply.body())
                            .isNotIn(401, 403, 500);
                }));
    }

    private static String name(OperationDescriptor operation) {
        return operation.method() + " " + operation.path();
    }

    private static Reply ask(Tsuru as, OperationDescriptor operation) {
        String name = name(operation);
        String path = path(operation) + QUERIES.getOrDefault(name, "");
        if (name.equals("POST /apps/{app}/deploy")) {
            return as.multipart("POST", path, Source.example("static").archive(), "origin", "app-deploy");
        }
        String[] input = INPUT.getOrDefault(name, new String[0]);
        return operation.method().equals("GET") ? as.get(path) : as.form(operation.method(), path, input);
    }

    private static String path(OperationDescriptor operation) {
        String named =
                operation.path().startsWith("/pools") || operation.path().startsWith("/teams") ? SPARE : "absent";
        return operation
                .path()
                .replace("{app}", APP)
                .replaceAll("\\{(uuid|deploy)}", "0123456789abcdef01234567")
                .replaceAll("\\{[^}]*}", named);
    }
}
