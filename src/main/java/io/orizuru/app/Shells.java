package io.orizuru.app;

import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Sessions;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.http.OpenStreams;
import io.orizuru.limit.FairShare;
import io.orizuru.provision.Engines;
import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.Shell;
import io.orizuru.provision.ShellTerminal;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.UnitSpec;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shells that people open in their apps: who may have how many, and where. What is typed and shown is kept nowhere. */
@ApplicationScoped
public class Shells {
    static final String PERMISSION = "app.run.shell";
    private static final int COLUMNS = 80;
    private static final int ROWS = 24;
    /** What every terminal understands. */
    private static final String PLAIN = "vt100";

    /** What the process of an isolated shell is called in its environment. */
    private static final String ASIDE = "shell";

    private final Units units;
    private final Releases releases;
    private final DesiredStates desiredStates;
    private final SecureRandom random;
    private final Engines engines;
    private final Sessions sessions;
    private final OpenStreams streams;
    private final Settings.Shells limits;
    private final Map<String, Integer> open = new HashMap<>();
    private final Map<String, Integer> ofTeams = new HashMap<>();
    private volatile boolean stopping;

    Shells(
            Units units,
            Releases releases,
            DesiredStates desiredStates,
            SecureRandom random,
            Engines engines,
            Sessions sessions,
            OpenStreams streams,
            Settings settings) {
        this.units = units;
        this.releases = releases;
        this.desiredStates = desiredStates;
        this.random = random;
        this.engines = engines;
        this.sessions = sessions;
        this.streams = streams;
        this.limits = settings.shells();
    }

    /** Ends all that are open here and opens no more: the server is about to stop. */
    public void endAll() {
        stopping = true;
    }

    boolean stopping() {
        return stopping;
    }

    Settings.Shells limits() {
        return limits;
    }

    /**
     * Opens a shell.
     *
     * @throws Failure when the request is wrong, the app has nothing to open it in, or there are too many
     */
    OpenShell open(Call call, App app, ShellRequest request) {
        ShellTerminal terminal = terminal(request);
        enter(app);
        try {
            if (request.isolated()) {
                return aside(call, app, request, terminal);
            }
            UnitRecord unit = unit(app, request);
            Shell shell = engines.require(unit.provisioner()).openShell(app.name(), unit.id(), terminal);
            return session(call, app, request, unit.id(), shell);
        } catch (ExecutionFailed e) {
            leave(app);
            throw Failure.precondition(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            leave(app);
            throw e;
        }
    }

    private OpenShell aside(Call call, App app, ShellRequest request, ShellTerminal terminal) {
        Release release = releases.desired(app);
        int newest = release.placement().versions().stream()
                .mapToInt(Placement.Running::version)
                .max()
                .orElseThrow(() -> Failure.invalid(Scaling.NO_VERSIONS));
        UnitSpec spec = desiredStates.spec(app, release, newest, ASIDE, app.name() + "-shell-" + suffix());
        String provisioner = desiredStates.of(app, release).provisioner();
        return session(
                call, app, request, spec.id(), engines.require(provisioner).openShellAside(spec, terminal));
    }

    private String suffix() {
        byte[] bytes = new byte[4];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private OpenShell session(Call call, App app, ShellRequest request, String unit, Shell shell) {
        try {
            Data data = Data.of("unit", unit).with("isolated", request.isolated());
            String event = sessions.begin(call, app.subject(), data);
            return new OpenShell(this, sessions, event, app, shell, streams.watch());
        } catch (RuntimeException e) {
            shell.close();
            throw e;
        }
    }

    private static ShellTerminal terminal(ShellRequest request) {
        return new ShellTerminal(
                request.term().isEmpty() ? PLAIN : request.term(),
                request.width() == 0 ? COLUMNS : request.width(),
                request.height() == 0 ? ROWS : request.height());
    }

    private UnitRecord unit(App app, ShellRequest request) {
        List<UnitRecord> there = AppCommands.available(units, app);
        if (there.isEmpty()) {
            throw Failure.precondition("App must be available to run a shell in one of its units");
        }
        String wanted = request.unit().isEmpty() ? request.containerId() : request.unit();
        if (wanted.isEmpty()) {
            return there.getFirst();
        }
        UnitRecord exact = named(there, wanted);
        List<UnitRecord> begins =
                there.stream().filter(unit -> unit.id().startsWith(wanted)).toList();
        if (exact == null && begins.size() > 1) {
            throw Failure.invalid("the ids of " + begins.size() + " units of the app begin with \"" + wanted + "\"");
        }
        if (exact == null && begins.isEmpty()) {
            throw Failure.notFound("no running unit of the app " + app.name() + " is \"" + wanted + "\"");
        }
        return exact == null ? begins.getFirst() : exact;
    }

    private static @Nullable UnitRecord named(List<UnitRecord> units, String id) {
        return units.stream().filter(unit -> unit.id().equals(id)).findFirst().orElse(null);
    }

    private synchronized void enter(App app) {
        if (stopping) {
            throw Failure.unavailable("the server is stopping");
        }
        int all = open.values().stream().mapToInt(Integer::intValue).sum();
        if (all >= limits.perServer()) {
            throw Failure.unavailable("this server has " + all + " shells open already, and may have "
                    + limits.perServer() + " (shells.per-server)");
        }
        int ofTeam = ofTeams.getOrDefault(app.teamOwner(), 0);
        int most = FairShare.part(limits.perServer());
        if (ofTeam >= most) {
            throw Failure.unavailable("the team " + app.teamOwner() + " has " + ofTeam
                    + " shells open here already, and may" + " have " + most + ", a quarter of shells.per-server");
        }
        int ofApp = open.getOrDefault(app.name(), 0);
        if (ofApp >= limits.perApp()) {
            throw Failure.unavailable("the app " + app.name() + " has " + ofApp
                    + " shells open here already, and may have " + limits.perApp() + " (shells.per-app)");
        }
        open.merge(app.name(), 1, Integer::sum);
        ofTeams.merge(app.teamOwner(), 1, Integer::sum);
    }

    /** @param app as it was when it was entered */
    synchronized void leave(App app) {
        open.computeIfPresent(app.name(), (name, count) -> count == 1 ? null : count - 1);
        ofTeams.computeIfPresent(app.teamOwner(), (name, count) -> count == 1 ? null : count - 1);
    }
}
