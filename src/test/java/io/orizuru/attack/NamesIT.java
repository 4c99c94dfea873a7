package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever gets a name that somebody had before gets the name, and nothing that was the other one's. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class NamesIT {
    private final Caller admin;

    NamesIT(TestServer server) {
        admin = Caller.admin(server);
        ok(admin.json("POST", "/1.0/pools", "{\"name\": \"here\", \"public\": true, \"provisioner\": \"process\"}"));
        role("reader-of-teams", "team", "team.read.events", "app.read");
        role("reader-of-apps", "app", "app.read");
        role("reader-of-pools", "pool", "app.read", "pool.read.events");
        role("keeper-of-tokens", "team", "team.token.create", "team.read.events");
    }

    private static HttpResponse<String> ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return answer;
    }

    private void role(String name, String context, String... permissions) {
        ok(admin.form("POST", "/1.0/roles", "name", name, "context", context));
        for (String permission : permissions) {
            ok(admin.form("POST", "/1.0/roles/" + name + "/permissions", "permission", permission));
        }
    }

    private void give(String role, String email, String value) {
        ok(admin.form("POST", "/1.0/roles/" + role + "/user", "email", email, "context", value));
    }

    private void team(String name) {
        ok(admin.json("POST", "/1.0/teams", "{\"name\": \"" + name + "\"}"));
    }

    private void app(String name, String team) {
        ok(admin.json(
                "POST",
                "/1.0/apps",
                "{\"name\": \"" + name + "\", \"teamOwner\": \"" + team + "\", \"pool\": \"here\"}"));
    }

    /** All that a caller may read, but for what is about people: everybody reads what was done to their own account. */
    private static List<String> events(Caller caller) {
        HttpResponse<String> found = ok(caller.get("/1.1/events"));
        return found.body().isEmpty()
                ? List.of()
                : StreamSupport.stream(Caller.json(found).spliterator(), false)
                        .filter(event ->
                                !event.path("Target").path("Type").asText().equals("user"))
                        .map(event -> event.path("UniqueID").asText())
                        .toList();
    }

    private List<String> eventsOf(String target) {
        HttpResponse<String> found = ok(admin.get("/1.1/events?target.value=" + target));
        return StreamSupport.stream(Caller.json(found).spliterator(), false)
                .filter(event -> event.path("Target").path("Value").asText().equals(target))
                .map(event -> event.path("UniqueID").asText())
                .toList();
    }

    @Test
    void theNextTeamOfANameReadsNoEventsOfTheFormer() {
        team("birds");
        ok(admin.json("PUT", "/1.6/teams/birds", "{\"tags\": [\"secret plans\"]}"));
        ok(admin.delete("/1.0/teams/birds"));
        List<String> before = eventsOf("birds");
        assertThat(before).hasSizeGreaterThanOrEqualTo(3);

        team("birds");
        Caller next = admin.user("next@example.com");
        give("reader-of-teams", "next@example.com", "birds");
        List<String> seen = events(next);
        assertThat(seen).doesNotContainAnyElementsOf(before).hasSize(1);
        assertThat(next.get("/1.1/events/" + before.getFirst()).statusCode()).isEqualTo(403);
        assertThat(next.get("/1.1/events/" + seen.getFirst()).statusCode()).isEqualTo(200);
    }

    @Test
    void aTeamKeepsItsEventsUnderItsNewName() {
        team("old-name");
        List<String> before = eventsOf("old-name");
        Caller member = admin.user("member@example.com");
        give("reader-of-teams", "member@example.com", "old-name");
        ok(admin.json("PUT", "/1.6/teams/old-name", "{\"newname\": \"new-name\"}"));
        team("old-name");
        assertThat(events(member)).containsAll(before);
        Caller other = admin.user("other@example.com");
        give("reader-of-teams", "other@example.com", "old-name");
        assertThat(events(other)).doesNotContainAnyElementsOf(before).hasSize(1);
    }

    @Test
    void theNextAppOfANameHasNoEventsDeploysOrGrantsOfTheFormer() {
        team("writers");
        team("strangers");
        app("blog", "writers");
        Caller former = admin.user("former@example.com");
        give("reader-of-apps", "former@example.com", "blog");
        ok(admin.form(
                "POST", "/1.0/apps/blog/env", "Envs.0.Name", "PLAN", "Envs.0.Value", "theirs", "NoRestart", "true"));
        List<String> before = eventsOf("blog");
        assertThat(events(former)).containsAll(before);
        ok(admin.delete("/1.0/apps/blog"));

        app("blog", "strangers");
        assertThat(events(former)).as("a grant does not survive what it is for").isEmpty();
        assertThat(former.get("/1.0/apps/blog").statusCode()).isEqualTo(403);
        Caller next = admin.user("nextapp@example.com");
        give("reader-of-apps", "nextapp@example.com", "blog");
        assertThat(events(next)).doesNotContainAnyElementsOf(before).hasSize(1);
        assertThat(next.get("/1.1/events/" + before.getFirst()).statusCode()).isEqualTo(403);
        Caller team = admin.user("writer@example.com");
        give("reader-of-teams", "writer@example.com", "writers");
        assertThat(events(team))
                .as("the team that had it still reads what it did")
                .containsAll(before);
    }

    @Test
    void anAnswerIsNotGivenAgainToWhoMayNotHaveItAnyMore() {
        team("keepers");
        Caller keeper = admin.user("keeper@example.com");
        give("keeper-of-tokens", "keeper@example.com", "keepers");
        HttpResponse<String> first =
                ok(keeper.formWithKey("mine", "/1.6/tokens", "token_id", "machine", "team", "keepers"));
        String value = Caller.json(first).path("token").asText();
        assertThat(value).isNotEmpty();
        assertThat(keeper.formWithKey("mine", "/1.6/tokens", "token_id", "machine", "team", "keepers")
                        .body())
                .isEqualTo(first.body());
        ok(admin.delete("/1.0/roles/keeper-of-tokens/user/keeper@example.com?context=keepers"));
        HttpResponse<String> again =
                keeper.formWithKey("mine", "/1.6/tokens", "token_id", "machine", "team", "keepers");
        assertThat(again.statusCode()).isEqualTo(403);
        assertThat(again.body()).doesNotContain(value);
    }

    @Test
    void theNextUserOfAnAddressHasNoneOfTheFormersAnswers() {
        team("doors");
        Caller first = admin.user("desk@example.com");
        give("keeper-of-tokens", "desk@example.com", "doors");
        HttpResponse<String> made = ok(first.formWithKey("desk", "/1.6/tokens", "token_id", "door", "team", "doors"));
        ok(admin.delete("/1.0/users?user=desk@example.com"));
        Caller second = admin.user("desk@example.com");
        give("keeper-of-tokens", "desk@example.com", "doors");
        HttpResponse<String> again = second.formWithKey("desk", "/1.6/tokens", "token_id", "door", "team", "doors");
        assertThat(again.body()).doesNotContain(Caller.json(made).path("token").asText());
        assertThat(again.statusCode()).isEqualTo(409);
    }

    @Test
    void whatCallersSendIsOneLineEachAndMovesNoTerminal() {
        team("scribes");
        app("scroll", "scribes");
        ok(admin.form(
                "POST",
                "/1.0/apps/scroll/log",
                "message",
                "one\n2026-01-01 two\u001b[2J\r",
                "source",
                "a\u001b[1mb",
                "unit",
                "u\nv"));
        HttpResponse<String> log = ok(admin.get("/1.0/apps/scroll/log?lines=10"));
        JsonNode lines = Caller.json(log);
        assertThat(lines).hasSize(2);
        assertThat(lines.findValuesAsText("Message")).containsExactly("one", "2026-01-01 two\\u001b[2J");
        assertThat(lines.get(0).path("Source").asText()).isEqualTo("a\\u001b[1mb");
        assertThat(lines.get(0).path("Unit").asText()).isEqualTo("u\\nv");
    }
}
