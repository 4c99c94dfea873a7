package io.orizuru.provision.process;

import io.orizuru.failure.StaleEpochException;
import io.orizuru.provision.Build;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the engine holds on disk for one app:
 *
 * <pre>
 * APP/epoch-N            empty; the highest N is the highest epoch seen
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

    private static final String EPOCH = "epoch-";

    /** What a build made, and for which key and platform. */
    record StoredBuild(String key, String platform, Build build) {}

    static AppDirectory of(Path apps, String app) {
        return new AppDirectory(name("app", app), apps.resolve(app));
    }

    /** Whether an app can be called so; other directories may stand beside those of apps. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches();
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
        return epochs().keySet().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private Map<Long, Path> epochs() {
        Map<Long, Path> epochs = new HashMap<>();
        for (Path entry : DurableFiles.list(path)) {
            String name = entry.getFileName().toString();
            if (name.startsWith(EPOCH)) {
                epochs.put(Long.valueOf(name.substring(EPOCH.length())), entry);
            }
        }
        return epochs;
    }

    /**
     * Remembers the epoch, durably, before anything is done under it. Each has a file of its own: a server that stood still
     * between looking and writing must not take a higher one back.
     */
    void advance(long epoch) throws IOException {
        refuseStale(epoch);
        DurableFiles.directory(path);
        mark(epoch);
        for (Map.Entry<Long, Path> former : epochs().entrySet()) {
            if (former.getKey() < epoch) {
                Files.deleteIfExists(former.getValue());
            }
        }
    }

    /** Where there is no room for a new file, a former one's name becomes it: what frees room must go on. */
    private void mark(long epoch) throws IOException {
        Path fresh = path.resolve(EPOCH + epoch);
        try {
            DurableFiles.mark(fresh);
        } catch (IOException e) {
            Path former = epochs().get(epoch());
            if (former == null) {
                throw e;
            }
            refuseStale(epoch);
            DurableFiles.rename(former, fresh);
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
        Trash.of(this).discard(app, tree(version));
    }
}
