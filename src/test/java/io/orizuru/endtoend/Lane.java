package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One app, what is known of it, and at which fail points which operations on it are still to be cut off. It knows what an
 * operation makes of the app, so that it can tell afterwards whether that is so.
 */
final class Lane {
    /** Where an operation that is cut off never happened. */
    private static final Set<String> NEVER_HAPPENED = Set.of(
            "event.before-perform",
            "event.in-perform",
            "event.before-accept",
            "event.in-accept",
            "deploy.uploaded",
            "deploy.archive-taken");

    /** An instance of a service, and the variable that it gives. */
    static final String INSTANCE = "/1.0/services/walked/instances/one";

    static final String GIVEN = "WALKED";

    /** Another pool of the same machine. */
    static final String ELSEWHERE = "there";

    private static final String PLAN = "c0.1m0.2";
    private static final String OTHER_PLAN = "c0.3m0.5";

    private static final Set<String> COMMAND_MAY_HAVE_RUN =
            Set.of("app.command-begun-recorded", "event.before-end", "event.in-end");

    private final Installation here;
    private final GitServer git;
    private final String name;
    private final List<Operation> operations;
    private final Map<Operation, Deque<String>> left = new EnumMap<>(Operation.class);

    private boolean exists;
    private boolean deployed;
    private boolean runs;
    private boolean asleep;
    /** Whether it has what {@link #INSTANCE} gives. */
    private boolean bound;

    private int units;
    private int page;
    private int value;
    private int made;
    private int version = 1;
    /** Whether a version waits for requests beside the one that gets them; it shows the same page. */
    private boolean candidate;
    /** Whether the app is in {@link #ELSEWHERE}. */
    private boolean moved;
    /** Whether the app has {@link #OTHER_PLAN}. */
    private boolean planned;
    /** Whether there is a version that does not run. */
    private boolean spare;
    /** What the app shows with which this one swaps its routes. */
    private int twinsPage = 1000;

    Lane(Installation here, GitServer git, String name, List<Operation> operations) {
        this.here = here;
        this.git = git;
        this.name = name;
        this.operations = operations;
        operations.forEach(operation -> left.put(operation, new ArrayDeque<>()));
    }

    List<Operation> operations() {
        return operations;
    }

    void add(Operation operation, String point) {
        queue(operation).add(point);
    }

    int left() {
        return left.values().stream().mapToInt(Collection::size).sum();
    }

    private Deque<String> queue(Operation operation) {
        return left.getOrDefault(operation, new ArrayDeque<>());
    }

    /** The name of the app; each creation makes another one. */
    String app() {
        return operations.contains(Operation.CREATE) ? name + "-" + made : name;
    }

    /**
     * An operation that is to be cut off.
     *
     * @param point where
     * @param before the events of the app until then
     */
    record Attempt(Lane lane, Operation operation, String point, String app, Set<String> before) {
        String armed() {
            return point + "@" + app;
        }

        boolean happens() {
            return !NEVER_HAPPENED.contains(point);
        }

        @Override
        public String toString() {
            return operation + " of " + app + " at " + point;
        }
    }

    /** Brings the app to where its next operation can be done; nothing when none is left to be cut off. */
    Optional<Attempt> next() {
        while (left() > 0) {
            ready();
            Operation operation = possible();
            Deque<String> points = queue(operation);
            if (!points.isEmpty()) {
                return Optional.of(new Attempt(this, operation, points.remove(), app(), events()));
            }
            succeed(operation);
        }
        return Optional.empty();
    }

    /** Leaves an attempt that was not begun for later. */
    void putOff(Attempt attempt) {
        queue(attempt.operation()).addFirst(attempt.point());
    }

    /** Makes the app and deploys it, unless it is there or is to be made. */
    void ready() {
        if (operations.contains(Operation.CREATE)) {
            return;
        }
        if (!exists) {
            here.create(name, "static", source(page));
            exists = true;
            deployed = true;
            runs = true;
            units = 1;
            if (operations.contains(Operation.ROLL_BACK) || operations.contains(Operation.ROLL_BACK_RELEASE)) {
                succeed(Operation.DEPLOY);
            }
            if (operations.contains(Operation.SWAP)) {
                here.create(twin(), "static", source(twinsPage));
            }
        }
        if (operations.contains(Operation.CANARY) && !candidate) {
            Reply reply = here.tsuru()
                    .multipart(
                            "POST",
                            "/1.0/apps/" + name + "/deploy",
                            source(page).archive(),
                            "origin",
                            "app-deploy",
                            "new-version",
                            "true");
            assertThat(reply.body()).as(name).endsWith("OK\n");
            candidate = true;
        }
    }

    private String twin() {
        return name + "-twin";
    }

    /** Which of the lane's operations makes sense now; the one with more points left, if several do. */
    Operation possible() {
        return operations.stream()
                .filter(this::makesSense)
                .max((a, b) -> Integer.compare(queue(a).size(), queue(b).size()))
                .orElseThrow();
    }

    private boolean makesSense(Operation operation) {
        return switch (operation) {
            case DEPLOY -> !operations.contains(Operation.REMOVE_VERSION) || !spare;
            case REMOVE_VERSION -> spare;
            case CREATE,
                    BROKEN_DEPLOY,
                    GIT_DEPLOY,
                    BUILD,
                    ROLL_BACK,
                    ROLL_BACK_RELEASE,
                    REBUILD,
                    CHANGE_PLAN,
                    KILL_UNIT,
                    SET_VARIABLE,
                    RESTART,
                    RUN,
                    SWAP,
                    MOVE,
                    REMOVE -> true;
            case CANARY -> candidate;
            case BIND -> !bound;
            case UNBIND -> bound;
            case ADD_UNIT -> units == 1;
            case REMOVE_UNIT -> units == 2;
            case STOP, SLEEP -> runs;
            case START -> !runs;
            case WAKE -> asleep;
        };
    }

    /** Does it, with nobody dying, and knows of it. */
    void succeed(Operation operation) {
        String app = app();
        Reply reply = Tsuru.await(begin(operation));
        assertThat(reply.status())
                .as(operation + " of " + app + ": " + reply.body())
                .isLessThan(300);
        happened(operation, true);
    }

    CompletableFuture<Reply> begin(Operation operation) {
        String path = "/1.0/apps/" + app();
        Tsuru tsuru = here.tsuru();
        return switch (operation) {
            case CREATE ->
                tsuru.startForm(
                        "POST",
                        "/1.0/apps",
                        "name",
                        app(),
                        "platform",
                        "static",
                        "pool",
                        Installation.POOL,
                        "teamOwner",
                        Installation.TEAM);
            case DEPLOY -> tsuru.startDeploy(app(), source(page + 1).archive());
            case BROKEN_DEPLOY ->
                tsuru.startDeploy(
                        app(),
                        source(page + 1).with("Procfile", "web: exit 3\n").archive());
            case GIT_DEPLOY -> {
                git.commit(app(), "main", source(page + 1).files());
                yield tsuru.startForm("POST", path + "/deploy", "git-url", git.url(app()));
            }
            case BUILD -> {
                git.commit(app(), "main", source(page + 1).files());
                yield tsuru.startForm(
                        "POST", "/1.5/apps/" + app() + "/build", "tag", "built", "git-url", git.url(app()));
            }
            case ROLL_BACK ->
                tsuru.startForm(
                        "POST", path + "/deploy/rollback", "image", "v" + (otherPage() + 1), "origin", "rollback");
            case ROLL_BACK_RELEASE ->
                tsuru.startForm("POST", path + "/deploy/rollback", "release", releaseOf(otherPage() + 1));
            case REBUILD -> tsuru.startForm("POST", "/1.3/apps/" + app() + "/deploy/rebuild", "origin", "rebuild");
            case REMOVE_VERSION -> tsuru.startForm("DELETE", "/1.10/apps/" + app() + "/versions/" + oldest());
            case CHANGE_PLAN -> tsuru.startForm("PUT", path, "plan", planned ? PLAN : OTHER_PLAN);
            case KILL_UNIT ->
                tsuru.startForm(
                        "DELETE",
                        "/1.12/apps/" + app() + "/units/"
                                + here.units(app()).iterator().next());
            case SWAP ->
                tsuru.startForm(
                        "POST", "/1.0/swap", "app1", name, "app2", twin(), "cnameOnly", "false", "force", "true");
            case MOVE -> tsuru.startForm("PUT", path, "pool", moved ? Installation.POOL : ELSEWHERE);
            case SET_VARIABLE ->
                tsuru.startForm("POST", path + "/env", "Envs.0.Name", "STEP", "Envs.0.Value", "step-" + (value + 1));
            case BIND -> tsuru.startForm("PUT", INSTANCE + "/" + app());
            case UNBIND -> tsuru.startForm("DELETE", INSTANCE + "/" + app());
            case ADD_UNIT -> tsuru.startForm("PUT", path + "/units", "units", "1", "process", "web");
            case REMOVE_UNIT -> tsuru.startForm("DELETE", path + "/units?units=1&process=web");
            case STOP -> tsuru.startForm("POST", path + "/stop");
            case START -> tsuru.startForm("POST", path + "/start");
            case RESTART -> tsuru.startForm("POST", path + "/restart");
            case SLEEP -> tsuru.startForm("POST", path + "/sleep", "wake", "true");
            case WAKE -> visit();
            case RUN -> tsuru.startForm("POST", path + "/run", "command", "echo here", "once", "true");
            case CANARY ->
                tsuru.startForm(
                        "POST",
                        path + "/canary",
                        "version",
                        Integer.toString(version + 1),
                        "steps.0",
                        "50",
                        "interval",
                        "1",
                        "minimumRequests",
                        "0",
                        // A few looks at a machine that is busy starting tell nothing of versions that are the same.
                        "latencyFactor",
                        "100");
            case REMOVE -> tsuru.startForm("DELETE", path);
        };
    }

    private String oldest() {
        return column("select min(number)::text from version where app = ?");
    }

    /** The newest release that ran this version. */
    private String releaseOf(int number) {
        for (JsonNode release :
                here.tsuru().get("/1.0/apps/" + app() + "/releases").json()) {
            JsonNode versions = release.path("versions");
            if (versions.size() == 1
                    && versions.path(0).path("version").asInt() == number
                    && release.hasNonNull("healthyAt")) {
                return release.path("number").asText();
            }
        }
        throw new AssertionError(app() + " has no release of version " + number);
    }

    private String column(String query) {
        try (Rows rows = Rows.of(here.server())) {
            return rows.column(query, app()).getFirst();
        }
    }

    /** Of the two versions that are rolled back to and fro: version 1 shows page 0. */
    private int otherPage() {
        return 1 - page;
    }

    private CompletableFuture<Reply> visit() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return here.visitor(name).look("/");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    /** The page says which deploy it comes from. */
    private static Source source(int page) {
        return Source.example("static").replacing("index.html", "It flies.", "It flies: " + page + ".");
    }

    /** Takes note of an operation; it is as it was where {@code done} is false. */
    void happened(Operation operation, boolean done) {
        if (!done) {
            return;
        }
        switch (operation) {
            case CREATE -> made++;
            case DEPLOY, GIT_DEPLOY -> {
                page++;
                spare = true;
            }
            case ROLL_BACK, ROLL_BACK_RELEASE -> page = otherPage();
            case REMOVE_VERSION -> spare = false;
            case CHANGE_PLAN -> planned = !planned;
            case SWAP -> {
                int shown = page;
                page = twinsPage;
                twinsPage = shown;
            }
            case MOVE -> moved = !moved;
            case SET_VARIABLE -> value++;
            case BIND -> bound = true;
            case UNBIND -> bound = false;
            case ADD_UNIT -> units++;
            case REMOVE_UNIT -> units--;
            case STOP -> runs = false;
            case START -> runs = true;
            case CANARY -> {
                version++;
                candidate = false;
            }
            case SLEEP -> {
                runs = false;
                asleep = true;
            }
            case WAKE -> {
                runs = true;
                asleep = false;
            }
            case REMOVE -> {
                exists = false;
                deployed = false;
                runs = false;
            }
            case BROKEN_DEPLOY, BUILD, REBUILD, KILL_UNIT, RESTART, RUN -> {}
        }
    }

    /** What visitors may see while an operation is under way; nobody visits what never served, or what a visitor wakes. */
    Optional<Watch> watch(Operation operation) {
        boolean wakes = operation == Operation.SLEEP || operation == Operation.WAKE;
        if (!deployed || wakes) {
            return Optional.empty();
        }
        List<Integer> pages =
                switch (operation) {
                    case DEPLOY, GIT_DEPLOY -> List.of(page, page + 1);
                    case ROLL_BACK, ROLL_BACK_RELEASE -> List.of(page, otherPage());
                    case SWAP -> List.of(page, twinsPage);
                    default -> List.of(page);
                };
        Set<Integer> statuses =
                switch (operation) {
                    case STOP, START -> Set.of(503);
                    case REMOVE -> Set.of(503, 404);
                    case CREATE,
                            DEPLOY,
                            BROKEN_DEPLOY,
                            GIT_DEPLOY,
                            BUILD,
                            ROLL_BACK,
                            ROLL_BACK_RELEASE,
                            REBUILD,
                            REMOVE_VERSION,
                            CHANGE_PLAN,
                            KILL_UNIT,
                            SWAP,
                            MOVE,
                            SET_VARIABLE,
                            BIND,
                            UNBIND,
                            ADD_UNIT,
                            REMOVE_UNIT,
                            RESTART,
                            SLEEP,
                            WAKE,
                            RUN,
                            CANARY -> runs ? Set.<Integer>of() : Set.of(503);
                };
        return Optional.of(Watch.of(here.visitor(name), pages, statuses));
    }

    /** The error that the operation ends with; a command that may have run is not run again. */
    String expectedError(Operation operation, String point) {
        if (operation == Operation.RUN && COMMAND_MAY_HAVE_RUN.contains(point)) {
            return "how it ended is not known";
        }
        return operation == Operation.BROKEN_DEPLOY ? "did not become healthy" : "";
    }

    /** That the app is as it must be now. */
    void assertAsKnown(String what) {
        if (operations.contains(Operation.CREATE)) {
            for (int number = 0; number <= made; number++) {
                int status =
                        here.tsuru().get("/1.0/apps/" + name + "-" + number).status();
                assertThat(status).as(what).isEqualTo(number < made ? 200 : 404);
            }
            return;
        }
        if (!exists) {
            assertThat(here.tsuru().get("/1.0/apps/" + name).status()).as(what).isEqualTo(404);
            return;
        }
        if (!asleep) {
            String seen = here.visitor(name).page();
            assertThat(seen).as(what).contains(runs ? "It flies: " + page + "." : "503");
        }
        assertThat(here.units(name)).as(what).hasSize(runs || asleep ? units + (candidate ? 1 : 0) : 0);
        assertThat(here.info(name).path("units").findValuesAsText("Status"))
                .as(what)
                .allMatch(status -> status.equals("asleep") == asleep);
        assertThat(here.info(name).path("pool").asText()).as(what).isEqualTo(moved ? ELSEWHERE : Installation.POOL);
        if (operations.contains(Operation.CHANGE_PLAN)) {
            assertThat(here.info(name).path("plan").path("name").asText())
                    .as(what)
                    .isEqualTo(planned ? OTHER_PLAN : PLAN);
        }
        if (operations.contains(Operation.REMOVE_VERSION)) {
            assertThat(column("select count(*)::text from version where app = ?"))
                    .as(what)
                    .isEqualTo(spare ? "2" : "1");
        }
        if (operations.contains(Operation.SWAP)) {
            assertThat(here.visitor(twin()).page()).as(what).contains("It flies: " + twinsPage + ".");
        }
        if (operations.contains(Operation.BIND)) {
            assertThat(here.tsuru()
                            .get("/1.0/apps/" + name + "/env?env=" + GIVEN)
                            .json())
                    .as(what)
                    .hasSize(bound ? 1 : 0);
        }
        if (value > 0) {
            assertThat(here.tsuru().get("/1.0/apps/" + name + "/env?env=STEP").body())
                    .as(what)
                    .contains("\"step-" + value + "\"");
        }
    }

    /** The ids of all events of the app. */
    Set<String> events() {
        try (Rows rows = Rows.of(here.server())) {
            return Set.copyOf(rows.column("select id from event where target_value = ?", app()));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
