package io.orizuru.app;

import io.orizuru.provision.Exposure;
import io.orizuru.provision.Exposure.Address;
import io.orizuru.provision.Exposure.Member;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which names lead to the versions and processes of an app, and who stands in for it while it is asleep. Pure.
 *
 * <p>{@code v2.version.APP} is the main process of a version, {@code worker.process.APP} a process of all versions that get
 * requests, {@code v2.version.worker.process.APP} one of a version. They are the app's own name's, whatever it was swapped
 * with: the numbers count its versions. An app's name has no dot, so none of them is the name of another app.
 */
final class Exposures {
    /** What a process must be called, in lower case, to have an address. */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?");

    private Exposures() {}

    static Exposure of(String app, Placement placement) {
        return new Exposure(addresses(app, placement), asleep(placement.sleep()));
    }

    private static List<Address> addresses(String app, Placement placement) {
        Map<String, List<Member>> byName = new LinkedHashMap<>();
        Map<String, String> labels = labels(placement);
        for (Placement.Running running : placement.versions()) {
            String version = "v" + running.version() + ".version.";
            // A version runs all of its processes.
            String main = Version.main(running.processes().keySet());
            if (isThere(running.processes().get(main))) {
                byName.put(version + app, List.of(new Member(running.version(), main)));
            }
            running.processes().forEach((process, scale) -> {
                String label = label(process);
                if (!isThere(scale) || !process.equals(labels.get(label))) {
                    return;
                }
                Member member = new Member(running.version(), process);
                byName.put(version + label + ".process." + app, List.of(member));
                if (running.routable()) {
                    byName.computeIfAbsent(label + ".process." + app, name -> new ArrayList<>())
                            .add(member);
                }
            });
        }
        return byName.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new Address(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** Whose a label is: of processes that are told apart by case only, the one in lower case, else the first by name. */
    private static Map<String, String> labels(Placement placement) {
        Map<String, String> labels = new LinkedHashMap<>();
        placement.versions().stream()
                .flatMap(running -> running.processes().keySet().stream())
                .sorted(Comparator.comparing((String process) -> !process.equals(label(process)))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(process -> LABEL.matcher(label(process)).matches())
                .forEach(process -> labels.putIfAbsent(label(process), process));
        return labels;
    }

    private static String label(String process) {
        return process.toLowerCase(Locale.ROOT);
    }

    /** Runs, or will when somebody asks for it. */
    private static boolean isThere(Placement.@Nullable Scale scale) {
        return scale != null && (scale.units() > 0 || scale.asleep());
    }

    private static AppRoutes.@Nullable Asleep asleep(Placement.@Nullable Sleep sleep) {
        if (sleep == null) {
            return null;
        }
        List<Backend> proxy = sleep.proxyAddresses().stream()
                .map(address -> new Backend("the proxy", address.host(), address.port(), 1))
                .toList();
        return new AppRoutes.Asleep(sleep.wakes(), proxy);
    }
}
