package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PlatformTest {
    private static final Tools TOOLS = new Tools(
            List.of(new Jdk(25, Path.of("/jvm/25")), new Jdk(17, Path.of("/jvm/17")), new Jdk(8, Path.of("/jvm/8"))),
            true,
            Optional.of(Path.of("/usr/bin/go")));

    @TempDir
    Path tree;

    private void file(String name, String content) throws IOException {
        Path file = tree.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private Recipe recipe(Platform platform) throws IOException {
        return platform.recipe(tree, TOOLS);
    }

    private Map<String, String> processes(Platform platform) throws IOException {
        return recipe(platform).processes();
    }

    private String commands(Platform platform) throws IOException {
        return String.join(
                "; ",
                recipe(platform).steps().stream()
                        .map(BuildStep::command)
                        .map(command -> command.replaceAll(" --no-audit.*", ""))
                        .toList());
    }

    /** Each of its lines could be where a section begins after all the empty ones. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aFileOfEmptyLinesIsLookedThroughOnce() throws IOException {
        file("pyproject.toml", "\n".repeat(1 << 20));
        file("go.mod", "module x\n");
        file("main.go", "package" + "\n".repeat(1 << 19));
        assertThat(commands(Platform.PYTHON)).doesNotContain("install");
        assertThatThrownBy(() -> recipe(Platform.GO)).isInstanceOf(BuildFailed.class);
    }

    @Test
    void staticServesTheDirectoryThatHasAnIndex() throws IOException {
        assertThat(processes(Platform.STATIC)).isEqualTo(Map.of("web", "orizuru-static ."));
        file("dist/index.html", "");
        assertThat(processes(Platform.STATIC)).isEqualTo(Map.of("web", "orizuru-static dist"));
        file("index.html", "");
        assertThat(processes(Platform.STATIC)).isEqualTo(Map.of("web", "orizuru-static ."));
    }

    @Test
    void pythonInstallsWhatIsRequiredAndFindsItsMain() throws IOException {
        assertThat(commands(Platform.PYTHON)).isEqualTo("/usr/bin/python3 -m venv .venv");
        assertThat(processes(Platform.PYTHON)).isEmpty();
        file("requirements.txt", "");
        file("main.py", "");
        assertThat(commands(Platform.PYTHON)).contains("-r requirements.txt");
        assertThat(processes(Platform.PYTHON)).isEqualTo(Map.of("web", "python main.py"));
    }

    @Test
    void nodeInstallsBuildsAndStarts() throws IOException {
        file("server.js", "");
        assertThat(commands(Platform.NODEJS)).isEmpty();
        file("package.json", "{}");
        assertThat(commands(Platform.NODEJS)).isEqualTo("npm install --omit=dev");
        assertThat(processes(Platform.NODEJS)).isEqualTo(Map.of("web", "node server.js"));
        file("package-lock.json", "{}");
        file("package.json", "{\"scripts\": {\"build\": \"x\", \"start\": \"y\"}}");
        assertThat(commands(Platform.NODEJS)).isEqualTo("npm ci --prefer-offline; npm run build; npm prune --omit=dev");
        assertThat(processes(Platform.NODEJS)).isEqualTo(Map.of("web", "npm start --no-update-notifier"));
    }

    @Test
    void aBrokenPackageJsonIsToldWithItsLine() throws IOException {
        file("package.json", "{\n  \"scripts\": {,}\n}");
        assertThatThrownBy(() -> recipe(Platform.NODEJS))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("package.json:2: expected JSON, but ");
        file("package.json", "[]");
        assertThatThrownBy(() -> recipe(Platform.NODEJS)).hasMessageContaining("expected a JSON object");
    }

    @Test
    void pythonInstallsAProjectButNotTheSettingsOfItsTools() throws IOException {
        file("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
        assertThat(commands(Platform.PYTHON)).doesNotContain("pip");
        file("pyproject.toml", "[project]\nname = \"x\"\n");
        assertThat(commands(Platform.PYTHON)).endsWith("--progress-bar off .");
        file("requirements.txt", "");
        assertThat(commands(Platform.PYTHON)).endsWith("-r requirements.txt");
    }

    @Test
    void javaRunsTheOneJarThereIs() throws IOException {
        assertThat(processes(Platform.JAVA)).isEmpty();
        file("target/app.jar", "");
        file("target/app-sources.jar", "");
        file("target/original-app.jar", "");
        assertThat(processes(Platform.JAVA)).isEqualTo(Map.of("web", "java $JAVA_OPTS -jar target/app.jar"));
        file("a.jar", "");
        assertThat(processes(Platform.JAVA)).isEqualTo(Map.of("web", "java $JAVA_OPTS -jar a.jar"));
        file("b.jar", "");
        assertThatThrownBy(() -> processes(Platform.JAVA))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("there are a.jar, b.jar; a Procfile tells");
    }

    @Test
    void aLinkIsNoJarAndNoTarget() throws IOException {
        file("other/app.jar", "");
        Files.createSymbolicLink(tree.resolve("target"), Path.of("other"));
        Files.createSymbolicLink(tree.resolve("app.jar"), Path.of("other/app.jar"));
        assertThat(processes(Platform.JAVA)).isEmpty();
    }

    @Test
    void javaBuildsAMavenProjectAndFindsItsJarAfterwards() throws IOException {
        file("pom.xml", "<project/>");
        Recipe recipe = recipe(Platform.JAVA);
        assertThat(recipe.found()).isTrue();
        assertThat(recipe.steps())
                .extracting(BuildStep::title)
                .containsExactly("Using Java 25", "Building the Maven project");
        assertThat(commands(Platform.JAVA))
                .contains(
                        "JAVA_HOME='/jvm/25' mvn",
                        "-Dmaven.repo.local=\"$HOME/.cache/maven\"",
                        "$MAVEN_CLI_OPTS package");
        file("target/app-1.jar", "");
        assertThat(Platform.JAVA.built(tree)).isEqualTo(Map.of("web", "java $JAVA_OPTS -jar target/app-1.jar"));
        file("target/quarkus-app/quarkus-run.jar", "");
        assertThat(Platform.JAVA.built(tree).get("web")).endsWith("target/quarkus-app/quarkus-run.jar");
        assertThatThrownBy(() -> Platform.JAVA.recipe(tree, new Tools(TOOLS.jdks(), false, TOOLS.go())))
                .hasMessageContaining("lacks mvn (package maven)");
    }

    @Test
    void javaTakesTheVersionThatTheAppWants() throws IOException {
        assertThat(commands(Platform.JAVA)).isEqualTo("rm -rf .jdk && ln -s '/jvm/25' .jdk");
        file(".java-version", "temurin-17.0.2\n");
        assertThat(commands(Platform.JAVA)).contains("/jvm/17");
        file("system.properties", "# ours\njava.runtime.version = 1.8\n");
        assertThat(commands(Platform.JAVA)).contains("/jvm/8");
        file("system.properties", "java.runtime.version=21");
        assertThatThrownBy(() -> recipe(Platform.JAVA))
                .isInstanceOf(BuildFailed.class)
                .hasMessage("the app wants Java 21, but this machine has 25, 17, 8");
        file("system.properties", "java.runtime.version=new");
        assertThatThrownBy(() -> recipe(Platform.JAVA)).hasMessageContaining("expected a version of Java");
    }

    @Test
    void javaGetsAHeapThatFitsThePlan() throws IOException {
        assertThat(JavaRecipe.variables(tree, 1 << 30)).isEmpty();
        Files.createSymbolicLink(tree.resolve(".jdk"), Path.of("/jvm/25"));
        assertThat(JavaRecipe.variables(tree, 0)).isEqualTo(Map.of("JAVA_OPTS", "-XX:+ExitOnOutOfMemoryError"));
        assertThat(JavaRecipe.options(256L << 20)).endsWith("-Xmx127m -XX:+UseSerialGC");
        assertThat(JavaRecipe.options(1L << 30)).endsWith("-Xmx716m -XX:+UseSerialGC");
        assertThat(JavaRecipe.options(4L << 30)).endsWith("-Xmx2867m");
    }

    @Test
    void goBuildsTheProgramOfTheRootOrThoseOfCmd() throws IOException {
        assertThatThrownBy(() -> recipe(Platform.GO)).hasMessageContaining("a go.mod is missing");
        file("go.mod", "module x\n");
        file("x.go", "package x\n");
        file("x_test.go", "package main\n");
        assertThatThrownBy(() -> recipe(Platform.GO)).hasMessageContaining("there is no program");
        file("cmd/tally/main.go", "// Says much.\npackage main\n");
        assertThat(processes(Platform.GO)).isEqualTo(Map.of("web", "bin/tally"));
        file("cmd/tool/main.go", "package main\n");
        assertThat(processes(Platform.GO)).isEmpty();
        file("cmd/server/main.go", "package main\n");
        assertThat(processes(Platform.GO)).isEqualTo(Map.of("web", "bin/server"));
        assertThat(commands(Platform.GO)).endsWith("-o bin/ ./cmd/...");
        file("main.go", "package main\n");
        assertThat(processes(Platform.GO)).isEqualTo(Map.of("web", "bin/web"));
        assertThat(commands(Platform.GO))
                .startsWith("mkdir -p bin && '/usr/bin/go' build")
                .endsWith("-o bin/web .");
    }

    @Test
    void jdksAreFoundByWhatTheySayOfThemselves() throws IOException {
        Path own = Path.of(System.getProperty("java.home"));
        assertThat(Jdk.all(own))
                .contains(new Jdk(Runtime.version().feature(), own.toRealPath()))
                .isSortedAccordingTo(Comparator.comparing(Jdk::feature, Comparator.reverseOrder()));
        assertThat(Jdk.all(tree)).noneMatch(jdk -> jdk.home().equals(tree));
    }
}
