package io.orizuru;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.auth.LocalSessions;
import io.orizuru.config.Settings;
import io.quarkus.arc.Arc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.jspecify.annotations.Nullable;

/** The tour of a platform through its own API: a team, a pool, platforms, an app, and an example that runs. */
final class Quickstart {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String TEAM = "welcome";
    private static final String POOL = "local";
    private static final String APP = "hello";
    private static final String PLATFORM = "static";
    private static final List<String> PLATFORMS = List.of(PLATFORM, "python", "nodejs", "java", "go", "generic");
    private static final String BOUNDARY = "orizuru-quickstart";
    private static final int CONFLICT = 409;

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI api;
    private final String token;

    private Quickstart(URI api, String token) {
        this.api = api;
        this.token = token;
    }

    /**
     * Takes the tour, again if it was taken before; what it made is printed, a line each.
     *
     * @param api where the API answers
     */
    @SuppressWarnings("SystemOut") // What a person reads.
    static void run(Settings settings, URI api) {
        try {
            String token = Arc.container().instance(LocalSessions.class).get().open(settings.adminEmail());
            String address = new Quickstart(api, token).tour();
            System.out.println("Your first app:  http://" + address + "/");
            System.out.println("Who may log in:  " + whoMayLogIn(settings));
            System.out.println("What to try:     tsuru target add mine " + api + " --set-current && tsuru login");
            System.out.println("                 tsuru app create mine python -t " + TEAM + " -o " + POOL
                    + " && tsuru app deploy -a mine examples/python");
            System.out.println("                 without the client: the tour with curl in README.md");
            System.out.println("Ctrl-C ends the platform and its apps; the next start brings them back.");
        } catch (IOException e) {
            System.err.println("orizuru: the tour came to an end: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String whoMayLogIn(Settings settings) {
        Launch.Administrator made = Launch.current().administrator();
        if (made == null || settings.adminPassword() != null) {
            return settings.adminEmail() + " (the password is the one of the first start)";
        }
        return made.email() + " with the password " + made.password().value() + " (shown this once)";
    }

    private String tour() throws IOException, InterruptedException {
        make("/1.0/teams", Map.of("name", TEAM));
        make("/1.0/pools", Map.of("name", POOL, "public", "true", "provisioner", "process"));
        for (String platform : PLATFORMS) {
            addPlatform(platform);
        }
        make("/1.0/apps", Map.of("name", APP, "platform", PLATFORM, "teamOwner", TEAM, "pool", POOL));
        if (!runs()) {
            deploy();
        }
        return app().path("ip").asText();
    }

    /** What is there already is fine. */
    private void make(String path, Map<String, String> fields) throws IOException, InterruptedException {
        String form = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpResponse<String> answer = send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
        if (answer.statusCode() >= 400 && answer.statusCode() != CONFLICT) {
            throw new IOException(path + ": " + answer.body().strip());
        }
    }

    @SuppressWarnings("SystemOut")
    private void addPlatform(String name) throws IOException, InterruptedException {
        HttpResponse<String> answer =
                send(multipart("/1.0/platforms", part("name", null, name.getBytes(StandardCharsets.UTF_8))));
        if (answer.statusCode() >= 400 && answer.statusCode() != CONFLICT) {
            System.out.println("Not available:   the platform " + name + ": "
                    + answer.body().strip());
        }
    }

    private JsonNode app() throws IOException, InterruptedException {
        HttpResponse<String> answer = send(request("/1.0/apps/" + APP).GET());
        if (answer.statusCode() != 200) {
            throw new IOException("the app " + APP + ": " + answer.body().strip());
        }
        return new ObjectMapper().readTree(answer.body());
    }

    /** Whether it was deployed before; then its units come back by themselves. */
    private boolean runs() throws IOException, InterruptedException {
        return !app().path("units").isEmpty();
    }

    private void deploy() throws IOException, InterruptedException {
        byte[] archive =
                archive(Path.of(System.getProperty("orizuru.home", ".")).resolve("examples/static"));
        HttpResponse<String> answer =
                send(multipart("/1.0/apps/" + APP + "/deploy", part("file", "archive.tar.gz", archive)));
        if (!answer.body().endsWith("\nOK\n")) {
            throw new IOException("the deploy of the example:\n" + answer.body());
        }
    }

    private static byte[] archive(Path tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GzipCompressorOutputStream(bytes));
                Stream<Path> files = Files.walk(tree)) {
            files.filter(Files::isRegularFile).forEach(file -> add(tar, tree, file));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, Path tree, Path file) {
        try {
            tar.putArchiveEntry(new TarArchiveEntry(file, tree.relativize(file).toString()));
            Files.copy(file, tar);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] part(String name, @Nullable String file, byte[] content) throws IOException {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        String fileName = file == null ? "" : "; filename=\"" + file + "\"";
        part.write(
                ("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + fileName + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        part.write(content);
        part.write(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return part.toByteArray();
    }

    private HttpRequest.Builder multipart(String path, byte[] body) {
        return request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(api.resolve(path)).timeout(LIMIT).header("Authorization", "bearer " + token);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
