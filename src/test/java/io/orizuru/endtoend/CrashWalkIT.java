package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Settings;
import io.orizuru.doctor.Doctor;
import io.orizuru.provision.process.Premises;
import io.orizuru.testing.GitServer;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Walks the fail points that the server lists: at each of them an operation is held, the server is killed with SIGKILL, and
 * started again on its data. Then every accepted operation must end, once and with the outcome that it would have had; the
 * last healthy release must be all that visitors see; and the doctor must find nothing.
 *
 * <p>Which operation comes by which point is found out by watching each once. One life of the server cuts off many operations,
 * each on an app of its own and at another point.
 *
 * <p>In {@code verify} each point is walked once; {@code -Pwalks} walks each with every operation that comes by.
 */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(900)
class CrashWalkIT {
    private static final boolean WHOLE = Boolean.getBoolean("walks.whole");
    private static final Duration HELD_LIMIT = Duration.ofSeconds(100);
    /** Of twenty operations at once, on a machine that has more to do. */
    private static final Duration END_LIMIT = Duration.ofSeconds(90);

    /** Which operations share an app, and how many apps they get: those with more points to walk get more. */
    private static final Map<List<Operation>, Integer> LANES = lanes();

    private final TestServer server;
    private final Installation here;
    private final GitServer git;
    private final GivingService service;
    private final Settings settings;
    private final Path armed;
    private final Path reached;

    CrashWalkIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        Reply pool =
                here.tsuru().post("/1.0/pools", "name", Lane.ELSEWHERE, "public", "true", "provisioner", "process");
        assertThat(pool.status()).isEqualTo(201);
        git = GitServer.start(server.data().resolveSibling("repositories"));
        service = GivingService.start(Lane.GIVEN);
        service.offer(here.tsuru(), "walked");
        service.make(here.tsuru(), "walked", "one");
        settings = server.settingsRead();
        armed = server.data().resolveSibling("fail-points");
        reached = server.data().resolveSibling("fail-points.reached");
    }

    @AfterAll
    void close() {
        git.close();
        service.close();
    }

    private static Map<List<Operation>, Integer> lanes() {
        Map<List<Operation>, Integer> lanes = new LinkedHashMap<>();
        lanes.put(List.of(Operation.CREATE), 1);
        lanes.put(List.of(Operation.DEPLOY), 4);
        lanes.put(List.of(Operation.BROKEN_DEPLOY), 4);
        lanes.put(List.of(Operation.GIT_DEPLOY), 2);
        lanes.put(List.of(Operation.BUILD), 2);
        lanes.put(List.of(Operation.ROLL_BACK), 1);
        lanes.put(List.of(Operation.ROLL_BACK_RELEASE), 1);
        lanes.put(List.of(Operation.REBUILD), 1);
        lanes.put(List.of(Operation.REMOVE_VERSION, Operation.DEPLOY), 1);
        lanes.put(List.of(Operation.CHANGE_PLAN), 1);
        lanes.put(List.of(Operation.KILL_UNIT), 1);
        lanes.put(List.of(Operation.SWAP), 1);
        lanes.put(List.of(Operation.MOVE), 1);
        lanes.put(List.of(Operation.SET_VARIABLE), 2);
        lanes.put(List.of(Operation.BIND, Operation.UNBIND), 3);
        lanes.put(List.of(Operation.ADD_UNIT, Operation.REMOVE_UNIT), 3);
        lanes.put(List.of(Operation.STOP, Operation.START), 3);
        lanes.put(List.of(Operation.RESTART), 2);
        lanes.put(List.of(Operation.SLEEP, Operation.WAKE), 3);
        lanes.put(List.of(Operation.RUN), 1);
        lanes.put(List.of(Operation.CANARY), 2);
        lanes.put(List.of(Operation.REMOVE), 2);
        return lanes;
    }

    @Test
    void whateverIsCutOffWhereverEndsTruthfully() throws Exception {
        Set<String> points = listed();
        restart();
        List<Lane> lanes = makeLanes();
        together(lanes, Lane::ready);
        Map<Operation, Set<String>> seen = watchEach(lanes);

        Set<String> missed = new TreeSet<>(points);
        seen.values().forEach(missed::removeAll);
        assertThat(missed).as("fail points that no operation comes by").isEmpty();
        assertStepsHavePoints(points);
        assertEveryKindWasSeen();

        distribute(WHOLE ? seen : eachOnce(points, seen), lanes);
        int rounds = 0;
        while (lanes.stream().anyMatch(lane -> lane.left() > 0)) {
            walk(lanes, ++rounds);
        }
        TestServer.Said said = server.run("doctor");
        assertThat(said.code()).as(said.output()).isZero();
    }

    /** The names that the program lists. */
    private Set<String> listed() {
        TestServer.Said said = server.run("fail-points");
        assertThat(said.code()).as(said.output()).isZero();
        Set<String> names = said.output()
                .lines()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        assertThat(names).hasSizeGreaterThan(50);
        return names;
    }

    private void restart() {
        server.restart(List.of("-Dorizuru.fail-points=" + armed));
    }

    private List<Lane> makeLanes() {
        List<Lane> lanes = new ArrayList<>();
        LANES.forEach((operations, count) -> IntStream.range(0, count)
                .forEach(number -> lanes.add(new Lane(
                        here,
                        git,
                        operations
                                        .getFirst()
                                        .name()
                                        .toLowerCase(java.util.Locale.ROOT)
                                        .replace('_', '-') + "-" + (char) ('a' + number),
                        operations))));
        return lanes;
    }

    private interface Work {
        void on(Lane lane) throws Exception;
    }

    /** Some work on all lanes at once. */
    private static void together(List<Lane> lanes, Work work) {
        List<CompletableFuture<Void>> all = lanes.stream()
                .map(lane -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                work.on(lane);
                            } catch (Exception e) {
                                throw new IllegalStateException(lane + ": " + e, e);
                            }
                        },
                        task -> Thread.ofVirtual().start(task)))
                .toList();
        all.forEach(CompletableFuture::join);
    }

    /** Does each operation once, and sees which points it comes by. */
    private Map<Operation, Set<String>> watchEach(List<Lane> lanes) throws Exception {
        Map<Operation, Set<String>> seen = new EnumMap<>(Operation.class);
        Files.writeString(armed, "*\n");
        for (List<Operation> operations : LANES.keySet()) {
            Lane lane = lanes.stream()
                    .filter(candidate -> candidate.operations().equals(operations))
                    .findFirst()
                    .orElseThrow();
            for (Operation unused : operations) {
                Operation operation = lane.possible();
                String app = lane.app();
                Files.deleteIfExists(reached);
                lane.succeed(operation);
                awaitHealth();
                seen.put(operation, pointsReached(app));
            }
        }
        Files.delete(armed);
        return seen;
    }

    private Set<String> pointsReached(String app) throws IOException {
        return reachedLines().stream()
                .filter(line -> line.endsWith("@" + app))
                .map(line -> line.substring(0, line.indexOf('@')))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private List<String> reachedLines() throws IOException {
        return Files.exists(reached) ? Files.readAllLines(reached) : List.of();
    }

    private void assertStepsHavePoints(Set<String> points) {
        try (Rows rows = Rows.of(server)) {
            List<String> steps = rows.column("select distinct key from journal");
            assertThat(steps).isNotEmpty().allSatisfy(step -> assertThat(points)
                    .anyMatch(point -> point.endsWith("." + step + "-worked")));
        }
    }

    /** What takes longer on an app: none of it may be missing in the walk. */
    private void assertEveryKindWasSeen() {
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column("select distinct change_kind from event where change_kind is not null"))
                    .contains(
                            "app.canary",
                            "app.converge",
                            "app.kill-unit",
                            "app.remove",
                            "app.run",
                            "app.wake",
                            "deploy",
                            "deploy.remove-version",
                            "deploy.rollback",
                            "service-instance.bind",
                            "service-instance.unbind");
        }
    }

    /** Each point with one of the operations that come by: the one that has the fewest so far. */
    private static Map<Operation, Set<String>> eachOnce(Set<String> points, Map<Operation, Set<String>> seen) {
        Map<Operation, Set<String>> chosen = new EnumMap<>(Operation.class);
        seen.keySet().forEach(operation -> chosen.put(operation, new LinkedHashSet<>()));
        List<String> rarestFirst = points.stream()
                .sorted(Comparator.comparingLong((String point) ->
                        seen.values().stream().filter(at -> at.contains(point)).count()))
                .toList();
        for (String point : rarestFirst) {
            seen.entrySet().stream()
                    .filter(entry -> entry.getValue().contains(point))
                    .map(Map.Entry::getKey)
                    .min(Comparator.comparingInt(operation ->
                            chosen.getOrDefault(operation, Set.of()).size()))
                    .ifPresent(operation -> chosen.getOrDefault(operation, new LinkedHashSet<>())
                            .add(point));
        }
        return chosen;
    }

    private static void distribute(Map<Operation, Set<String>> walk, List<Lane> lanes) {
        walk.forEach((operation, points) -> points.forEach(point -> lanes.stream()
                .filter(lane -> lane.operations().contains(operation))
                .min(Comparator.comparingInt(Lane::left))
                .orElseThrow()
                .add(operation, point)));
    }

    /** One life of the server: an operation of each lane is held, then comes the kill. */
    private void walk(List<Lane> lanes, int round) throws Exception {
        List<Lane.Attempt> attempts = java.util.Collections.synchronizedList(new ArrayList<>());
        together(lanes, lane -> lane.next().ifPresent(attempts::add));
        // The server begins to wake one app after the other, so only one of them can be held there.
        List<Lane.Attempt> later = attempts.stream()
                .filter(attempt -> attempt.operation() == Operation.WAKE)
                .skip(1)
                .toList();
        later.forEach(attempt -> attempt.lane().putOff(attempt));
        attempts.removeAll(later);
        System.err.println("life " + round + ": " + attempts);
        Files.deleteIfExists(reached);
        Files.write(armed, attempts.stream().map(Lane.Attempt::armed).toList());
        List<CompletableFuture<Reply>> replies = attempts.stream()
                .map(attempt -> attempt.lane().begin(attempt.operation()))
                .toList();
        awaitHeld(attempts);
        server.kill();
        Files.delete(armed);
        replies.forEach(reply -> reply.exceptionally(brokenOff -> null).join());

        Map<Lane.Attempt, Watch> watches = new LinkedHashMap<>();
        attempts.forEach(
                attempt -> attempt.lane().watch(attempt.operation()).ifPresent(watch -> watches.put(attempt, watch)));
        try {
            restart();
            Eventually.holds(END_LIMIT, () -> assertThat(runningEvents()).isEmpty());
            awaitHealth();
        } finally {
            watches.values().forEach(Watch::close);
        }
        for (Lane.Attempt attempt : attempts) {
            assertEndedOnce(attempt);
            attempt.lane().happened(attempt.operation(), attempt.happens());
            attempt.lane().assertAsKnown(attempt.toString());
        }
        watches.forEach((attempt, watch) -> {
            assertThat(watch.wrong()).as("what visitors saw after " + attempt).isEmpty();
            assertThat(watch.looks()).as("looks after " + attempt).isPositive();
        });
    }

    private void awaitHeld(List<Lane.Attempt> attempts) throws Exception {
        Set<String> wanted = attempts.stream().map(Lane.Attempt::armed).collect(Collectors.toCollection(TreeSet::new));
        long begin = System.nanoTime();
        while (true) {
            Set<String> missing = new TreeSet<>(wanted);
            missing.removeAll(reachedLines());
            if (missing.isEmpty()) {
                return;
            }
            assertThat(System.nanoTime() - begin)
                    .as("these fail points were not reached: " + missing)
                    .isLessThan(HELD_LIMIT.toNanos());
            Thread.sleep(20);
        }
    }

    private List<String> runningEvents() {
        try (Rows rows = Rows.of(server)) {
            return rows.column("select kind || ' of ' || target_value from event where running");
        }
    }

    /** Nothing is left over, at the latest when what is going away has gone. */
    private void awaitHealth() {
        Eventually.holds(END_LIMIT, () -> assertThat(unitDirectories()).isEqualTo(unitsOnRecord()));
        Eventually.holds(
                END_LIMIT, () -> assertThat(Doctor.examine(settings).findings()).isEmpty());
    }

    private Set<String> unitDirectories() {
        return new Premises(server.data().resolve("units"))
                .units().stream().map(Premises.UnitPlace::id).collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> unitsOnRecord() {
        try (Rows rows = Rows.of(server)) {
            return new TreeSet<>(rows.column("select id from unit"));
        }
    }

    private void assertEndedOnce(Lane.Attempt attempt) {
        List<String> errors;
        try (Rows rows = Rows.of(server)) {
            errors = rows.column(
                    "select error from event where not running and (kind_type <> 'internal' or kind = 'app.wake')"
                            + " and target_value = ? and id <> all (string_to_array(?, ','))",
                    attempt.app(),
                    String.join(",", attempt.before()));
        }
        assertThat(errors).as("events of the " + attempt).hasSize(attempt.happens() ? 1 : 0);
        String expected = attempt.lane().expectedError(attempt.operation(), attempt.point());
        if (expected.isEmpty()) {
            assertThat(errors).as(attempt.toString()).allSatisfy(error -> assertThat(error)
                    .isEmpty());
        } else {
            assertThat(errors).as(attempt.toString()).allSatisfy(error -> assertThat(error)
                    .contains(expected));
        }
    }
}
