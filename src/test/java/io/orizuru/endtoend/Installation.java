package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A server with a team, a pool on this machine and the platforms of the examples, and what can be seen of its apps. */
record Installation(TestServer server, Tsuru tsuru) {
    static final String TEAM = "cranes";
    static final String POOL = "here";
    private static final List<String> PLATFORMS = List.of("static", "python", "nodejs", "java", "go");

    static Installation on(TestServer server) {
        return on(server, PLATFORMS);
    }

    /** With these platforms only, which is there sooner. */
    static Installation on(TestServer server, List<String> platforms) {
        Tsuru tsuru = Tsuru.of(server);
        assertThat(tsuru.postJson("/1.0/teams", "{\"name\": \"" + TEAM + "\"}").status())
                .isEqualTo(201);
        assertThat(tsuru.postJson(
                                "/1.0/pools",
                                "{\"name\": \"" + POOL + "\", \"public\": true, \"provisioner\": \"process\"}")
                        .status())
                .isEqualTo(201);
        for (String platform : platforms) {
            Reply added = tsuru.multipart("POST", "/1.0/platforms", null, "name", platform);
            assertThat(added.status()).as(added.body()).isEqualTo(200);
        }
        return new Installation(server, tsuru);
    }

    void create(String app, String platform) {
        Reply created = tsuru.post(
                "/1.0/apps", "name", app, "platform", platform, "pool", POOL, "teamOwner", TEAM, "description", "");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
    }

    /** Makes an app and deploys it. */
    void create(String app, String platform, Source source) {
        create(app, platform);
        deploy(app, source);
    }

    void deploy(String app, Source source) {
        Reply deployed = tsuru.deploy(app, source.archive());
        assertThat(deployed.body()).endsWith("\nOK\n");
    }

    Visitor visitor(String app) {
        return new Visitor(server.router(), app + ".apps.example.com");
    }

    JsonNode info(String app) {
        Reply info = tsuru.get("/1.0/apps/" + app);
        assertThat(info.status()).as(info.body()).isEqualTo(200);
        return info.json();
    }

    /** As {@link #info}, without what its units use, which changes by itself. */
    JsonNode lastingInfo(String app) {
        return info(app).<ObjectNode>deepCopy().without("unitsMetrics");
    }

    /** The ids of an app's units. */
    Set<String> units(String app) {
        return new TreeSet<>(info(app).path("units").findValuesAsText("ID"));
    }

    /** The processes that know to which app they belong: its units, and builds under way. */
    Set<Long> processes(String app) {
        String mark = "TSURU_APPNAME=" + app + "\0";
        Set<Long> found = new TreeSet<>();
        ProcessHandle.allProcesses().map(ProcessHandle::pid).forEach(pid -> {
            try {
                Path files = Path.of("/proc", Long.toString(pid));
                String environment = Files.readString(files.resolve("environ"), StandardCharsets.ISO_8859_1);
                // Somebody else's server may have an app of the same name.
                if (environment.contains(mark) && isOurs(files)) {
                    found.add(pid);
                }
            } catch (IOException goneOrForeign) {
                // It is none of ours then.
            }
        });
        return found;
    }

    private boolean isOurs(Path files) throws IOException {
        Path data = server.settingsRead().data();
        String home = data.getName(data.getNameCount() - 2).toString();
        String mounts = Files.readString(files.resolve("mountinfo"));
        return mounts.contains(home)
                || Files.readSymbolicLink(files.resolve("cwd")).startsWith(data);
    }

    /** The doctor finds nothing, at the latest when what is going away has gone. */
    void assertSound() {
        Eventually.holds(() -> {
            TestServer.Said said = server.run("doctor");
            assertThat(said.code()).as(said.output()).isZero();
        });
    }

    /** The files and directories in the server's data that carry an app's name. */
    List<Path> files(String app) {
        try (var found = Files.walk(server.data().resolve("units/apps"))) {
            return found.filter(path -> path.getFileName().toString().startsWith(app))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
