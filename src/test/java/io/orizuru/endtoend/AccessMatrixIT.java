package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.access.ContextType;
import io.orizuru.access.PermissionTree;
import io.orizuru.http.OperationDescriptor;
import io.orizuru.http.Requires;
import io.orizuru.http.ServedOperations;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every operation of the server, asked for by every kind of caller, is decided as it declares; a refusal changes nothing
 * on record. A new operation is in the matrix by itself: where its object is not told by its path, it gets a line here.
 */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class AccessMatrixIT {
    private static final String APP = "guarded";
    private static final String FOREIGN_APP = "foreign";
    /** A team and a pool that nothing refers to, so that they can be removed. */
    private static final String SPARE = "spare";

    /** A team with access to the app that is asked about. */
    private static final String OTHERS = "others";

    private static final String ROLE = "spare-role";
    private static final String TOKEN = "spare-token";
    private static final String DEPLOY = "0123456789abcdef01234567";
    private static final String VICTIM = "victim@example.com";
    private static final String USER = "nobody@example.com";
    private static final String PROBE = "probe@example.com";
    private static final String PASSWORD = "correct horse";

    /** A permission that no operation here needs. */
    private static final String UNRELATED = "volume.create";

    /** What needs no credentials, and why. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("GET /", "says what this is"),
            Map.entry("GET /healthcheck", "asked by what watches the server; tells the state of its parts"),
            Map.entry("GET /metrics", "asked by what watches the server; sums, with no name of an app or a person"),
            Map.entry("GET /openapi.json", "the API's description, the same for all servers"),
            Map.entry("GET /auth/scheme", "needed to log in"),
            Map.entry("GET /auth/schemes", "needed to log in"),
            Map.entry("POST /auth/login", "the password is the credential; guessing is slowed down"),
            Map.entry("POST /users/{email}/tokens", "the password is the credential; guessing is slowed down"),
            Map.entry("GET /auth/saml", "where an identity provider would ask; there is none"),
            Map.entry("POST /auth/saml", "where an identity provider would answer; there is none"),
            Map.entry("POST /users/{email}/password", "the mailed token is the credential"),
            Map.entry("POST /users", "where registration is open; PeopleIT tries it where it is not"));

    /** What a user may do who may nothing: with the own account, and to see what is nobody's secret. */
    private static final Set<String> FOR_EVERY_USER = Set.of(
            "GET /info",
            "GET /users/info",
            "DELETE /users/tokens",
            // Its own, with the old one.
            "PUT /users/password",
            // Its own ones.
            "GET /users/keys",
            "POST /users/keys",
            "DELETE /users/keys/{key}",
            "GET /teams",
            "GET /plans",
            // The enabled ones; disabled ones are filtered out.
            "GET /platforms",
            "GET /events/kinds",
            // Itself.
            "GET /users",
            // Its own ones.
            "GET /events",
            // These say only that they are gone.
            "POST /apps/{app}/diff",
            "DELETE /apps/{app}/lock");

    /** What only the platform's own agents may: no permission lets anybody else. */
    private static final Set<String> FOR_AGENTS = Set.of("POST /node/status", "GET /logs");

    /** Operations whose permission and contexts are the event's own: they declare none. */
    private static final Set<String> BY_EVENT = Set.of("GET /events/{uuid}", "POST /events/{uuid}/cancel");

    /** Whoever may make no apps and read no pools sees all pools, to know what to ask for. */
    private static final String FOR_NEWCOMERS = "GET /pools";

    /** Another name of the deploy. */
    private static final String CLONE = "POST /apps/{app}/repository/clone";

    /** A service that only those use who were let in, and an instance of it. */
    private static final String SERVICE = "guarded-service";

    private static final String INSTANCE = "guarded-instance";

    /** Services without instances: one that can be removed, and one that everybody may use. */
    private static final String SPARE_SERVICE = "spare-service";

    private static final String OPEN_SERVICE = "open-service";

    private static final String CHANGED = "PUT /services/{service}/instances/{instance}";

    /** These need a permission on two things; they have a test of their own. */
    private static final List<String> BINDS = List.of(
            "PUT /services/{service}/instances/{instance}/{app}",
            "PUT /services/{service}/instances/{instance}/apps/{app}",
            "DELETE /services/{service}/instances/{instance}/{app}",
            "DELETE /services/{service}/instances/{instance}/apps/{app}");

    private static final List<String> DEPLOYS =
            List.of("app.deploy.upload", "app.deploy.archive-url", "app.deploy.git", "app.deploy.image");

    /** What takes away by another method than DELETE. */
    private static final String RENAMING = "PUT /roles";

    /**
     * Input without which an operation would be refused before anybody looks at permissions, and that calls for one of an
     * operation's permissions.
     */
    private static final Map<String, String[]> INPUT = Map.ofEntries(
            input("POST /apps", "name", "other", "pool", Installation.POOL, "teamOwner", Installation.TEAM),
            input("PUT /apps/{app}", "description", "guarded"),
            input("PUT /apps/{app} app.update.tags", "tag", "guarded"),
            input("PUT /apps/{app} app.update.plan", "plan", "c0.1m0.1"),
            input("PUT /apps/{app} app.update.planoverride", "planoverride.cpumilli", "100"),
            input("PUT /apps/{app} app.update.pool", "pool", Installation.POOL),
            input("PUT /apps/{app} app.update.teamowner", "teamOwner", Installation.TEAM),
            // One that is not there: with a platform, deploys would take long.
            input("PUT /apps/{app} app.update.platform", "platform", "absent"),
            input("PUT /apps/{app} app.update.image-reset", "imageReset", "true"),
            input("PUT /apps/{app} app.update.metadata", "metadata.labels.0.name", "a", "metadata.labels.0.value", "b"),
            input("POST /apps/{app}/deploy app.deploy.archive-url", "archive-url", "http://127.0.0.1:9/app.tar.gz"),
            input("POST /apps/{app}/deploy app.deploy.image", "image", "example.com/app:1"),
            input("POST /apps/{app}/deploy app.deploy.git", "git-url", "http://127.0.0.1:9/app"),
            input(CLONE + " app.deploy.archive-url", "archive-url", "http://127.0.0.1:9/app.tar.gz"),
            input(CLONE + " app.deploy.image", "image", "example.com/app:1"),
            input(CLONE + " app.deploy.git", "git-url", "http://127.0.0.1:9/app"),
            input("POST /apps/{app}/deploy/rollback", "image", "v1"),
            input("POST /apps/{app}/deploy/rebuild", "origin", "rebuild"),
            input("POST /apps/{app}/routers", "name", "tls"),
            input("POST /apps/{app}/env", "Envs.0.Name", "A", "Envs.0.Value", "1", "NoRestart", "true"),
            input("PUT /apps/{app}/units", "units", "1"),
            input("POST /swap", "app1", APP, "app2", APP),
            input("POST /events/{uuid}/cancel", "reason", "why not"),
            input("POST /roles", "name", "r", "context", "global"),
            input("PUT /roles", "name", ROLE, "description", "spare"),
            input("PUT /roles role.update.name", "name", ROLE, "newName", "renamed-role"),
            input("PUT /roles role.update.context.type", "name", ROLE, "contextType", "global"),
            input("POST /roles/{name}/user", "email", VICTIM),
            input("POST /roles/{name}/group", "group_name", "devs"),
            input("POST /roles/{name}/token", "token_id", TOKEN),
            input("POST /node/status", "Addrs.0", "127.0.0.1", "Units.0.ID", "absent", "Units.0.Status", "started"),
            input("POST /tokens", "team", Installation.TEAM),
            input(
                    "POST /services",
                    "id",
                    "another",
                    "password",
                    "pw",
                    "endpoint",
                    "http://127.0.0.1:9",
                    "team",
                    Installation.TEAM),
            input("PUT /services/{service}", "password", "pw", "endpoint", "http://127.0.0.1:9", "restricted", "true"),
            input("POST /services/{service}/instances", "name", "another", "owner", Installation.TEAM),
            input(CHANGED, "description", "guarded", "teamowner", Installation.TEAM),
            input(CHANGED + " service-instance.update.tags", "tag", "guarded", "teamowner", Installation.TEAM),
            input(CHANGED + " service-instance.update.plan", "plan", "guarded", "teamowner", Installation.TEAM),
            input(CHANGED + " service-instance.update.teamowner", "teamowner", OTHERS),
            input("PUT /constraints", "PoolExpr", SPARE, "Field", "team", "Values.0", "x"));

    private static Map.Entry<String, String[]> input(String operation, String... pairs) {
        return Map.entry(operation, pairs);
    }

    /** Operations on an account are tried on somebody else's. */
    private static final Map<String, String> QUERIES = Map.of(
            "GET /users/api-key", "?user=" + VICTIM,
            "POST /users/api-key", "?user=" + VICTIM,
            "DELETE /users", "?user=" + VICTIM,
            "DELETE /apps/{app}/units", "?units=1",
            "DELETE /apps/{app}/env", "?env=A&noRestart=true",
            // Newer ones would fill the list.
            "GET /events", "?ownername=somebody%40example.com",
            "GET /apps/{app}/log", "?lines=1",
            "GET /apps/{app}/log-instance", "?lines=1");

    /** The permissions that an operation's inputs here call for, where those are not what it declares. */
    private static final Map<String, List<String>> CALLED_FOR = Map.ofEntries(
            Map.entry("POST /apps/{app}/deploy", DEPLOYS),
            Map.entry(CLONE, DEPLOYS),
            Map.entry("POST /apps/{app}/deploy/rollback", List.of("app.deploy.rollback")),
            Map.entry("PUT /roles", List.of("role.update.description", "role.update.name", "role.update.context.type")),
            Map.entry("GET /pools", List.of("pool.read")),
            Map.entry("GET /users", List.of("user.update")),
            Map.entry("GET /events", List.of("app.read.events")),
            Map.entry("GET /events/{uuid}", List.of("app.read.events")),
            Map.entry("POST /events/{uuid}/cancel", List.of("app.update.events")),
            Map.entry("GET /services/instances", List.of("service-instance.read")),
            Map.entry(
                    CHANGED,
                    List.of(
                            "service-instance.update.description",
                            "service-instance.update.tags",
                            "service-instance.update.plan",
                            "service-instance.update.teamowner")),
            Map.entry(BINDS.get(0), List.of()),
            Map.entry(BINDS.get(1), List.of()),
            Map.entry(BINDS.get(2), List.of()),
            Map.entry(BINDS.get(3), List.of()));

    private static final Set<String> UPLOADS = Set.of("POST /apps/{app}/deploy", CLONE, "POST /apps/{app}/build");

    /** What the answer of a list holds when the object is among it. */
    private static final Map<String, String> LISTED = Map.of(
            "GET /apps", "\"" + APP + "\"",
            "GET /deploys", DEPLOY,
            "GET /events", DEPLOY,
            "GET /pools", "\"name\":\"" + SPARE + "\"",
            "GET /users", VICTIM,
            "GET /tokens", TOKEN,
            "GET /services", SERVICE,
            "GET /services/instances", INSTANCE,
            "GET /services/{service}", INSTANCE);

    private static final Map<ContextType, String> ON_APP =
            Map.of(ContextType.APP, APP, ContextType.TEAM, Installation.TEAM, ContextType.POOL, Installation.POOL);

    private static final Map<ContextType, String> ON_SERVICE =
            Map.of(ContextType.SERVICE, SERVICE, ContextType.TEAM, Installation.TEAM);

    private static final Map<ContextType, String> ON_INSTANCE =
            Map.of(ContextType.SERVICE_INSTANCE, SERVICE + "/" + INSTANCE, ContextType.TEAM, Installation.TEAM);

    /** As events of apps have them. */
    private static final String EVENT_CONTEXTS = """
            [{"type": "app", "value": "%s"}, {"type": "team", "value": "%s"}, {"type": "pool", "value": "%s"}]""".formatted(APP, Installation.TEAM, Installation.POOL);

    /** The contexts of an operation's object, where its path does not tell. */
    private static final Map<String, Map<ContextType, String>> OBJECTS = Map.ofEntries(
            Map.entry("GET /apps", ON_APP),
            Map.entry("GET /node/apps/{app}/containers", ON_APP),
            Map.entry("GET /deploys", ON_APP),
            Map.entry("GET /deploys/{deploy}", ON_APP),
            Map.entry("GET /events", ON_APP),
            Map.entry("GET /events/{uuid}", ON_APP),
            Map.entry("POST /events/{uuid}/cancel", ON_APP),
            Map.entry("POST /swap", ON_APP),
            Map.entry("POST /apps", Map.of(ContextType.TEAM, Installation.TEAM)),
            Map.entry("POST /tokens", Map.of(ContextType.TEAM, Installation.TEAM)),
            Map.entry("GET /tokens", Map.of(ContextType.TEAM, Installation.TEAM)),
            Map.entry("GET /pools", Map.of(ContextType.POOL, SPARE)),
            Map.entry("POST /pools", Map.of()),
            Map.entry("POST /teams", Map.of()),
            // To see all of them, one has to be able to change all of them.
            Map.entry("GET /users", Map.of()),
            Map.entry("GET /services", ON_SERVICE),
            Map.entry("GET /services/instances", ON_INSTANCE),
            Map.entry("GET /services/{service}", ON_INSTANCE),
            Map.entry(
                    "DELETE /services/{service}",
                    Map.of(ContextType.SERVICE, SPARE_SERVICE, ContextType.TEAM, Installation.TEAM)),
            Map.entry("POST /services", Map.of(ContextType.TEAM, Installation.TEAM)),
            Map.entry("POST /services/{service}/instances", Map.of(ContextType.TEAM, Installation.TEAM)),
            Map.entry("PUT /constraints", Map.of(ContextType.POOL, SPARE)));

    private final PermissionTree tree = PermissionTree.load();
    private final TestServer server;
    private final GivingService service = GivingService.start("GUARDED");
    private final Rows rows;
    private final Tsuru admin;
    private final Tsuru user;
    private final Tsuru probe;
    private final Map<String, Tsuru> outsiders = new LinkedHashMap<>();
    private final Tsuru foreignApp;
    private final Tsuru agent;

    AccessMatrixIT(TestServer server) {
        this.server = server;
        Installation here = Installation.on(server);
        admin = here.tsuru();
        rows = Rows.of(server);
        for (String email : List.of(USER, PROBE, VICTIM)) {
            register(email);
        }
        user = admin.as(token(USER));
        probe = admin.as(token(PROBE));
        done(admin.post("/1.0/teams", "name", OTHERS));
        restore();
        done(admin.post("/1.0/apps", "name", FOREIGN_APP, "pool", Installation.POOL, "teamOwner", OTHERS));
        foreignApp = admin.as(admin.get("/1.0/apps/" + FOREIGN_APP + "/env?env=TSURU_APP_TOKEN")
                .json()
                .path(0)
                .path("value")
                .asText());
        agent = admin.as(server.run("agents-token").output().strip());
        outsiders.put("nobody", admin.as(null));
        outsiders.put("an unknown token", admin.as("0123456789abcdef"));
        outsiders.put("an expired session", admin.as(expiredSession()));
        outsiders.put("an ended session", admin.as(endedSession()));
        outsiders.put("an expired team token", admin.as(expiredTeamToken()));
        outsiders.put("a regenerated team token", admin.as(regeneratedTeamToken()));
    }

    @AfterAll
    void close() {
        rows.close();
        service.close();
    }

    private void register(String email) {
        done(admin.as(null).post("/1.0/users", "email", email, "password", PASSWORD));
    }

    private String token(String email) {
        return admin.as(null)
                .post("/1.0/auth/login", "email", email, "password", PASSWORD)
                .json()
                .path("token")
                .asText();
    }

    private String expiredSession() {
        List<String> before = rows.column("select encode(token_hash, 'hex') from session");
        String token = token(USER);
        rows.run(
                "update session set expires_at = now() - interval '1 second'"
                        + " where email = ? and not encode(token_hash, 'hex') = any(string_to_array(?, ','))",
                USER,
                String.join(",", before));
        return token;
    }

    private String endedSession() {
        String token = token(USER);
        done(admin.as(token).delete("/1.0/users/tokens"));
        return token;
    }

    private String expiredTeamToken() {
        String token = teamToken("expired");
        rows.run("update team_token set expires_at = now() - interval '1 second' where id = ?", "expired");
        return token;
    }

    private String regeneratedTeamToken() {
        String token = teamToken("renewed");
        done(admin.put("/1.6/tokens/renewed", "regenerate", "true"));
        return token;
    }

    private String teamToken(String id) {
        Reply created = admin.post("/1.6/tokens", "token_id", id, "team", OTHERS);
        done(created);
        return created.json().path("token").asText();
    }

    private static void done(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isIn(200, 201);
    }

    /** Brings back what operations that were let took away. */
    private void restore() {
        if (admin.get("/1.4/teams/" + SPARE).status() == 404) {
            done(admin.post("/1.0/teams", "name", SPARE));
        }
        if (admin.get("/pools/" + SPARE).status() == 404) {
            done(admin.post("/1.0/pools", "name", SPARE));
        }
        if (admin.get("/1.0/roles/" + ROLE).status() == 404) {
            done(admin.post("/1.0/roles", "name", ROLE, "context", "global"));
        }
        if (admin.get("/1.7/tokens/" + TOKEN).status() == 404) {
            done(admin.post("/1.6/tokens", "token_id", TOKEN, "team", Installation.TEAM));
        }
        if (admin.get("/1.0/users/" + VICTIM + "/quota").status() == 404) {
            register(VICTIM);
        }
        if (admin.get("/1.0/apps/" + APP).status() == 404) {
            done(admin.post("/1.0/apps", "name", APP, "pool", Installation.POOL, "teamOwner", Installation.TEAM));
        }
        rows.run("""
                insert into event (id, kind, kind_type, target_type, target_value, owner_type, owner_name, running, ended_at,
                                   allowed, allowed_cancel, target_identity, places)
                values (?, 'app.deploy', 'permission', 'app', ?, 'user', 'somebody@example.com', false, now(),
                        '{"scheme": "app.read.events", "contexts": %1$s}',
                        '{"scheme": "app.update.events", "contexts": %1$s}',
                        identity_of('app', ?),
                        array(select identity_of(place->>'type', place->>'value')
                                from jsonb_array_elements('%1$s'::jsonb) with ordinality as p (place, n) order by n))
                on conflict (id) do update
                   set target_identity = excluded.target_identity, places = excluded.places""".formatted(EVENT_CONTEXTS), DEPLOY, APP, APP);
        for (String name : List.of(SERVICE, SPARE_SERVICE, OPEN_SERVICE)) {
            if (admin.get("/1.0/services/" + name).status() == 404) {
                service.offer(admin, name);
            }
        }
        if (admin.get("/1.0/services/" + SERVICE + "/instances/" + INSTANCE).status() == 404) {
            service.make(admin, SERVICE, INSTANCE);
        }
        rows.run("update service set restricted = name = ?, endpoint = ?", SERVICE, service.endpoint());
        // More than one, so that one of them can go.
        for (String team : List.of(OTHERS, SPARE)) {
            assertThat(admin.put("/1.0/services/" + SERVICE + "/team/" + team).status())
                    .isIn(200, 409);
        }
        // It may have access already.
        assertThat(admin.put("/1.0/apps/" + APP + "/teams/" + OTHERS).status()).isIn(200, 409);
    }

    /** Lets the probe have one permission in one place, and nothing else. */
    private void hold(String permission, ContextType type, String value) {
        String role = "probe " + permission + " " + type.wireName();
        rows.run("delete from role_grant where email = ?", PROBE);
        // What is left out of an update is emptied, which needs a permission of its own.
        rows.run(
                "update service_instance set description = '', plan = '', tags = '{}', team_owner = ? where name = ?",
                Installation.TEAM,
                INSTANCE);
        rows.run("insert into role (name, context) values (?, ?) on conflict do nothing", role, type.wireName());
        rows.run(
                "insert into role_permission (role, permission) values (?, ?) on conflict do nothing",
                role,
                permission);
        rows.run("insert into role_grant (email, role, context_value) values (?, ?, ?)", PROBE, role, value);
    }

    @Test
    void whatNeedsNoCredentialsIsListedWithItsReason() {
        assertThat(ServedOperations.all())
                .filteredOn(OperationDescriptor::open)
                .extracting(AccessMatrixIT::name)
                .containsExactlyInAnyOrderElementsOf(OPEN.keySet());
    }

    @Test
    void everyOperationSaysWhoMayUseIt() {
        assertThat(ServedOperations.all())
                .filteredOn(operation ->
                        !operation.open() && operation.permissions().isEmpty())
                .extracting(AccessMatrixIT::name)
                .allMatch(
                        name -> FOR_EVERY_USER.contains(name) || BY_EVENT.contains(name) || FOR_AGENTS.contains(name));
    }

    @Test
    void whatIsForAgentsIsListed() {
        assertThat(ServedOperations.all())
                .filteredOn(operation -> operation.checked() == Requires.Checked.FOR_AGENTS)
                .extracting(AccessMatrixIT::name)
                .containsExactlyInAnyOrderElementsOf(FOR_AGENTS);
    }

    @TestFactory
    Stream<DynamicTest> whatIsForAgentsIsLetToThemAndToNobodyElse() {
        return ServedOperations.all().stream()
                .filter(operation -> FOR_AGENTS.contains(name(operation)))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> {
                    restore();
                    hold("*", ContextType.GLOBAL, "");
                    Tsuru ownApp = admin.as(admin.get("/1.0/apps/" + APP + "/env?env=TSURU_APP_TOKEN")
                            .json()
                            .path(0)
                            .path("value")
                            .asText());
                    String before = rows.fingerprint();
                    for (Tsuru caller : List.of(probe, admin, user, ownApp)) {
                        Reply reply = ask(caller, operation);
                        assertThat(reply.status()).as(reply.body()).isEqualTo(403);
                        assertThat(reply.body()).isEqualTo("this token is not allowed to execute this action\n");
                    }
                    assertThat(rows.fingerprint())
                            .as("what is on record after refusals")
                            .isEqualTo(before);
                    Reply reply = ask(agent, operation);
                    assertThat(reply.status())
                            .as(reply.body())
                            .isEqualTo(operation.socket() ? 400 : 200); // It asks for no WebSocket here.
                }));
    }

    @Test
    void anAgentMayNothingElse() {
        assertThat(agent.get("/1.0/apps").status()).isEqualTo(204);
        assertThat(agent.get("/1.0/apps/" + FOREIGN_APP).status()).isEqualTo(403);
        assertThat(agent.post("/1.0/teams", "name", "ours").status()).isEqualTo(403);
    }

    /** Takes away last, so that what is asked about is there as long as can be. */
    @TestFactory
    Stream<DynamicTest> everyOperationIsDecidedAsDeclared() {
        return ServedOperations.all().stream()
                .filter(operation -> !operation.open())
                .sorted(Comparator.comparing(operation -> operation.method().equals("DELETE")))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> decide(operation)));
    }

    private void decide(OperationDescriptor operation) {
        restore();
        String before = rows.fingerprint();
        outsiders.forEach((who, caller) -> assertThat(ask(caller, operation).status())
                .as(name(operation) + " by " + who)
                .isEqualTo(401));
        boolean forSome = !FOR_EVERY_USER.contains(name(operation)) || isList(operation);
        if (forSome && !name(operation).equals(FOR_NEWCOMERS)) {
            refused(operation, "a user without roles", user);
            refused(operation, "an app", foreignApp);
        }
        assertThat(rows.fingerprint()).as("what is on record after refusals").isEqualTo(before);
        for (String permission : permissions(operation)) {
            everyPlace(operation, permission);
        }
        if (!name(operation).equals("DELETE /users/tokens") && !FOR_AGENTS.contains(name(operation))) {
            Reply reply = ask(admin, operation);
            assertThat(reply.status()).as("the administrator: " + reply.body()).isNotIn(401, 403, 500);
        }
    }

    private static List<String> permissions(OperationDescriptor operation) {
        List<String> declared = FOR_EVERY_USER.contains(name(operation)) ? List.of() : operation.permissions();
        return CALLED_FOR.getOrDefault(name(operation), declared);
    }

    private static boolean isList(OperationDescriptor operation) {
        return LISTED.containsKey(name(operation));
    }

    /** Exactly the permission, in a context of each type that the tree knows for it: the object's own, and another's. */
    private void everyPlace(OperationDescriptor operation, String permission) {
        Map<ContextType, String> object = object(operation);
        List<ContextType> types = Objects.requireNonNull(tree.contextTypes(permission), permission);
        for (ContextType type : types) {
            if (type == ContextType.GLOBAL) {
                continue;
            }
            String value = object.getOrDefault(type, "guarded");
            if (object.containsKey(type)) {
                unchanged(operation, permission, type, "elsewhere");
                if (!name(operation).equals(FOR_NEWCOMERS)) {
                    unchanged(operation, UNRELATED, type, value);
                }
                let(operation, permission, type, value);
            } else {
                unchanged(operation, permission, type, value);
            }
        }
        let(operation, permission, ContextType.GLOBAL, "");
        let(operation, "*", ContextType.GLOBAL, "");
    }

    private void unchanged(OperationDescriptor operation, String permission, ContextType type, String value) {
        hold(permission, type, value);
        String before = rows.fingerprint();
        refused(operation, permission + " in " + type.wireName() + " " + value, probe);
        assertThat(rows.fingerprint()).as("what is on record after a refusal").isEqualTo(before);
    }

    private void let(OperationDescriptor operation, String permission, ContextType type, String value) {
        hold(permission, type, value);
        Reply reply = ask(probe, operation, permission);
        if (operation.method().equals("DELETE") || name(operation).equals(RENAMING)) {
            restore();
        }
        String what = name(operation) + " with " + permission + " in " + type.wireName() + " " + value + ": "
                + reply.status() + " " + reply.body();
        if (isList(operation)) {
            assertThat(reply.status()).as(what).isEqualTo(200);
            assertThat(reply.body()).as(what).contains(LISTED.get(name(operation)));
        } else {
            assertThat(reply.status()).as(what).isNotIn(401, 403, 500);
            // Whoever may knows whether there is something.
            assertThat(reply.status() == 404 && !object(operation).isEmpty() && !isPart(operation))
                    .as(what)
                    .isFalse();
        }
    }

    /** Whether it is about something of an app that may not be there while the app is. */
    private static boolean isPart(OperationDescriptor operation) {
        return Set.of("POST /apps/{app}/routable", "POST /apps/{app}/units/register")
                        .contains(name(operation))
                || operation.path().matches("/apps/\\{app}/.*\\{(router|version|release|unit)}.*");
    }

    private static void refused(OperationDescriptor operation, String who, Tsuru caller) {
        Reply reply = ask(caller, operation);
        String what = name(operation) + " by " + who + ": " + reply.status() + " " + reply.body();
        if (isList(operation) && reply.status() != 403) {
            // Only people have users that they may see.
            assertThat(reply.status()).as(what).isIn(200, 204, 400);
            assertThat(reply.body()).as(what).doesNotContain(LISTED.get(name(operation)));
            return;
        }
        if (name(operation).equals("DELETE /teams/{name}") && reply.status() == 404) {
            assertThat(reply.body()).as(what).isEqualTo("Team \"" + SPARE + "\" not found.\n");
            return;
        }
        if (BY_EVENT.contains(name(operation)) || name(operation).equals("GET /deploys/{deploy}")) {
            assertThat(reply.status()).as(what).isIn(400, 403, 404);
            return;
        }
        assertThat(reply.status()).as(what).isEqualTo(403);
    }

    @TestFactory
    Stream<DynamicTest> whatEveryUserMayIsLet() {
        return ServedOperations.all().stream()
                .filter(operation -> FOR_EVERY_USER.contains(name(operation)))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> assertThat(
                                ask(user.as(token(USER)), operation).status())
                        .isNotIn(401, 403, 500)));
    }

    /** Where each part of the input needs a permission of its own, the others' do not do. */
    @TestFactory
    Stream<DynamicTest> everyPartOfAnInputNeedsItsOwnPermission() {
        return ServedOperations.all().stream()
                .filter(operation -> permissions(operation).size() > 1
                        && INPUT.keySet().stream().anyMatch(key -> key.startsWith(name(operation) + " ")))
                .map(operation -> DynamicTest.dynamicTest(name(operation), () -> decideParts(operation)));
    }

    private void decideParts(OperationDescriptor operation) {
        restore();
        List<String> parts = permissions(operation).stream()
                .filter(permission -> !permission.equals("app.update"))
                .toList();
        for (String held : parts) {
            hold(held, ContextType.GLOBAL, "");
            String before = rows.fingerprint();
            parts.stream().filter(asked -> !asked.equals(held)).forEach(asked -> {
                Reply reply = ask(probe, operation, asked);
                assertThat(reply.status())
                        .as(name(operation) + " for " + asked + " with " + held + ": " + reply.body())
                        .isEqualTo(403);
            });
            assertThat(rows.fingerprint())
                    .as("what is on record after refusals")
                    .isEqualTo(before);
        }
    }

    @Test
    void aSwapNeedsThePermissionForBothApps() {
        restore();
        hold("app.update.swap", ContextType.APP, APP);
        assertThat(probe.post("/1.0/swap", "app1", APP, "app2", FOREIGN_APP).status())
                .isEqualTo(403);
        assertThat(probe.post("/1.0/swap", "app1", FOREIGN_APP, "app2", APP).status())
                .isEqualTo(403);
    }

    @Test
    void aBindNeedsThePermissionOnTheInstanceAndOnTheApp() {
        restore();
        String path = "/1.0/services/" + SERVICE + "/instances/" + INSTANCE + "/" + APP;
        hold("service-instance.update", ContextType.GLOBAL, "");
        assertThat(probe.put(path).status()).isEqualTo(403);
        assertThat(probe.delete(path).status()).isEqualTo(403);
        hold("app.update", ContextType.GLOBAL, "");
        assertThat(probe.put(path).status()).isEqualTo(403);
        assertThat(probe.delete(path).status()).isEqualTo(403);
        hold("*", ContextType.TEAM, Installation.TEAM);
        assertThat(probe.put(path).status()).isIn(200, 409);
        assertThat(probe.delete(path + "?force=true").status()).isEqualTo(200);
    }

    @Test
    void whoMayMakeAppsOfATeamSeesThePoolsThatLetItIn() {
        restore();
        done(admin.post("/1.0/pools/" + SPARE + "/team", "team", OTHERS));

        hold("app.create", ContextType.TEAM, Installation.TEAM);
        assertThat(probe.get("/1.0/pools").body())
                .contains("\"name\":\"" + Installation.POOL + "\"")
                .doesNotContain(LISTED.get("GET /pools"));
        hold("app.create", ContextType.TEAM, OTHERS);
        assertThat(probe.get("/1.0/pools").body()).contains(LISTED.get("GET /pools"));

        done(admin.delete("/1.0/pools/" + SPARE + "/team?team=" + OTHERS));
    }

    @Test
    void aUserIsSeenByWhoHoldsAllThatItsRolesGive() {
        restore();
        rows.run("insert into role (name, context) values (?, 'team') on conflict do nothing", "seen");
        rows.run(
                "insert into role_permission (role, permission) values (?, ?) on conflict do nothing",
                "seen",
                "team.read");
        rows.run(
                "insert into role_grant (email, role, context_value) values (?, ?, ?) on conflict do nothing",
                VICTIM,
                "seen",
                OTHERS);

        for (String held : List.of("team.read", "team", "*")) {
            hold(held, ContextType.TEAM, OTHERS);
            assertThat(probe.get("/1.0/users").body()).as(held).contains(VICTIM);
        }
        hold("team.read", ContextType.TEAM, Installation.TEAM);
        assertThat(probe.get("/1.0/users").body()).doesNotContain(VICTIM);
        hold("team.update", ContextType.TEAM, OTHERS);
        assertThat(probe.get("/1.0/users").body()).doesNotContain(VICTIM);

        rows.run("delete from role_grant where email = ?", VICTIM);
    }

    @Test
    void aUserWithoutRolesSeesOnlyItselfAmongUsers() {
        String users = user.as(token(USER)).get("/1.0/users").body();
        assertThat(users).contains(USER).doesNotContain(server.adminEmail()).doesNotContain(VICTIM);
    }

    private static String name(OperationDescriptor operation) {
        return operation.method() + " " + operation.path();
    }

    private static Map<ContextType, String> object(OperationDescriptor operation) {
        Map<ContextType, String> known = OBJECTS.get(name(operation));
        String path = operation.path();
        if (known != null) {
            return known;
        } else if (path.startsWith("/apps/{app}")) {
            return ON_APP;
        } else if (path.matches("/services/.*\\{instance}.*")) {
            return ON_INSTANCE;
        } else if (path.startsWith("/services/")) {
            return ON_SERVICE;
        } else if (path.startsWith("/teams/")) {
            return Map.of(ContextType.TEAM, SPARE);
        } else if (path.startsWith("/pools/")) {
            return Map.of(ContextType.POOL, SPARE);
        } else if (path.startsWith("/tokens/")) {
            return Map.of(ContextType.TEAM, Installation.TEAM);
        } else if (path.startsWith("/users")) {
            return Map.of(ContextType.USER, VICTIM);
        }
        return Map.of();
    }

    private static Reply ask(Tsuru as, OperationDescriptor operation) {
        return ask(as, operation, permissions(operation).stream().findFirst().orElse(""));
    }

    private static String serviceOf(String operation) {
        return switch (operation) {
            case "DELETE /services/{service}" -> SPARE_SERVICE;
            case "POST /services/{service}/instances" -> OPEN_SERVICE;
            default -> SERVICE;
        };
    }

    /** Asks with the input that calls for a permission. */
    private static Reply ask(Tsuru as, OperationDescriptor operation, String permission) {
        String name = name(operation);
        String query = operation.path().contains("/proxy/") ? "?callback=%2Fanything" : "";
        String path = path(operation) + QUERIES.getOrDefault(name, query);
        if (UPLOADS.contains(name) && !INPUT.containsKey(name + " " + permission)) {
            return as.multipart(
                    "POST", path, Source.example("static").archive(), "origin", "app-deploy", "tag", "guarded");
        }
        String[] usual = INPUT.getOrDefault(name, new String[0]);
        String[] input = INPUT.getOrDefault(name + " " + permission, usual);
        return operation.method().equals("GET") ? as.get(path) : as.form(operation.method(), path, input);
    }

    private static String path(OperationDescriptor operation) {
        return operation
                .path()
                .replace("{app}", APP)
                .replaceAll("\\{(uuid|deploy)}", DEPLOY)
                .replace("/apps/" + APP + "/teams/{team}", "/apps/" + APP + "/teams/" + OTHERS)
                .replaceAll("^/roles/\\{[^}]*}", "/roles/" + ROLE)
                .replace("{token_id}", TOKEN)
                .replace("{email}", VICTIM)
                .replace("/services/{service}/team/{team}", "/services/{service}/team/" + OTHERS)
                .replace("/permission/{instance}/{team}", "/permission/{instance}/" + OTHERS)
                .replace("{service}", serviceOf(name(operation)))
                .replace("{instance}", INSTANCE)
                .replace("{permission}", "app.read")
                .replace("/routers/{router}", "/routers/main")
                .replaceAll("\\{(version|release)}", "1")
                .replaceAll("^/(teams|pools)/\\{[^}]*}", "/$1/" + SPARE)
                .replaceAll("\\{[^}]*}", "absent");
    }
}
