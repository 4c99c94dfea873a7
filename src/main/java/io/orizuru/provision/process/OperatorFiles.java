package io.orizuru.provision.process;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The operator's files that builds see. They are read anew for each build, so that a secret may be changed at any time. */
final class OperatorFiles {
    /** Before places that are in the build's home. */
    private static final String HOME = "~/";

    private final Map<String, Path> originals;

    /** @param originals place inside a build → file of this machine */
    OperatorFiles(Map<String, Path> originals) {
        this.originals = new TreeMap<>(originals);
    }

    /**
     * The copies for one build.
     *
     * @param mounted those that are not in its home: path on this machine → path inside
     * @param texts what is in the copies, to be masked in what the build prints
     */
    record Copies(Map<Path, Path> mounted, List<String> texts) {}

    /**
     * Copies them, readable by the app's user, whoever may read the originals. Those for the home are put there.
     *
     * @throws BuildFailed if one is no file of at most 1 MiB that can be read
     */
    Copies copy(Path attempt, @Nullable Integer user) throws IOException {
        Map<Path, Path> mounted = new TreeMap<>();
        List<String> texts = new ArrayList<>();
        for (Map.Entry<String, Path> file : originals.entrySet()) {
            byte[] content = read(file.getValue());
            texts.add(new String(content, StandardCharsets.UTF_8));
            Path copy = attempt.resolve("file-" + mounted.size());
            if (file.getKey().startsWith(HOME)) {
                Path home = attempt.resolve("home");
                copy = home.resolve(file.getKey().substring(HOME.length()));
                makeParents(home, copy, user);
            } else {
                mounted.put(copy, Path.of(file.getKey()));
            }
            DurableFiles.write(copy, content, "r--------");
            DurableFiles.own(copy, user);
        }
        return new Copies(mounted, texts);
    }

    private static byte[] read(Path original) {
        String problem = BuildEnvironment.problemOf(original);
        if (problem == null) {
            try {
                return Files.readAllBytes(original);
            } catch (IOException e) {
                problem = "cannot be read (" + e.getClass().getSimpleName() + ")";
            }
        }
        throw new BuildFailed("the file \"" + original + "\" of build.files, in the server's settings, " + problem);
    }

    private static void makeParents(Path home, Path file, @Nullable Integer user) throws IOException {
        Path built = home;
        for (Path name : home.relativize(file.getParent())) {
            built = built.resolve(name);
            if (!name.toString().isEmpty()) {
                DurableFiles.own(DurableFiles.directory(built, "rwxr-xr-x"), user);
            }
        }
    }
}
