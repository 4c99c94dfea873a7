package io.orizuru.provision.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the engine knows to build, and how. Looks at the unpacked archive; starts nothing. */
enum Platform {
    /**
     * Files served as they are: of the archive itself if it has an {@code index.html}, else of the first of
     * {@code public}, {@code dist}, {@code build} that has one, else of the archive.
     */
    STATIC {
        @Override
        Recipe recipe(Path tree, Tools tools) {
            String directory = Files.isRegularFile(tree.resolve("index.html"))
                    ? "."
                    : Stream.of("public", "dist", "build")
                            .filter(name ->
                                    Files.isRegularFile(tree.resolve(name).resolve("index.html")))
                            .findFirst()
                            .orElse(".");
            return new Recipe(List.of(), Map.of("web", "orizuru-static " + directory));
        }
    },
    /**
     * A virtual environment at {@code .venv} with what {@code requirements.txt} names, or else with the project of
     * {@code pyproject.toml} and what that depends on.
     */
    PYTHON {
        @Override
        Recipe recipe(Path tree, Tools tools) throws IOException {
            List<BuildStep> steps = new ArrayList<>();
            steps.add(new BuildStep("Making the virtual environment", "/usr/bin/python3 -m venv .venv"));
            if (Files.isRegularFile(tree.resolve("requirements.txt"))) {
                steps.add(new BuildStep("Installing requirements.txt", PIP_INSTALL + " -r requirements.txt"));
            } else if (isPythonProject(tree)) {
                steps.add(new BuildStep("Installing the project of pyproject.toml", PIP_INSTALL + " ."));
            }
            Optional<String> main = Stream.of("app.py", "main.py", "wsgi.py")
                    .filter(name -> Files.isRegularFile(tree.resolve(name)))
                    .findFirst();
            return new Recipe(
                    steps, main.map(name -> Map.of("web", "python " + name)).orElse(Map.of()));
        }
    },
    /** The packages of {@code package.json}, and its {@code build} script if there is one. */
    NODEJS {
        @Override
        Recipe recipe(Path tree, Tools tools) {
            if (!Files.isRegularFile(tree.resolve("package.json"))) {
                return new Recipe(List.of(), nodeScript(tree));
            }
            JsonNode scripts = packageJson(tree).path("scripts");
            boolean builds = scripts.path("build").isTextual();
            boolean locked = Files.isRegularFile(tree.resolve("package-lock.json"))
                    || Files.isRegularFile(tree.resolve("npm-shrinkwrap.json"));
            String quiet = " --no-audit --no-fund --no-update-notifier --loglevel=warn";
            // A build script needs what is only there for development; it goes away again afterwards.
            String install =
                    (locked ? "npm ci --prefer-offline" : "npm install") + (builds ? "" : " --omit=dev") + quiet;
            List<BuildStep> steps = new ArrayList<>();
            steps.add(new BuildStep("Installing the packages of package.json", install));
            if (builds) {
                steps.add(new BuildStep("Running the build script of package.json", "npm run build"));
                steps.add(new BuildStep("Removing development packages", "npm prune --omit=dev" + quiet));
            }
            return new Recipe(
                    steps,
                    scripts.path("start").isTextual()
                            ? Map.of("web", "npm start --no-update-notifier")
                            : nodeScript(tree));
        }
    },
    /** A jar that runs, or a Maven project. */
    JAVA {
        @Override
        Recipe recipe(Path tree, Tools tools) throws IOException {
            return JavaRecipe.of(tree, tools);
        }

        @Override
        Map<String, String> built(Path tree) {
            return JavaRecipe.jar(tree);
        }
    },
    /** A Go module. */
    GO {
        @Override
        Recipe recipe(Path tree, Tools tools) throws IOException {
            return GoRecipe.of(tree, tools);
        }
    },
    /** The archive as it is; its Procfile says what runs. */
    GENERIC {
        @Override
        Recipe recipe(Path tree, Tools tools) {
            return new Recipe(List.of(), Map.of());
        }
    };

    private static final String PIP_INSTALL =
            ".venv/bin/python -m pip install --no-input --disable-pip-version-check --progress-bar off";

    /** Many have the file for the settings of their tools only. */
    private static final Pattern PYTHON_PROJECT = Pattern.compile("(?m)^\\s*\\[\\s*(project|build-system)\\s*]");

    /** @throws BuildFailed if the archive is not one of this platform's */
    abstract Recipe recipe(Path tree, Tools tools) throws IOException;

    /** What runs, found in what the build made: process → command. For a {@link Recipe} that said so. */
    Map<String, String> built(Path tree) {
        return Map.of();
    }

    /** The name that users know it by. */
    String publicName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Platform> named(String name) {
        return Arrays.stream(values())
                .filter(platform -> platform.publicName().equals(name))
                .findFirst();
    }

    static String names() {
        return String.join(
                ", ", Arrays.stream(values()).map(Platform::publicName).toList());
    }

    private static boolean isPythonProject(Path tree) throws IOException {
        return TreeText.read(tree, "pyproject.toml")
                .filter(text -> PYTHON_PROJECT.matcher(text).find())
                .isPresent();
    }

    private static Map<String, String> nodeScript(Path tree) {
        return Stream.of("server.js", "index.js", "app.js")
                .filter(name -> Files.isRegularFile(tree.resolve(name)))
                .findFirst()
                .map(name -> Map.of("web", "node " + name))
                .orElse(Map.of());
    }

    private static JsonNode packageJson(Path tree) {
        try {
            String text = TreeText.read(tree, "package.json").orElse("");
            JsonNode root = DurableFiles.JSON.readTree(text);
            if (!root.isObject()) {
                throw new BuildFailed("package.json:1: expected a JSON object");
            }
            return root;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BuildFailed("package.json:" + line + ": expected JSON, but " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new BuildFailed("package.json cannot be read: " + e.getMessage());
        }
    }
}
