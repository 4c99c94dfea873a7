package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.attack.People.Person;
import io.orizuru.attack.People.Said;
import io.orizuru.testing.TestServer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Names of apps where the settings ask for a proof that they are one's own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class OwnershipIT {
    private static final Pattern RECORD = Pattern.compile("TXT record (\\S+) with the text \"(\\S+)\"");

    private NameServer dns;
    private TestServer server;
    private People people;
    private Person admin;

    @BeforeAll
    void start() {
        dns = new NameServer();
        server = TestServer.start(settings -> {
            var names = settings.putObject("names");
            names.put("proof", "dns").put("dns-server", "127.0.0.1:" + dns.port());
            names.putArray("reserved").add("platform.example.org").add("console.apps.example.com");
        });
        people = new People(server);
        admin = people.admin;
        admin.post("/1.0/pools", "name", "here", "public", "true", "default", "true", "provisioner", "process")
                .ok();
    }

    @AfterAll
    void stop() {
        server.close();
        dns.close();
    }

    private Said add(String app, String name) {
        return admin.post("/1.0/apps/" + app + "/cname", "cname", name);
    }

    private Matcher wanted(Said said) {
        assertThat(said.status()).as(said.body()).isEqualTo(403);
        Matcher record = RECORD.matcher(said.body());
        assertThat(record.find()).as(said.body()).isTrue();
        return record;
    }

    @Test
    void aNameComesWithItsRecordAndWithNoOther() {
        String team = people.team();
        String app = people.app(team);
        String other = people.app(team);
        Matcher mine = wanted(add(app, "shop.owned.net"));
        assertThat(mine.group(1)).isEqualTo("_orizuru-challenge.shop.owned.net");
        Matcher theirs = wanted(add(other, "shop.owned.net"));
        assertThat(theirs.group(2)).isNotEqualTo(mine.group(2));

        dns.texts.put(mine.group(1), theirs.group(2));
        wanted(add(app, "shop.owned.net"));
        dns.texts.put(mine.group(1), mine.group(2));
        add(app, "Shop.Owned.net.").ok();
        // All names below one are another thing than that one, and than its neighbours.
        Matcher wild = wanted(add(app, "*.owned.net"));
        assertThat(wild.group(1)).isEqualTo("_orizuru-challenge.owned.net");
        dns.texts.put(wild.group(1), wild.group(2));
        add(app, "*.owned.net").ok();
    }

    @Test
    void whatDnsDoesNotTellIsNotTaken() {
        String app = people.app(people.team());
        dns.texts.put("_orizuru-challenge.silent.net", NameServer.SILENCE);
        dns.texts.put("_orizuru-challenge.garbled.net", NameServer.GARBAGE);
        for (String name : new String[] {"silent.net", "garbled.net"}) {
            Said said = add(app, name);
            assertThat(said.status()).as(said.body()).isEqualTo(502);
        }
        assertThat(admin.get("/1.0/apps/" + app).json().path("cname")).isEmpty();
    }

    @Test
    void whatIsReservedIsNobodysWhateverIsShown() {
        String app = people.app(people.team());
        for (String name : new String[] {"platform.example.org", "x.platform.example.org", "*.example.org"}) {
            Said said = add(app, name);
            assertThat(said.status()).as(said.body()).isEqualTo(400);
            assertThat(said.body()).contains("the platform's own");
        }
        Said named = admin.post("/1.0/apps", "name", "console", "teamOwner", people.team());
        assertThat(named.status()).as(named.body()).isEqualTo(400);
        assertThat(named.body()).contains("console.apps.example.com");
    }
}
