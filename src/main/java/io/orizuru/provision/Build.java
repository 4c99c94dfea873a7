package io.orizuru.provision;

import java.util.Map;

/**
 * What a build made.
 *
 * @param version its number
 * @param image how it is named to users, for example {@code process/blog:v3}
 * @param processes the commands of the Procfile (or the platform's default), by process name; never empty
 * @param manifest what its {@code tsuru.yaml} says
 */
public record Build(int version, String image, Map<String, String> processes, AppManifest manifest) {
    public Build {
        processes = Map.copyOf(processes);
    }
}
