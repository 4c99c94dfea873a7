package io.orizuru.provision.process;

import com.google.re2j.Pattern;
import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Go: a module whose program is its root, or below {@code cmd}. */
final class GoRecipe {
    private static final Pattern MAIN = Pattern.compile("(?m)^package\\s+main\\b");
    private static final java.util.regex.Pattern PLAIN = java.util.regex.Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
    private static final int FILES_LOOKED_AT = 1000;

    private GoRecipe() {}

    static Recipe of(Path tree, Tools tools) throws IOException {
        if (!Files.isRegularFile(tree.resolve("go.mod"))) {
            throw new BuildFailed("a go.mod is missing: the platform go builds a module");
        }
        String go = tools.go().map(Path::toString).orElse("go");
        String build = Scripts.quote(go) + " build -trimpath -buildvcs=false -o ";
        if (isProgram(tree)) {
            return recipe(build + "bin/web .", Map.of("web", "bin/web"));
        }
        List<String> programs = programs(tree.resolve("cmd"));
        if (programs.isEmpty()) {
            throw new BuildFailed(
                    "there is no program: \"package main\" is neither in the root nor in a directory of cmd");
        }
        Optional<String> web = programs.size() == 1
                ? Optional.of(programs.getFirst())
                : Stream.of("web", "server").filter(programs::contains).findFirst();
        return recipe(
                build + "bin/ ./cmd/...",
                web.map(name -> Map.of("web", "bin/" + name)).orElse(Map.of()));
    }

    private static Recipe recipe(String command, Map<String, String> processes) {
        return new Recipe(List.of(new BuildStep("Building the module", "mkdir -p bin && " + command)), processes);
    }

    private static List<String> programs(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        List<Path> found = DurableFiles.some(directory, FILES_LOOKED_AT, path -> PLAIN.matcher(
                        path.getFileName().toString())
                .matches());
        Stream.Builder<String> programs = Stream.builder();
        for (Path path : found) {
            if (isProgram(path)) {
                programs.add(path.getFileName().toString());
            }
        }
        return programs.build().toList();
    }

    private static boolean isSource(Path path) {
        String name = path.getFileName().toString();
        return name.endsWith(".go") && !name.endsWith("_test.go");
    }

    private static boolean isProgram(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        for (Path source : DurableFiles.some(directory, FILES_LOOKED_AT, GoRecipe::isSource)) {
            if (TreeText.read(directory, source.getFileName().toString())
                    .filter(text -> MAIN.matcher(text).find())
                    .isPresent()) {
                return true;
            }
        }
        return false;
    }
}
