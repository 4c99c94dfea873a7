package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.testing.RawTar;
import io.orizuru.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/** One app on a server, which answers every visitor, and how the server and the app are asked. */
final class Site {
    static final String NAME = "site";
    private static final String BOUNDARY = "7b1de0c2";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final TestServer server;
    private final String token;

    private Site(TestServer server, String token) {
        this.server = server;
        this.token = token;
    }

    /** Makes it. */
    static Site on(TestServer server) {
        Site site = new Site(server, server.adminToken());
        site.expect(201, site.post("/1.0/teams", "application/x-www-form-urlencoded", "name=hosts"));
        site.expect(
                201,
                site.post("/1.0/pools", "application/x-www-form-urlencoded", "name=p&public=true&provisioner=process"));
        site.expect(200, site.parts("/1.0/platforms", part("name", "", "generic".getBytes(UTF_8))));
        site.expect(
                201,
                site.post(
                        "/1.0/apps",
                        "application/x-www-form-urlencoded",
                        "name=" + NAME + "&platform=generic&pool=p&teamOwner=hosts&description="));
        byte[] archive = RawTar.gzip(new RawTar()
                .file("Procfile", 0644, "web: exec python3 -m http.server $PORT\n")
                .file("index.html", 0644, "here")
                .tar());
        HttpResponse<String> deployed =
                site.parts("/1.0/apps/" + NAME + "/deploy", part("file", "archive.tar.gz", archive));
        assertThat(deployed.body()).endsWith("\nOK\n");
        return site;
    }

    /** The one that another server knows by the same data. */
    Site at(TestServer other) {
        return new Site(other, token);
    }

    private void expect(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    }

    private HttpResponse<String> post(String path, String type, String body) {
        return send(api(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> parts(String path, byte[] part) {
        return send(api(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(part)));
    }

    private static byte[] part(String name, String file, byte[] content) {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        String fileName = file.isEmpty() ? "" : "; filename=\"" + file + "\"";
        part.writeBytes(
                ("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + fileName + "\r\n\r\n")
                        .getBytes(UTF_8));
        part.writeBytes(content);
        part.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return part.toByteArray();
    }

    HttpResponse<String> get(String path) {
        return send(api(path).GET());
    }

    private HttpRequest.Builder api(String path) {
        return HttpRequest.newBuilder(server.api().resolve(path))
                .timeout(LIMIT)
                .header("Authorization", "bearer " + token);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What a visitor sees at the root, or why there is nothing. */
    String page() {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(server.router().resolve("/"))
                            .timeout(Duration.ofSeconds(20))
                            .setHeader("Host", NAME + ".apps.example.com")
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : answer.statusCode() + " " + answer.body();
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e.toString();
        }
    }

    JsonNode info() {
        try {
            return new JsonMapper().readTree(get("/1.0/apps/" + NAME).body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processes that run its units from the server's data directory: each works in its unit's. */
    Set<Long> supervisors() {
        Path units = server.settingsRead().data().resolve("units/apps/" + NAME + "/units");
        Set<Long> found = new TreeSet<>();
        ProcessHandle.allProcesses().map(ProcessHandle::pid).forEach(pid -> {
            try {
                Path process = Path.of("/proc", Long.toString(pid));
                String line = Files.readString(process.resolve("cmdline"));
                if (line.contains("/supervise\0.\0")
                        && Files.readSymbolicLink(process.resolve("cwd")).startsWith(units)) {
                    found.add(pid);
                }
            } catch (IOException goneOrForeign) {
                // It is none of ours then.
            }
        });
        return found;
    }

    /** What visitors saw instead of the page while something happened. */
    List<String> missedWhile(Happening happening) throws Exception {
        List<String> missed = new CopyOnWriteArrayList<>();
        Thread visitor = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                String page = page();
                if (!page.equals("here") && !Thread.currentThread().isInterrupted()) {
                    missed.add(page);
                }
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
        });
        try {
            happening.happens();
        } finally {
            visitor.interrupt();
            visitor.join();
        }
        return missed;
    }

    interface Happening {
        void happens() throws Exception;
    }

    interface Look {
        boolean holds() throws Exception;
    }

    /** Waits until something holds, half a minute at most. */
    static void await(String what, Look look) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!look.holds()) {
            assertThat(System.nanoTime()).as("still not: " + what).isLessThan(deadline);
            Thread.sleep(50);
        }
    }
}
