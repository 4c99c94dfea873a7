package io.orizuru.provision.process;

import java.util.List;
import java.util.Map;

/**
 * How to build one archive.
 *
 * @param steps in order
 * @param processes what runs when there is no Procfile; may be empty
 * @param found whether what runs shows only when it is built, see {@link Platform#built}
 */
record Recipe(List<BuildStep> steps, Map<String, String> processes, boolean found) {
    Recipe(List<BuildStep> steps, Map<String, String> processes) {
        this(steps, processes, false);
    }
}
