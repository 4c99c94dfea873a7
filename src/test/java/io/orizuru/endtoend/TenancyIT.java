package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What belongs to whom: quotas, who may give what, and what a name carries when it changes or is used again. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class TenancyIT {
    private static final String PASSWORD = "correct horse";
    private static final String REFUSED = "You don't have permission to do this action\n";

    private final Installation here;
    private final Tsuru admin;
    private final Rows rows;

    TenancyIT(TestServer server) {
        here = Installation.on(server);
        admin = here.tsuru();
        rows = Rows.of(server);
    }

    @AfterAll
    void close() {
        rows.close();
    }

    private static Reply done(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isIn(200, 201);
        return reply;
    }

    private Tsuru register(String email) {
        done(admin.as(null).post("/1.0/users", "email", email, "password", PASSWORD));
        return admin.as(done(admin.as(null).post("/1.0/auth/login", "email", email, "password", PASSWORD))
                .json()
                .path("token")
                .asText());
    }

    private void team(String name) {
        done(admin.post("/1.0/teams", "name", name));
    }

    private void role(String name, String context, String... permissions) {
        done(admin.post("/1.0/roles", "name", name, "context", context));
        for (String permission : permissions) {
            done(admin.post("/1.0/roles/" + name + "/permissions", "permission", permission));
        }
    }

    private void assign(String role, String email, String context) {
        done(admin.post("/1.0/roles/" + role + "/user", "email", email, "context", context));
    }

    private Reply create(Tsuru as, String app, String team) {
        return as.post("/1.0/apps", "name", app, "pool", Installation.POOL, "teamOwner", team);
    }

    private JsonNode quota(String path) {
        return done(admin.get(path)).json();
    }

    private List<Integer> createAtOnce(Tsuru as, int howMany, String prefix, String team) {
        List<CompletableFuture<Reply>> asked = IntStream.range(0, howMany)
                .mapToObj(number -> as.startForm(
                        "POST", "/1.0/apps", "name", prefix + number, "pool", Installation.POOL, "teamOwner", team))
                .toList();
        return asked.stream().map(Tsuru::await).map(Reply::status).toList();
    }

    @Test
    void aHundredAppsAtOnceAgainstATeamsLimitOfTenMakeTen() {
        team("crowd");
        done(admin.put("/1.12/teams/crowd/quota", "limit", "10"));

        List<Integer> statuses = createAtOnce(admin, 100, "crowd-", "crowd");

        assertThat(statuses).filteredOn(status -> status == 201).hasSize(10);
        assertThat(statuses).filteredOn(status -> status == 403).hasSize(90);
        assertThat(quota("/1.12/teams/crowd/quota").path("inuse").asInt()).isEqualTo(10);
        assertThat(rows.column("select count(*) from app where team_owner = 'crowd'"))
                .containsExactly("10");
    }

    @Test
    void aUsersLimitIsExactAndWhatIsRemovedIsGivenBack() {
        Tsuru user = register("maker@example.com");
        team("makers");
        role("maker", "team", "app");
        assign("maker", "maker@example.com", "makers");
        done(admin.put("/1.0/users/maker@example.com/quota", "limit", "3"));

        List<Integer> statuses = createAtOnce(user, 30, "made-", "makers");

        assertThat(statuses).filteredOn(status -> status == 201).hasSize(3);
        assertThat(create(user, "made-more", "makers").body()).isEqualTo("Quota exceeded\n");
        String one = rows.column("select name from app where owner = 'maker@example.com' limit 1")
                .getFirst();
        assertThat(admin.delete("/1.0/apps/" + one).error()).isEmpty();
        assertThat(quota("/1.0/users/maker@example.com/quota").path("inuse").asInt())
                .isEqualTo(2);
        assertThat(create(user, "made-more", "makers").status()).isEqualTo(201);
    }

    @Test
    void nobodyLiftsTheOwnLimit() {
        Tsuru user = register("greedy@example.com");

        assertThat(user.put("/1.0/users/greedy@example.com/quota", "limit", "100")
                        .body())
                .isEqualTo(REFUSED);
        assertThat(user.get("/1.0/users/greedy@example.com/quota").status()).isEqualTo(200);
    }

    @Test
    void anAppHasNoMoreUnitsThanItMay() {
        here.create("packed", "static", Source.example("static"));
        done(admin.put("/1.0/apps/packed/quota", "limit", "2"));

        assertThat(admin.put("/1.0/apps/packed/units", "units", "2").error())
                .contains("Quota exceeded. Available: 1, Requested: 2.");
        assertThat(admin.put("/1.0/apps/packed/units", "units", "1").error()).isEmpty();
        assertThat(quota("/1.0/apps/packed/quota").path("inuse").asInt()).isEqualTo(2);
        assertThat(admin.put("/1.0/apps/packed/quota", "limit", "1").body())
                .isEqualTo("New limit is less than the current allocated value\n");
        assertThat(here.info("packed").path("quota").path("limit").asInt()).isEqualTo(2);
    }

    @Test
    void aDeployMakesNoMoreUnitsThanTheAppMay() {
        here.create("barred", "static");
        done(admin.put("/1.0/apps/barred/quota", "limit", "0"));

        assertThat(admin.deploy("barred", Source.example("static").archive()).body())
                .contains("Quota exceeded. Available: 0, Requested: 1.")
                .doesNotEndWith("\nOK\n");
        assertThat(here.units("barred")).isEmpty();
    }

    @Test
    void renamingATeamMovesAllThatRefersToIt() {
        Tsuru member = register("member@example.com");
        team("before");
        team("owners");
        done(admin.post("/1.0/pools", "name", "theirs"));
        done(admin.post("/1.0/pools/theirs/team", "team", "before"));
        done(create(admin, "renamed-owned", "before"));
        done(create(admin, "renamed-granted", "owners"));
        done(admin.put("/1.0/apps/renamed-granted/teams/before"));
        done(admin.post("/1.6/tokens", "token_id", "renamed-token", "team", "before"));
        role("reader", "team", "app.read", "team.read");
        assign("reader", "member@example.com", "before");
        done(admin.post("/1.9/roles/reader/group", "group_name", "readers", "context", "before"));
        done(admin.post("/1.6/roles/reader/token", "token_id", "renamed-token", "context", "before"));

        done(admin.put("/1.6/teams/before", "newname", "after", "tag", "moved"));

        assertThat(admin.get("/1.4/teams/before").status()).isEqualTo(404);
        assertThat(admin.get("/1.4/teams/after").json().path("tags").toString()).isEqualTo("[\"moved\"]");
        assertThat(here.info("renamed-owned").path("teamowner").asText()).isEqualTo("after");
        assertThat(here.info("renamed-granted").path("teams").toString())
                .contains("\"after\"")
                .doesNotContain("before");
        assertThat(admin.get("/pools/theirs").json().path("teams").toString()).isEqualTo("[\"after\"]");
        assertThat(admin.get("/1.7/tokens/renamed-token").json().path("team").asText())
                .isEqualTo("after");
        assertThat(admin.get("/1.17/teams/after/users").body()).contains("member@example.com");
        assertThat(admin.get("/1.17/teams/after/groups").body()).contains("readers");
        assertThat(member.get("/1.0/apps").body()).contains("renamed-owned", "renamed-granted");
        assertThat(member.get("/1.1/events").body()).contains("renamed-owned");

        team("before");
        Tsuru newcomer = register("newcomer@example.com");
        assign("reader", "newcomer@example.com", "before");
        assertThat(newcomer.get("/1.1/events").body()).doesNotContain("renamed-owned");
    }

    @Test
    void renamingARoleKeepsWhereItIsHeld() {
        Tsuru holder = register("holder@example.com");
        team("held");
        role("old-name", "team", "team.read");
        assign("old-name", "holder@example.com", "held");

        done(admin.put("/1.4/roles", "name", "old-name", "newName", "new-name"));

        JsonNode held = holder.get("/1.0/users/info").json().path("Roles").path(0);
        assertThat(held.path("Name").asText()).isEqualTo("new-name");
        assertThat(held.path("ContextValue").asText()).isEqualTo("held");
        assertThat(holder.get("/1.4/teams/held").status()).isEqualTo(200);
        assertThat(admin.put("/1.4/roles", "name", "new-name", "contextType", "app")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void nobodyGivesWhatTheyDoNotHave() {
        Tsuru steward = register("steward@example.com");
        register("friend@example.com");
        team("stewarded");
        team("unreached");
        role("steward", "global", "role");
        assign("steward", "steward@example.com", "");
        role("deputy", "team", "app.read");
        assign("deputy", "steward@example.com", "stewarded");

        assertThat(steward.post("/1.0/roles/AllowAll/user", "email", "steward@example.com")
                        .body())
                .isEqualTo(REFUSED);
        assertThat(steward.post("/1.0/roles/deputy/user", "email", "friend@example.com", "context", "unreached")
                        .body())
                .isEqualTo(REFUSED);
        assertThat(steward.post("/1.9/roles/deputy/group", "group_name", "all", "context", "unreached")
                        .body())
                .isEqualTo(REFUSED);
        assertThat(steward.post("/1.0/roles/steward/permissions", "permission", "*")
                        .body())
                .isEqualTo(REFUSED);
        assertThat(steward.post("/1.0/role/default", "team-create", "deputy").body())
                .isEqualTo(REFUSED);
        assertThat(steward.delete("/1.0/roles/AllowAll/user/admin@example.com").body())
                .isEqualTo(REFUSED);
        done(steward.post("/1.0/roles/deputy/user", "email", "friend@example.com", "context", "stewarded"));
    }

    @Test
    void whoeverMakesATeamGetsItsDefaultRoles() {
        Tsuru founder = register("founder@example.com");
        role("founder", "global", "team.create");
        assign("founder", "founder@example.com", "");
        role("team-admin", "team", "team", "app");
        done(admin.post("/1.0/role/default", "team-create", "team-admin"));

        done(founder.post("/1.0/teams", "name", "founded"));

        assertThat(founder.get("/1.0/users/info").body()).contains("\"ContextValue\":\"founded\"");
        assertThat(founder.get("/1.4/teams/founded").status()).isEqualTo(200);
        done(admin.delete("/1.0/role/default?team-create=team-admin"));
    }

    @Test
    void whoIsInAGroupMayWhatItsRolesSay() {
        Tsuru colleague = register("colleague@example.com");
        team("grouped");
        role("grouped", "team", "team.read");
        done(admin.post("/1.9/roles/grouped/group", "group_name", "staff", "context", "grouped"));
        assertThat(colleague.get("/1.4/teams/grouped").status()).isEqualTo(403);

        rows.run("insert into account_group (email, group_name) values (?, ?)", "colleague@example.com", "staff");

        assertThat(colleague.get("/1.4/teams/grouped").status()).isEqualTo(200);
        assertThat(colleague.get("/1.0/users/info").json().path("Groups").toString())
                .isEqualTo("[\"staff\"]");
    }

    @Test
    void aNameThatIsUsedAgainGivesNobodyTheRightsOfItsFormerOwner() {
        Tsuru former = register("former@example.com");
        team("recycled");
        role("recycler", "team", "team.read");
        assign("recycler", "former@example.com", "recycled");
        done(admin.delete("/1.0/teams/recycled"));

        team("recycled");

        assertThat(former.get("/1.4/teams/recycled").status()).isEqualTo(403);
        assertThat(former.get("/1.0/users/info").json().path("Roles")).isEmpty();
    }

    @Test
    void aTokensValueIsShownToThoseOnlyWhoMayAllThatItMay() {
        Tsuru clerk = register("clerk@example.com");
        team("office");
        role("clerk", "team", "team.token.read");
        assign("clerk", "clerk@example.com", "office");
        done(admin.post("/1.6/tokens", "token_id", "office-bot", "team", "office"));
        assertThat(clerk.get("/1.7/tokens/office-bot").json().path("token").asText())
                .hasSize(64);

        role("office-deployer", "team", "app.deploy");
        done(admin.post("/1.6/roles/office-deployer/token", "token_id", "office-bot", "context", "office"));

        assertThat(clerk.get("/1.7/tokens/office-bot").json().path("token").asText())
                .isEmpty();
        assertThat(clerk.get("/1.6/tokens").json().path(0).path("token").asText())
                .isEmpty();
    }

    @Test
    void aTokenThatOwnsAnAppStaysAndNobodyIsCalledLikeOne() {
        team("robots");
        String value = done(admin.post("/1.6/tokens", "token_id", "robot", "team", "robots"))
                .json()
                .path("token")
                .asText();
        role("robot", "team", "app");
        done(admin.post("/1.6/roles/robot/token", "token_id", "robot", "context", "robots"));
        done(create(admin.as(value), "robots-app", "robots"));

        assertThat(here.info("robots-app").path("owner").asText()).isEqualTo("robot@tsuru-team-token");
        assertThat(admin.delete("/1.6/tokens/robot").status()).isEqualTo(412);
        assertThat(admin.delete("/1.0/teams/robots").body()).contains("Apps: robots-app", "Team tokens: robot");
        assertThat(admin.as(null)
                        .post("/1.0/users", "email", "robot@tsuru-team-token", "password", PASSWORD)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void anOwnersAccessIsNotTakenAway() {
        team("landlords");
        team("tenants");
        done(create(admin, "house", "landlords"));
        done(admin.put("/1.0/apps/house/teams/tenants"));

        assertThat(admin.delete("/1.0/apps/house/teams/landlords").status()).isEqualTo(403);
        done(admin.delete("/1.0/apps/house/teams/tenants"));
    }

    @Test
    void aRoleIsGivenToATokenOnlyForWhatIsThere() {
        team("givers");
        done(admin.post("/1.6/tokens", "token_id", "given", "team", "givers"));
        role("given", "team");

        assertThat(admin.post("/1.6/roles/given/token", "token_id", "given", "context", "nowhere")
                        .body())
                .isEqualTo("team not found\n");
        assertThat(admin.post("/1.6/roles/given/token", "token_id", "given").status())
                .isEqualTo(400);
    }

    @Test
    void theFormerPathOfATeamsUpdateAnswersAsTheNewOne() {
        team("pathed");

        done(admin.post("/1.4/teams/pathed", "tag", "old"));
        assertThat(admin.post("/1.4/teams/pathed", "newname", "Not A Name").status())
                .isEqualTo(400);
        assertThat(admin.post("/1.4/teams/absent", "tag", "old").status()).isEqualTo(404);
    }
}
