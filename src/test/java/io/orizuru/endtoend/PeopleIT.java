package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Passwords, sessions, keys: all that lets people in, and what keeps others out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class PeopleIT {
    private static final String ED25519 =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    private MailServer mail;
    private TestServer server;
    private Tsuru admin;
    private Tsuru anonymous;

    @BeforeAll
    void start() {
        mail = new MailServer();
        server = TestServer.start(settings -> {
            mail.configure(settings);
            settings.put("user-registration", false);
            settings.putObject("auth").put("sessions-per-user", 3);
            settings.putObject("quotas")
                    .put("apps-per-user", 2)
                    .put("apps-per-team", 3)
                    .put("units-per-app", 1);
        });
        admin = Tsuru.of(server);
        anonymous = admin.as(null);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        mail.close();
    }

    private Tsuru register(String email, String password) {
        assertThat(admin.post("/1.0/users", "email", email, "password", password)
                        .status())
                .isEqualTo(201);
        return logIn(email, password);
    }

    private Reply tryToLogIn(String email, String password) {
        return anonymous.post("/1.0/auth/login", "email", email, "password", password);
    }

    private Tsuru logIn(String email, String password) {
        Reply reply = tryToLogIn(email, password);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return admin.as(reply.json().path("token").asText());
    }

    private static int info(Tsuru user) {
        return user.get("/1.0/users/info").status();
    }

    @Test
    void onlyWhoMayCreateUsersDoesWhereRegistrationIsClosed() {
        Tsuru user = register("closed@example.com", "no more of us");
        for (Tsuru caller : List.of(anonymous, user)) {
            Reply refused = caller.post("/1.0/users", "email", "another@example.com", "password", "one of them");
            assertThat(refused.status()).as(refused.body()).isEqualTo(401);
            assertThat(refused.body()).isEqualTo("User registration is disabled for non-admin users.\n");
        }
        assertThat(tryToLogIn("another@example.com", "one of them").status()).isEqualTo(404);
        admin.post("/1.0/roles", "name", "receptionist", "context", "global");
        admin.post("/1.0/roles/receptionist/permissions", "permission", "user.create");
        admin.post("/1.0/roles/receptionist/user", "email", "closed@example.com");

        assertThat(user.post("/1.0/users", "email", "another@example.com", "password", "one of them")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void whatIsNewHasTheLimitsOfTheSettings() {
        register("limited@example.com", "limited");
        admin.post("/1.0/teams", "name", "limited");
        admin.post("/1.0/pools", "name", "limited", "public", "true");
        assertThat(admin.post("/1.0/apps", "name", "limited", "pool", "limited", "teamOwner", "limited")
                        .status())
                .isEqualTo(201);

        assertThat(limit("/1.0/users/limited@example.com/quota")).isEqualTo(2);
        assertThat(limit("/1.12/teams/limited/quota")).isEqualTo(3);
        assertThat(limit("/1.0/apps/limited/quota")).isEqualTo(1);
        assertThat(limit("/1.0/users/" + server.adminEmail() + "/quota")).isEqualTo(-1);
    }

    private int limit(String path) {
        return admin.get(path).json().path("limit").asInt();
    }

    @Test
    void aChangedPasswordEndsAllSessionsButTheOneThatChangedIt() {
        Tsuru here = register("change@example.com", "the old one");
        Tsuru there = logIn("change@example.com", "the old one");
        String key = here.get("/1.0/users/api-key").json().asText();

        Reply changed =
                here.put("/1.0/users/password", "old", "the old one", "new", "the new one", "confirm", "the new one");

        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        assertThat(info(here)).isEqualTo(200);
        assertThat(info(there)).isEqualTo(401);
        assertThat(info(admin.as(key))).isEqualTo(200);
        assertThat(tryToLogIn("change@example.com", "the old one").status()).isEqualTo(401);
        assertThat(tryToLogIn("change@example.com", "the new one").status()).isEqualTo(200);
    }

    @Test
    void aMailedTokenSetsThePasswordOnceAndEndsAllSessions() {
        Tsuru session = register("forgot@example.com", "forgotten");
        String path = "/1.0/users/forgot@example.com/password";
        assertThat(anonymous.post(path).status()).isEqualTo(200);
        String token = mail.secretFor("forgot@example.com", 1);
        assertThat(token).matches("[0-9a-f]{64}");
        assertThat(info(session)).isEqualTo(200);

        assertThat(anonymous.post(path, "token", token, "password", "short").status())
                .isEqualTo(400);
        assertThat(anonymous
                        .post(
                                "/1.0/users/" + server.adminEmail() + "/password",
                                "token",
                                token,
                                "password",
                                "not yours")
                        .status())
                .isEqualTo(400);
        Reply set = anonymous.post(path, "token", token, "password", "remembered");
        assertThat(set.status()).as(set.body()).isEqualTo(200);

        assertThat(info(session)).isEqualTo(401);
        assertThat(info(logIn("forgot@example.com", "remembered"))).isEqualTo(200);
        Reply again = anonymous.post(path, "token", token, "password", "once more");
        assertThat(again.status()).isEqualTo(400);
        assertThat(again.body()).isEqualTo("Invalid token\n");
    }

    @Test
    void aMailedPasswordIsChangedBeforeAnythingElse() {
        register("lazy@example.com", "forgotten");
        String path = "/1.0/users/lazy@example.com/password";
        anonymous.post(path);
        anonymous.post(path, "token", mail.secretFor("lazy@example.com", 1));
        String mailed = mail.secretFor("lazy@example.com", 2);

        Tsuru session = logIn("lazy@example.com", mailed);
        Reply refused = session.get("/1.0/apps");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).contains("password must be changed");
        assertThat(session.post("/1.0/users/api-key").status()).isEqualTo(403);
        assertThat(info(session)).isEqualTo(200);
        assertThat(session.put("/1.0/users/password", "old", mailed, "new", mailed, "confirm", mailed)
                        .status())
                .isEqualTo(400);
        assertThat(session.put("/1.0/users/password", "old", mailed, "new", "my own", "confirm", "my own")
                        .status())
                .isEqualTo(200);
        assertThat(session.get("/1.0/apps").status()).isIn(200, 204);
    }

    @Test
    void nobodyCanFloodAMailbox() {
        register("flooded@example.com", "flooded");
        for (int i = 0; i < 8; i++) {
            assertThat(anonymous.post("/1.0/users/flooded@example.com/password").status())
                    .isEqualTo(200);
        }
        mail.secretFor("flooded@example.com", 5);
        try (Rows rows = Rows.of(server)) {
            Eventually.holds(
                    () -> assertThat(rows.column("select id from mail")).isEmpty());
        }
        assertThat(mail.textsFor("flooded@example.com")).hasSize(5);
    }

    @Test
    void theOldestSessionGoesForOneTooMany() {
        Tsuru first = register("many@example.com", "many of them");
        Tsuru second = logIn("many@example.com", "many of them");
        logIn("many@example.com", "many of them");
        assertThat(info(first)).isEqualTo(200);
        Tsuru fourth = logIn("many@example.com", "many of them");
        assertThat(info(first)).isEqualTo(401);
        assertThat(info(second)).isEqualTo(200);
        assertThat(info(fourth)).isEqualTo(200);
    }

    @Test
    void anExpiredSessionIsNothing() {
        Tsuru session = register("late@example.com", "too late");
        try (Rows rows = Rows.of(server)) {
            rows.column("update session set expires_at = now() where email = ? returning email", "late@example.com");
        }
        assertThat(info(session)).isEqualTo(401);
    }

    @Test
    void whoeverGuessesWaitsAndNobodyElseDoes() {
        Tsuru owner = register("guessed@example.com", "hard to guess");
        for (int i = 0; i < 10; i++) {
            assertThat(tryToLogIn("guessed@example.com", "a guess " + i).status())
                    .isEqualTo(401);
        }
        // On a slow machine the first waits are over before the next attempt is looked at.
        Eventually.holds(() -> {
            Reply guess = tryToLogIn("guessed@example.com", "another guess");
            assertThat(guess.status()).as(guess.body()).isEqualTo(429);
            assertThat(Integer.parseInt(guess.header("Retry-After"))).isGreaterThan(3);
        });
        Reply blocked = tryToLogIn("guessed@example.com", "hard to guess");
        assertThat(blocked.status()).as(blocked.body()).isEqualTo(429);
        assertThat(Integer.parseInt(blocked.header("Retry-After"))).isPositive();
        assertThat(blocked.body()).contains("Too many failed log-ins");

        assertThat(tryToLogIn(server.adminEmail(), server.adminPassword()).status())
                .isEqualTo(200);
        assertThat(owner.post("/1.0/auth/login", "email", "guessed@example.com", "password", "hard to guess")
                        .status())
                .isEqualTo(200);
        assertThat(info(owner)).isEqualTo(200);
    }

    @Test
    void aStreamEndsWhenItsTokenIsRevoked() throws IOException {
        admin.post("/1.0/teams", "name", "followers");
        admin.post("/1.0/pools", "name", "followers", "public", "true");
        assertThat(admin.post("/1.0/apps", "name", "followed", "pool", "followers", "teamOwner", "followers")
                        .status())
                .isEqualTo(201);
        // The answer's head comes with the first line, or after a while.
        admin.post("/1.0/apps/followed/log", "message", "the first", "source", "test");
        Reply reply = tryToLogIn(server.adminEmail(), server.adminPassword());
        Tsuru follower = admin.as(reply.json().path("token").asText());
        HttpResponse<InputStream> log =
                follower.open("GET", "/1.0/apps/followed/log?lines=10&follow=1", null, new byte[0]);
        assertThat(log.statusCode()).isEqualTo(200);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(log.body(), StandardCharsets.UTF_8))) {
            admin.post("/1.0/apps/followed/log", "message", "still here", "source", "test");
            String line;
            do {
                line = lines.readLine();
            } while (line != null && !line.contains("still here"));
            assertThat(line).isNotNull();

            assertThat(follower.delete("/1.0/users/tokens").status()).isEqualTo(200);
            long begin = System.nanoTime();
            while (line != null) {
                line = lines.readLine();
            }
            assertThat(System.nanoTime() - begin).isLessThan(15_000_000_000L);
        }
    }

    @Test
    void keysOfSshAreAddedListedAndRemoved() {
        Tsuru user = register("keys@example.com", "with keys");
        assertThat(user.get("/1.0/users/keys").json()).isEmpty();
        Reply added = user.post("/1.0/users/keys", "keyname", "laptop", "key", ED25519 + " me@laptop");
        assertThat(added.status()).as(added.body()).isEqualTo(200);
        assertThat(user.get("/1.0/users/keys").json().path("laptop").asText()).isEqualTo(ED25519);

        assertThat(user.post("/1.0/users/keys", "keyname", "same", "key", ED25519)
                        .status())
                .isEqualTo(409);
        assertThat(admin.post("/1.0/users/keys", "keyname", "theirs", "key", ED25519)
                        .status())
                .isEqualTo(409);
        assertThat(user.post("/1.0/users/keys", "keyname", "bad", "key", "ssh-rsa AAAA")
                        .status())
                .isEqualTo(400);
        assertThat(user.post("/1.0/users/keys", "keyname", "", "key", ED25519).status())
                .isEqualTo(400);
        assertThat(user.post("/1.0/users/keys", "keyname", "laptop", "key", ED25519, "force", "true")
                        .status())
                .isEqualTo(200);
        assertThat(anonymous.get("/1.0/users/keys").status()).isEqualTo(401);

        assertThat(user.delete("/1.0/users/keys/laptop").status()).isEqualTo(200);
        assertThat(user.delete("/1.0/users/keys/laptop").status()).isEqualTo(404);
        String kinds = admin.get("/1.1/events?target.type=user&target.value=keys%40example.com")
                .json()
                .findValuesAsText("Name")
                .toString();
        assertThat(kinds).contains("user.update.key.add", "user.update.key.remove");
    }

    @Test
    void onlyUsersHaveKeysOfSsh() {
        admin.post("/1.0/teams", "name", "machines");
        Tsuru token = admin.as(admin.post("/1.6/tokens", "token_id", "machine", "team", "machines")
                .json()
                .path("token")
                .asText());

        assertThat(token.get("/1.0/users/keys").status()).isEqualTo(400);
        assertThat(token.post("/1.0/users/keys", "keyname", "its", "key", ED25519)
                        .status())
                .isEqualTo(400);
        assertThat(token.delete("/1.0/users/keys/its").status()).isEqualTo(400);
    }
}
