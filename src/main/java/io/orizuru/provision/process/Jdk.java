package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JDK of this machine.
 *
 * @param feature the number that people call it by: 8, 17, 25
 * @param home its directory, without links
 */
record Jdk(int feature, Path home) {
    private static final Path FOLDER = Path.of("/usr/lib/jvm");
    private static final Pattern RELEASE = Pattern.compile("(?m)^JAVA_VERSION=\"?(?:1\\.)?(\\d{1,4})\\b");

    /** All of the system's folder, and the server's own; newest first. */
    static List<Jdk> all(Path own) throws IOException {
        List<Path> candidates = new ArrayList<>(DurableFiles.list(FOLDER));
        candidates.add(own);
        TreeMap<Path, Jdk> found = new TreeMap<>();
        for (Path candidate : candidates) {
            OptionalInt feature = feature(candidate);
            if (feature.isPresent()) {
                Path home = candidate.toRealPath();
                found.put(home, new Jdk(feature.getAsInt(), home));
            }
        }
        return found.values().stream()
                .sorted(Comparator.comparing(Jdk::feature, Comparator.reverseOrder()))
                .toList();
    }

    private static OptionalInt feature(Path home) {
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isExecutable(home.resolve("bin/javac"))) {
            return OptionalInt.empty();
        }
        Matcher release = RELEASE.matcher(DurableFiles.readText(home.resolve("release")));
        return release.find() ? OptionalInt.of(Integer.parseInt(release.group(1))) : OptionalInt.empty();
    }
}
