package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.attack.People.Person;
import io.orizuru.attack.People.Said;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whoever may do all is not left without a successor, whichever way the last one goes. */
@ExtendWith(ServerExtension.class)
@Timeout(120)
class LastAdministratorIT {
    private static final String LAST = "nobody would be left who may do all";

    private final People people;
    private final Person admin;

    LastAdministratorIT(TestServer server) {
        people = new People(server);
        admin = people.admin;
    }

    private static void refused(Said said) {
        assertThat(said.status()).as(said.body()).isEqualTo(412);
        assertThat(said.body()).contains(LAST);
    }

    private Person second() {
        Person second = people.user("global", "");
        people.give(second.email, "AllowAll", "");
        return second;
    }

    @Test
    void theLastOneCannotGoByAnyWay() {
        refused(admin.delete("/1.0/users"));
        refused(admin.delete("/1.0/users?user=" + admin.email));
        refused(admin.delete("/1.0/roles/AllowAll/user/" + admin.email));
        refused(admin.delete("/1.0/roles/AllowAll/permissions/*"));
        Person remover = people.user("global", "", "user.delete");
        refused(remover.delete("/1.0/users?user=" + admin.email));
        // A group that nobody is in, a role of a team: neither makes an administrator.
        admin.post("/1.9/roles/AllowAll/group", "group_name", "nobodys").ok();
        people.give(remover.email, people.role("team", "app"), people.team());
        refused(admin.delete("/1.0/users"));
        admin.delete("/1.9/roles/AllowAll/group/nobodys").ok();
    }

    @Test
    void oneOfTwoCanGo() {
        Person second = second();
        second.delete("/1.0/roles/AllowAll/user/" + second.email).ok();
        Person third = second();
        third.delete("/1.0/users").ok();
        refused(admin.delete("/1.0/users"));
    }

    @Test
    void twoWhoRemoveEachOtherAtOnceLeaveOne() throws Exception {
        for (int round = 0; round < 5; round++) {
            Person second = second();
            try (ExecutorService both = Executors.newFixedThreadPool(2)) {
                List<Future<Said>> said = both.invokeAll(List.<Callable<Said>>of(
                        () -> second.delete("/1.0/roles/AllowAll/user/" + second.email),
                        () -> second.delete("/1.0/roles/AllowAll/user/" + admin.email)));
                long gone = said.stream()
                        .filter(one -> one.resultNow().status() == 200)
                        .count();
                assertThat(gone).isLessThanOrEqualTo(1);
            }
            // Whoever is left makes it as it was.
            Person left = second.get("/1.0/roles").status() == 200 ? second : admin;
            left.post("/1.0/roles/AllowAll/user", "email", admin.email).ok();
            admin.delete("/1.0/roles/AllowAll/user/" + second.email).ok();
        }
    }
}
