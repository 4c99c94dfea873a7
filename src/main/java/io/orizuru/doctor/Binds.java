package io.orizuru.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.db.Database;
import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Whether releases have the binds on record. Their variables are not looked at. */
final class Binds implements Check {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Database database;
    private final Vault vault;

    Binds(Database database, Vault vault) {
        this.database = database;
        this.vault = vault;
    }

    private record Desired(String app, int number, byte[] environment, String recorded) {}

    @Override
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        database.sql("""
                        select a.name, r.number, r.environment,
                               coalesce((select string_agg(b.service || '/' || b.instance, ', '
                                                           order by b.service || '/' || b.instance collate "C")
                                           from service_bind b where b.app = a.name and b.state <> 'binding'), '') as recorded
                          from app a join release r on r.app = a.name and r.number = a.desired_release
                         where not exists (
                               select from target_lock l where l.target_type = 'app' and l.target_value = a.name)""")
                .query((row, number) -> new Desired(
                        row.getString("name"),
                        row.getInt("number"),
                        row.getBytes("environment"),
                        row.getString("recorded")))
                .list()
                .forEach(desired -> compare(desired, findings));
        return findings;
    }

    private void compare(Desired desired, List<Finding> findings) {
        TreeSet<String> there = new TreeSet<>();
        try {
            JsonNode environment = JSON.readTree(vault.decrypt(
                    desired.environment(), "release/" + desired.app() + "/" + desired.number() + "/environment"));
            environment
                    .path("binds")
                    .forEach(bind -> there.add(bind.path("service").asText() + "/"
                            + bind.path("instance").asText()));
        } catch (UndecipherableException | JsonProcessingException e) {
            return; // Another check says so.
        }
        String inRelease = String.join(", ", there);
        if (!inRelease.equals(desired.recorded())) {
            findings.add(new Finding(
                    Invariant.BINDS_IN_RELEASE,
                    "app/" + desired.app(),
                    "its release " + desired.number() + " has the binds [" + inRelease + "], but on record are ["
                            + desired.recorded() + "]"));
        }
    }
}
