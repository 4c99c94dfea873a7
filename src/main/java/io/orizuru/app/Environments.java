package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The environment of apps. Every change makes the app's next release. */
@ApplicationScoped
class Environments {
    private static final int LONGEST_NAME = 1024;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z][-_a-zA-Z0-9]*");

    private final Releases releases;
    private final PlatformVariables platformVariables;

    Environments(Releases releases, ReleaseChanges changes, PlatformVariables platformVariables) {
        this.releases = releases;
        this.platformVariables = platformVariables;
    }

    /**
     * Variables to set.
     *
     * @param managedBy who looks after them, or empty
     * @param pruneUnused whether those that {@code managedBy} looked after and that are not among them go away
     */
    record Setting(List<Variable> variables, String managedBy, boolean pruneUnused, boolean noRestart) {}

    /** The app's whole environment, or the named part of it, as the caller may see it. */
    List<Variable> get(Call call, App app, Collection<String> names) {
        return platformVariables.shown(call.caller(), app, releases.desired(app).environment()).stream()
                .filter(variable -> names.isEmpty() || names.contains(variable.name()))
                .toList();
    }

    /** Sets variables. */
    Proposal set(Setting setting) {
        check(setting);
        List<String> messages = new ArrayList<>();
        messages.add("---- Setting " + setting.variables().size() + " new environment variables ----\n");
        List<String> names = setting.variables().stream().map(Variable::name).toList();
        return new Proposal(
                data(setting),
                setting.noRestart(),
                release -> {
                    List<String> unused = setting.pruneUnused()
                            ? release.environment().unused(setting.managedBy(), names)
                            : List.of();
                    unused.forEach(name -> messages.add("---- Pruning " + name + " from environment variables ----\n"));
                    return release.with(release.environment().without(unused).with(setting.variables()));
                },
                messages);
    }

    private static void check(Setting setting) {
        if (setting.variables().isEmpty()) {
            throw Failure.invalid("You must provide the list of environment variables");
        }
        if (setting.pruneUnused() && setting.managedBy().isEmpty()) {
            throw Failure.invalid("Prune unused requires a managed-by value");
        }
        for (Variable variable : setting.variables()) {
            if (!NAME.matcher(variable.name()).matches()) {
                throw Failure.invalid("Invalid environment variable name: '" + variable.name() + "'");
            }
            if (variable.name().length() > LONGEST_NAME) {
                throw Failure.invalid(
                        "the name of the variable " + variable.name().substring(0, 60) + "… has "
                                + variable.name().length() + " characters, more than " + LONGEST_NAME);
            }
            if (variable.value().indexOf('\0') >= 0) {
                throw Failure.invalid(
                        "the value of " + variable.name() + " holds a NUL character, which no environment can");
            }
        }
        refuseProtected(setting.variables().stream().map(Variable::name).toList());
    }

    private static void refuseProtected(Collection<String> names) {
        if (names.stream().anyMatch(PlatformVariables.PROTECTED::contains)) {
            throw Failure.invalid("Can't change the following environment variables (write protected): "
                    + String.join(" ", new TreeSet<>(PlatformVariables.PROTECTED)));
        }
    }

    private static Data data(Setting setting) {
        Data data = Data.none();
        int number = 0;
        for (Variable variable : setting.variables()) {
            data.with("Envs." + number + ".Name", variable.name());
            data.with("Envs." + number + ".Value", variable.isPublic() ? variable.value() : Data.MASKED);
            data.with("Envs." + number + ".Private", !variable.isPublic());
            number++;
        }
        return data.with("ManagedBy", setting.managedBy())
                .with("PruneUnused", setting.pruneUnused())
                .with("NoRestart", setting.noRestart());
    }

    /** Unsets variables; those that are not there are no matter. */
    Proposal unset(List<String> names, boolean noRestart) {
        if (names.isEmpty()) {
            throw Failure.invalid("You must provide the list of environment variables.");
        }
        refuseProtected(names);
        List<String> messages = List.of("---- Unsetting " + names.size() + " environment variables ----\n");
        Data data = Data.of("env", names).with("noRestart", noRestart);
        return new Proposal(
                data, noRestart, release -> release.with(release.environment().without(names)), messages);
    }
}
