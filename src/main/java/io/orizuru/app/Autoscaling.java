package io.orizuru.app;

import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The autoscale rules of apps. A process has one at most; it says which version's units follow it, and when that one is gone
 * they are those of the newest version that gets requests.
 */
@ApplicationScoped
class Autoscaling {
    private final Apps apps;
    private final Releases releases;
    private final AutoscaleStore store;
    private final Events events;

    Autoscaling(Apps apps, Releases releases, AutoscaleStore store, Events events) {
        this.apps = apps;
        this.releases = releases;
        this.store = store;
        this.events = events;
    }

    /** The rules of an app, by process, as people read them. */
    List<AutoscaleSpec> of(App app) {
        List<AutoscaleSpec> rules = store.of(app.name());
        if (rules.isEmpty()) {
            return List.of();
        }
        Release release = releases.desired(app);
        return rules.stream()
                .map(rule -> current(rule, release.placement()).shown(cpuMilli(release, rule)))
                .toList();
    }

    /** Thousandths of a core that a unit of the rule's process gets, by the process's own plan if it has one; 0 for no limit. */
    static int cpuMilli(Release release, AutoscaleSpec rule) {
        return release.planOf(process(rule, release.placement())).effectiveCpuMilli();
    }

    /** The process that is meant where the rule does not say: the only one. Empty when there are none or several. */
    private static String process(AutoscaleSpec rule, Placement placement) {
        return rule.processName().isEmpty()
                ? placement
                        .version(rule.version())
                        .or(() -> newest(placement, ""))
                        .filter(running -> running.processes().size() == 1)
                        .map(running -> running.processes().firstKey())
                        .orElse("")
                : rule.processName();
    }

    /** A rule for the version that it is about now. */
    static AutoscaleSpec current(AutoscaleSpec rule, Placement placement) {
        boolean there = placement
                .version(rule.version())
                .filter(running -> running.processes().containsKey(rule.processName()))
                .isPresent();
        return there
                ? rule
                : newest(placement, rule.processName())
                        .map(running -> rule.of(rule.processName(), running.version()))
                        .orElse(rule);
    }

    private static Optional<Placement.Running> newest(Placement placement, String process) {
        return placement.versions().stream()
                .filter(Placement.Running::routable)
                .filter(running -> process.isEmpty() || running.processes().containsKey(process))
                .max(Comparator.comparingInt(Placement.Running::version));
    }

    /**
     * Sets the rule of a process, in place of the one that it has.
     *
     * @throws Failure when it is no rule, or there is no such process
     */
    void set(Call call, App app, AutoscaleSpec wanted) {
        Data data = Data.of("process", wanted.processName())
                .with("minUnits", wanted.minUnits())
                .with("maxUnits", wanted.maxUnits())
                .with("averageCPU", wanted.averageCpu() == null ? "" : wanted.averageCpu());
        checked(app, releases.desired(app), wanted);
        events.perform(call, app.subject(), data, () -> {
            // Read again: its quota, plan and versions may have changed before the lock was ours.
            App current = apps.find(app.name());
            Release release = releases.desired(current);
            store.put(app.name(), located(checked(current, release, wanted), release.placement()));
        });
    }

    private static AutoscaleSpec checked(App app, Release release, AutoscaleSpec wanted) {
        try {
            return wanted.checked(app.quotaLimit(), cpuMilli(release, wanted));
        } catch (Failure failure) {
            throw Failure.invalid("unable to validate autoscale spec: " + failure.message());
        }
    }

    /** For the process and version that are meant, where it does not say. */
    private static AutoscaleSpec located(AutoscaleSpec rule, Placement placement) {
        Placement.Running running = rule.version() == 0
                ? newest(placement, rule.processName())
                        .or(() -> newest(placement, ""))
                        .orElseThrow(() -> Failure.invalid("no routable version found for app, at least one deploy is"
                                + " required before configuring autoscale"))
                : placement
                        .version(rule.version())
                        .orElseThrow(() -> Failure.invalid("version not found: " + rule.version()));
        if (rule.processName().isEmpty() && running.processes().size() > 1) {
            throw Failure.invalid("process error: no process name specified and more than one declared in Procfile");
        }
        String process = rule.processName().isEmpty() ? running.processes().firstKey() : rule.processName();
        if (!running.processes().containsKey(process)) {
            throw Failure.invalid("process error: no command declared in Procfile for process \"" + process + "\"");
        }
        return rule.of(process, running.version());
    }

    /** Removes the rule of a process; its units stay as many as they are. Without a rule nothing happens. */
    void remove(Call call, App app, String process) {
        if (process.isEmpty()) {
            throw Failure.invalid("process is required to remove autoscale");
        }
        events.perform(call, app.subject(), Data.of("process", process), () -> store.delete(app.name(), process));
    }

    /**
     * Lets all rules be about another version.
     *
     * @throws Failure when it does not run, or lacks a process that has a rule
     */
    void swap(Call call, App app, String version) {
        if (version.isEmpty()) {
            throw Failure.invalid("version is required to swap autoscale");
        }
        events.perform(call, app.subject(), Data.of("version", version), () -> {
            Placement.Running running = releases.desired(apps.find(app.name())).placement().versions().stream()
                    .filter(candidate -> Integer.toString(candidate.version()).equals(version))
                    .findFirst()
                    .orElseThrow(() -> Failure.invalid(
                            "could not swap the autoscale, make sure the version provided is currently deployed"));
            for (AutoscaleSpec rule : store.of(app.name())) {
                if (!running.processes().containsKey(rule.processName())) {
                    throw Failure.invalid("could not swap the autoscale: version " + version + " has no process \""
                            + rule.processName() + "\"");
                }
                store.put(app.name(), rule.of(rule.processName(), running.version()));
            }
        });
    }

    /**
     * Refuses what people do by hand to a process that has a rule.
     *
     * @param what is done, as in "add units to"
     */
    void refuse(String app, String process, String what) {
        if (store.find(app, process).isPresent()) {
            throw Failure.invalid(
                    "cannot " + what + " an app with autoscaler configured, please update autoscale settings");
        }
    }
}
