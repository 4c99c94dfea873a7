package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.provision.Build;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.ObservedUnit.Status;
import io.orizuru.provision.UnitSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ExamplesTest {
    @TempDir
    Path directory;

    private Ground ground;

    @BeforeEach
    void open() {
        ground = new Ground(directory);
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private UnitSpec run(String example, String platform, Map<String, String> environment) throws IOException {
        String refusal = ground.engine.refusal(platform);
        assumeTrue(refusal == null, () -> String.valueOf(refusal));
        Path archive = ground.archiveOf(Path.of("examples").resolve(example));
        Build build = ground.build(example, 1, "key-" + example, platform, archive, () -> {});
        assertThat(build.manifest().healthCheck()).isNotNull();
        UnitSpec spec = ground.spec(
                example,
                "1",
                "web",
                String.valueOf(build.processes().get("web")),
                build.manifest().restartBefore(),
                environment);
        ground.engine.apply(example, 1, List.of(spec));
        ground.awaitStatus(spec, Status.STARTED);
        return spec;
    }

    private void assertEndsCleanly(String app) {
        ground.engine.apply(app, 1, List.of());
        ground.await("the end", () -> ground.engine.observe(app).isEmpty());
    }

    @Test
    void staticFilesAreServed() throws Exception {
        ObservedUnit unit = ground.unit(run("static", "static", Map.of()));
        HttpResponse<String> page = ground.get(unit, "/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("It flies");
        assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        assertThat(ground.get(unit, "/style.css?x=1").headers().firstValue("content-type"))
                .contains("text/css; charset=utf-8");
        HttpResponse<String> missing = ground.get(unit, "/nowhere");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("flew away");
        for (String hidden :
                List.of("/tsuru.yaml", "/.git/config", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/x/", "/%00")) {
            assertThat(ground.get(unit, hidden).statusCode()).as(hidden).isIn(400, 404);
        }
        HttpRequest.Builder request = request(unit, "/");
        assertThat(ground.send(request.copy()
                                .header(
                                        "If-Modified-Since",
                                        page.headers()
                                                .firstValue("last-modified")
                                                .orElseThrow()))
                        .statusCode())
                .isEqualTo(304);
        HttpResponse<String> head = ground.send(request.copy().method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(ground.send(request.copy().POST(BodyPublishers.ofString("x")))
                        .statusCode())
                .isEqualTo(405);
        assertEndsCleanly("static");
    }

    @Test
    void thePythonExampleRuns() throws Exception {
        ObservedUnit unit = ground.unit(run("python", "python", Map.of("GREETING", "Guten Tag & welcome")));
        assertThat(ground.get(unit, "/healthz").body()).isEqualTo("ok\n");
        assertThat(ground.get(unit, "/").body()).contains("<table>", "Guten Tag");
        ground.send(request(unit, "/")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("text=%3Cb%3E")));
        assertThat(ground.get(unit, "/").body()).contains("guest").doesNotContain("<b>");
        ground.awaitLog("a guest wrote 3 characters");
        assertEndsCleanly("python");
    }

    @Test
    void theNodeExampleRuns() throws Exception {
        ObservedUnit unit = ground.unit(run("node", "nodejs", Map.of("GREETING", "Moin")));
        assertThat(ground.get(unit, "/").body()).startsWith("Moin from Node");
        assertThat(ground.get(unit, "/uptime").body()).contains("\"text\":");
        ground.awaitLog("listening on port " + unit.port());
        assertEndsCleanly("node");
    }

    private static HttpRequest.Builder request(ObservedUnit unit, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + unit.host() + ":" + unit.port() + path));
    }
}
