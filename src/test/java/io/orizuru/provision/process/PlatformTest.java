package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlatformTest {
    @TempDir
    Path tree;

    private void file(String name, String content) throws IOException {
        Path file = tree.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private String commands(Platform platform) {
        return String.join(
                "; ",
                platform.recipe(tree).steps().stream()
                        .map(BuildStep::command)
                        .map(command -> command.replaceAll(" --no-audit.*", ""))
                        .toList());
    }

    @Test
    void staticServesTheDirectoryThatHasAnIndex() throws IOException {
        assertThat(Platform.STATIC.recipe(tree).processes()).isEqualTo(Map.of("web", "orizuru-static ."));
        file("dist/index.html", "");
        assertThat(Platform.STATIC.recipe(tree).processes()).isEqualTo(Map.of("web", "orizuru-static dist"));
        file("index.html", "");
        assertThat(Platform.STATIC.recipe(tree).processes()).isEqualTo(Map.of("web", "orizuru-static ."));
    }

    @Test
    void pythonInstallsWhatIsRequiredAndFindsItsMain() throws IOException {
        assertThat(commands(Platform.PYTHON)).isEqualTo("/usr/bin/python3 -m venv .venv");
        assertThat(Platform.PYTHON.recipe(tree).processes()).isEmpty();
        file("requirements.txt", "");
        file("main.py", "");
        assertThat(commands(Platform.PYTHON)).contains("-r requirements.txt");
        assertThat(Platform.PYTHON.recipe(tree).processes()).isEqualTo(Map.of("web", "python main.py"));
    }

    @Test
    void nodeInstallsBuildsAndStarts() throws IOException {
        file("server.js", "");
        assertThat(commands(Platform.NODEJS)).isEmpty();
        file("package.json", "{}");
        assertThat(commands(Platform.NODEJS)).isEqualTo("npm install --omit=dev");
        assertThat(Platform.NODEJS.recipe(tree).processes()).isEqualTo(Map.of("web", "node server.js"));
        file("package-lock.json", "{}");
        file("package.json", "{\"scripts\": {\"build\": \"x\", \"start\": \"y\"}}");
        assertThat(commands(Platform.NODEJS)).isEqualTo("npm ci; npm run build; npm prune --omit=dev");
        assertThat(Platform.NODEJS.recipe(tree).processes()).isEqualTo(Map.of("web", "npm start --no-update-notifier"));
    }

    @Test
    void aBrokenPackageJsonIsToldWithItsLine() throws IOException {
        file("package.json", "{\n  \"scripts\": {,}\n}");
        assertThatThrownBy(() -> Platform.NODEJS.recipe(tree))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("package.json:2: expected JSON, but ");
        file("package.json", "[]");
        assertThatThrownBy(() -> Platform.NODEJS.recipe(tree)).hasMessageContaining("expected a JSON object");
    }
}
