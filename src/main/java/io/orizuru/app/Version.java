package io.orizuru.app;

import io.orizuru.provision.AppManifest;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * What a build made, numbered per app, immutable but for whether it may be rolled back to.
 *
 * @param event the event of its build
 * @param image how people name it
 * @param processes commands by process
 * @param archive the file in the directory of archives that it was built from, or empty
 * @param disabledReason why it may not be rolled back to, when it is disabled
 */
public record Version(
        String app,
        int number,
        String event,
        String platform,
        String image,
        Map<String, String> processes,
        AppManifest manifest,
        String origin,
        String message,
        String createdBy,
        String archive,
        boolean disabled,
        String disabledReason,
        Instant createdAt) {
    private static final String WEB = "web";

    public Version {
        processes = Map.copyOf(processes);
    }

    /** The process that requests go to: {@code web}, else the first by name. */
    public String mainProcess() {
        return main(processes.keySet());
    }

    /** Of the processes of a version the one that requests go to; empty when there is none. */
    static String main(Set<String> processes) {
        return processes.contains(WEB)
                ? WEB
                : processes.stream().sorted().findFirst().orElse("");
    }
}
