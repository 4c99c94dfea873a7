package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.doctor.Doctor;
import io.orizuru.doctor.Finding;
import io.orizuru.doctor.Invariant;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Breaks each invariant of a living installation, past the server, and has the doctor say so. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class DoctorIT {
    /** Its records are broken, not its units. */
    private static final String PATIENT = "patient";
    /** What is in the world beside its records is broken. */
    private static final String NEIGHBOUR = "neighbour";

    private static final String EVENT = "insert into event (id, kind, kind_type, target_type, target_value, owner_type,"
            + " owner_name, running, change_kind, started_at, ended_at) values ";

    private final TestServer server;
    private final Installation here;
    private final Process stranger;
    private Path strayGroup = Path.of("/");
    private final List<String> healthy;
    private final TestServer.Said said;

    DoctorIT(TestServer server) throws IOException {
        this.server = server;
        here = Installation.on(server);
        here.create(PATIENT, "static", Source.example("static"));
        here.create(NEIGHBOUR, "static", Source.example("static"));
        healthy = server.run("doctor").output().lines().toList();
        breakRecords();
        stranger = breakWorld();
        Path settings = server.data().resolveSibling("settings.yaml");
        String before = Files.readString(settings);
        // More than any disk has.
        Files.writeString(settings, before + "\ndisk:\n  reserve-mib: 1000000000\n");
        said = server.run("doctor");
        Files.writeString(settings, before);
    }

    private void breakRecords() {
        try (Rows rows = Rows.of(server)) {
            String ended = rows.column(
                            "select id from event where not running and target_value = ? and kind = 'app.deploy'",
                            PATIENT)
                    .getFirst();
            // Somebody holds what has ended; something runs that holds nothing.
            rows.change("insert into target_lock values ('team', 'ghosts', '" + ended + "')");
            rows.change(EVENT + "('unlocked', 'x', 'permission', 'team', 'a', 'user', 'me', true, null, now(), null)");
            rows.change(EVENT + "('twin-1', 'x', 'permission', 'team', 'b', 'user', 'me', true, null, now(), null)");
            rows.change(EVENT + "('twin-2', 'x', 'permission', 'team', 'b', 'user', 'me', true, null, now(), null)");
            rows.change(EVENT + "('unleased', 'x', 'permission', 'team', 'c', 'user', 'me', true, 'of nobody',"
                    + " now() - interval '1 hour', null)");
            rows.change("insert into lease values ('team/d', 'me/x/1', 1, now() + interval '1 hour')");
            // An app that is not what its release says.
            rows.change("update app set healthy_release = 99, deploys = 7 where name = '" + PATIENT + "'");
            rows.change("update release set placement = jsonb_set(placement, '{versions,0,weight}', '40') where app = '"
                    + PATIENT + "'");
            rows.change("update unit set routed = false, addressed = false where app = '" + PATIENT + "'");
            rows.change("update app set exposure = jsonb_set(exposure, '{asleep}',"
                    + " '{\"wakes\": true, \"proxy\": [], \"failures\": 0, \"retryAtMillis\": 0}')"
                    + " where name = '" + PATIENT + "'");
            rows.change("insert into unit (id, app, process, version, release, generation, epoch, provisioner, routed)"
                    + " values ('" + PATIENT + "-web-ghost', '" + PATIENT + "', 'web', 1, 1, 1, 1, 'process', true)");
            rows.change(
                    "insert into version (app, number, event, platform, image, processes, manifest, origin, created_by)"
                            + " values ('" + PATIENT + "', 77, '" + ended
                            + "', 'static', 'process/x:v77', '{}', '{}', 'git', 'me')");
            rows.change("insert into app_router (app, router, position, address_of) values ('" + PATIENT
                    + "', 'tls', 1, '" + PATIENT + "')");
            for (String name : List.of(PATIENT + ".tls.example.com", "gone.example.org")) {
                rows.change(
                        "insert into certificate (id, app, name, chain, private_key, fingerprint, not_after) values ('"
                                + name + "', '" + PATIENT + "', '" + name + "', '', '\\x00', 'ab', now())");
            }
            rows.change("update app_token set value = '\\x00' where app = '" + PATIENT + "'");
            // Instances and binds that nobody finished.
            rows.change("insert into service (name, username, password, endpoint, team_owner)"
                    + " values ('store', 'us', '\\x00', 'http://127.0.0.1:9', '" + Installation.TEAM + "')");
            rows.change("insert into service_instance (service, name, team_owner, parameters, state)"
                    + " values ('store', 'half', '" + Installation.TEAM + "', '\\x00', 'making')");
            rows.change("insert into service_bind (service, instance, app, state) values ('store', 'half', '"
                    + NEIGHBOUR + "', 'unbinding')");
            // What was begun and left.
            rows.change("insert into journal (event, key) values ('" + ended + "', 'forgotten')");
            rows.change(EVENT + "('untold', 'x', 'permission', 'team', 'e', 'user', 'me', false, null,"
                    + " now() - interval '3 days', now() - interval '2 days')");
            rows.change(
                    "insert into outbox (event, listener, due_at) values ('untold', 'post', now() + interval '1 hour')");
        }
    }

    private Process breakWorld() throws IOException {
        Path apps = server.data().resolve("units/apps");
        Files.createDirectories(apps.resolve("nobody"));
        Path neighbour = apps.resolve(NEIGHBOUR);
        Files.createDirectories(neighbour.resolve("builds/v78"));
        Files.writeString(neighbour.resolve("builds/v78.json"), "{}");
        Files.createDirectories(neighbour.resolve("builds/.build-left-1-1"));
        Files.writeString(server.data().resolve("units/ports/29999"), "nobody");
        Path trash = server.data().resolve("units/trash");
        Files.createDirectories(trash.resolve("gone+v1+1"));
        Files.writeString(trash.resolve("gone+v1+1.why"), "the disk fails");
        String group = Files.readAllLines(unitOf(neighbour).resolve("groups")).getFirst();
        strayGroup = Path.of(group.substring(0, group.lastIndexOf('/') + 1)
                + group.substring(group.lastIndexOf('/') + 1).replaceFirst("(orizuru-[0-9a-f]+-).*", "$1stray-web-1"));
        Files.createDirectories(strayGroup);
        Files.createDirectories(server.data().resolve("archives"));
        Files.writeString(server.data().resolve("archives/unwanted"), "");
        Path place = Files.createDirectories(neighbour.resolve("units/" + NEIGHBOUR + "-web-stranger"));
        return new ProcessBuilder("sleep", "100").directory(place.toFile()).start();
    }

    private static Path unitOf(Path app) throws IOException {
        try (var units = Files.list(app.resolve("units"))) {
            return units.findFirst().orElseThrow();
        }
    }

    @AfterAll
    void endTheStranger() {
        stranger.destroyForcibly();
        strayGroup.toFile().delete();
    }

    @Test
    @Order(1)
    void aHealthyInstallationHasNoFindings() {
        assertThat(healthy)
                .isNotEmpty()
                .allMatch(line -> line.startsWith("orizuru: "))
                .contains("orizuru: 0 findings");
    }

    @ParameterizedTest
    @EnumSource(Invariant.class)
    @Order(2)
    void whatIsBrokenIsNamed(Invariant invariant) {
        assertThat(said.code()).isEqualTo(1);
        for (String object : objects(invariant)) {
            assertThat(said.output().lines()).anyMatch(line -> line.startsWith(invariant + ": " + object));
        }
    }

    /** What was broken of it. */
    private List<String> objects(Invariant invariant) {
        return switch (invariant) {
            case LOCK_IN_USE -> List.of("team/ghosts: ");
            case EVENT_LOCKED -> List.of("event/unlocked: ");
            case EVENT_ALONE -> List.of("team/b: ");
            case EVENT_LEASED -> List.of("event/unleased: ");
            case LEASE_IN_USE -> List.of("team/d: ");
            case RELEASE_KNOWN,
                    RELEASE_SETTLED,
                    UNITS_AS_WANTED,
                    ROUTES_AS_RECORDED,
                    WEIGHTS_WHOLE,
                    SLEEPS_AS_WANTED,
                    ADDRESSES_AS_WANTED,
                    CERTIFICATE_NAMED,
                    CERTIFICATES_AS_RECORDED,
                    VERSION_BUILT,
                    DEPLOYS_COUNTED,
                    SECRET_READABLE -> List.of("app/" + PATIENT + ": ");
            case UNITS_HEALTHY, UNIT_RUNS, ROUTES_TO_HEALTHY -> List.of("unit/" + PATIENT + "-web-ghost: ");
            case UNIT_ON_RECORD -> List.of("unit/" + NEIGHBOUR + "-web-stranger: ", "process/" + stranger.pid() + ": ");
            case BUILD_OF_VERSION -> List.of("app/" + NEIGHBOUR + ": ");
            case REMOVED_IS_GONE -> List.of("units/trash/gone+v1+1: it was removed with something of the app gone");
            case GROUP_IN_USE -> List.of("group/" + strayGroup + ": ");
            case DISK_HAS_ROOM -> List.of("disk/" + server.data() + ": ");
            case NOTHING_HALF_DONE ->
                List.of(
                        "units/apps/" + NEIGHBOUR + "/builds/.build-left-1-1: ",
                        "units/ports/29999: ",
                        "archives/unwanted: ");
            case APP_ON_RECORD -> List.of("app/nobody: ");
            case STEP_ENDED -> List.of("event/");
            case INSTANCE_SETTLED -> List.of("service-instance/store/half: ");
            case BIND_SETTLED, BINDS_IN_RELEASE -> List.of("app/" + NEIGHBOUR + ": ");
            case OUTBOX_EMPTY -> List.of("event/untold: ");
        };
    }

    @Test
    @Order(3)
    void aStoppedServersInstallationIsLookedAtAsWell() throws Exception {
        server.terminate();
        Path units = server.data().resolve("units/apps/" + NEIGHBOUR + "/units");
        String unit;
        try (var found = Files.list(units)) {
            unit = found.map(path -> path.getFileName().toString())
                    .filter(name -> !name.endsWith("stranger"))
                    .findFirst()
                    .orElseThrow();
        }
        String supervisor = Files.readString(units.resolve(unit + "/run"));
        ProcessHandle.of(Long.parseLong(supervisor.substring(0, supervisor.indexOf(' '))))
                .orElseThrow()
                .destroyForcibly();
        Doctor.Report report = Doctor.examine(server.settingsRead());
        assertThat(report.notes()).anyMatch(note -> note.contains("stopped"));
        assertThat(report.findings())
                .extracting(Finding::invariant, Finding::object)
                .contains(
                        org.assertj.core.groups.Tuple.tuple(Invariant.UNIT_RUNS, "unit/" + unit),
                        org.assertj.core.groups.Tuple.tuple(Invariant.LOCK_IN_USE, "team/ghosts"));
        assertThat(server.isRunning()).isFalse();
    }
}
