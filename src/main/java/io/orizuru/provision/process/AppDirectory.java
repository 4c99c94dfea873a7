package io.orizuru.provision.process;

import io.orizuru.failure.StaleEpochException;
import io.orizuru.files.Trees;
import io.orizuru.provision.Build;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the engine holds on disk for one app:
 *
 * <pre>
 * APP/epoch              the highest epoch seen
 * APP/builds/vN          a release's tree
 * APP/builds/vN.json     what its build made; written last: with it the build is there
 * APP/builds/.build-KEY-ATTEMPT   a build under way
 * APP/cache              what one build keeps for the next, see {@link BuildCache}
 * APP/units/ID           a unit, see {@link UnitDirectory}
 * </pre>
 */
record AppDirectory(String app, Path path) {
    /** Names become parts of paths. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,199}");

    /** What a build made, and for which key and platform. */
    record StoredBuild(String key, String platform, Build build) {}

    static AppDirectory of(Path apps, String app) {
        return new AppDirectory(name("app", app), apps.resolve(app));
    }

    static String name(String kind, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "the " + kind + " name \"" + ReleaseTree.printable(name) + "\" does not match " + NAME);
        }
        return name;
    }

    Path builds() {
        return path.resolve("builds");
    }

    Path cache() {
        return path.resolve("cache");
    }

    Path units() {
        return path.resolve("units");
    }

    Path tree(int version) {
        return builds().resolve("v" + version);
    }

    Path record(int version) {
        return builds().resolve("v" + version + ".json");
    }

    Optional<StoredBuild> build(int version) {
        return DurableFiles.readJson(record(version), StoredBuild.class);
    }

    /** The attempts at building that were left behind under this key. */
    List<Path> attempts(String key) {
        return DurableFiles.list(builds()).stream()
                .filter(path -> path.getFileName().toString().startsWith(".build-" + key + "-"))
                .toList();
    }

    long epoch() {
        String text = DurableFiles.readText(path.resolve("epoch"));
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    /** Remembers the epoch, durably, before anything is done under it. */
    void advance(long epoch) throws IOException {
        refuseStale(epoch);
        if (epoch > epoch()) {
            DurableFiles.directory(path);
            DurableFiles.writeText(path.resolve("epoch"), Long.toString(epoch));
        }
    }

    void refuseStale(long epoch) {
        long seen = epoch();
        if (epoch < seen) {
            throw new StaleEpochException(app, epoch, seen);
        }
    }

    void removeBuild(int version) throws IOException {
        Files.deleteIfExists(record(version));
        Trees.delete(tree(version));
    }
}
