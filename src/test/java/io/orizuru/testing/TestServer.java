package io.orizuru.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.db.PreparedDatabase;
import io.orizuru.files.Trees;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The packaged server as a process of its own, on free ports of the loopback and in a directory that goes with it.
 *
 * <p>It starts as the server that the recorded scenarios expect ({@code testkit/conformance.yaml}). Ports, data and
 * administrator stay the same over restarts. Its output is kept below {@code target/test-servers}. Not for use by several
 * threads at a time.
 */
public final class TestServer implements AutoCloseable {
    private static final Path PROJECT =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();
    private static final Path OUTPUTS = PROJECT.resolve("target/test-servers");

    /** On a busy machine a start takes a while. */
    private static final Duration START = Duration.ofMinutes(2);

    private static final Duration STOP = Duration.ofMinutes(1);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final int TAIL_LINES = 100;

    private static final AtomicInteger STARTED = new AtomicInteger();

    private final List<String> command;
    private final Path home;
    private final Path output;
    private final URI api;
    private final URI router;
    private final String adminEmail;
    private final String adminPassword = "pw-" + UUID.randomUUID();
    private final HttpClient http;

    /** The data directory, unless the database is another one's. */
    private final @Nullable Path withPreparedDatabase;

    /** What it started, as seen before it ended; some of it outlives it on purpose. */
    private final Set<ProcessHandle> offspring = new LinkedHashSet<>();

    private @Nullable Process process;
    private @Nullable String adminToken;

    private TestServer(List<String> program, Consumer<ObjectNode> changes, @Nullable Certificates tls) {
        try {
            String name = ProcessHandle.current().pid() + "-" + STARTED.incrementAndGet();
            // The database runs as a user of its own, who must be able to go through.
            home = Files.createTempDirectory(
                    "orizuru-" + name + "-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
            output = Files.createDirectories(OUTPUTS).resolve(name + ".log");
            Files.deleteIfExists(output);
            ObjectNode settings = settings();
            changes.accept(settings);
            if (settings.has("no-router")) {
                settings.remove("router");
            }
            HttpClient.Builder client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
            if (tls != null) {
                client.sslContext(tls.trustedAlone());
            }
            http = client.build();
            Path file = home.resolve("settings.yaml");
            new YAMLMapper().writeValue(file.toFile(), settings);
            api = URI.create((tls == null ? "http://" : "https://")
                    + settings.required("listen").asText());
            router = URI.create("http://" + settings.required("router-listen").asText());
            adminEmail = settings.required("admin-email").asText();
            withPreparedDatabase = settings.has("database-url")
                    ? null
                    : Path.of(settings.required("data").asText());
            command = Stream.concat(program.stream(), Stream.of("serve", "--config", file.toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Starts a fresh server and waits until it answers.
     *
     * @throws IllegalStateException with the end of its output, if it does not come up
     */
    public static TestServer start() {
        return start(settings -> {});
    }

    /**
     * Starts a fresh server with other settings.
     *
     * @param changes to its settings file, which names data directory, addresses and administrator already
     * @throws IllegalStateException with the end of its output, if it does not come up
     */
    public static TestServer start(Consumer<ObjectNode> changes) {
        return start(program(), changes, null);
    }

    /**
     * As {@link #start(Consumer)}, when these settings make the server speak TLS.
     *
     * @param tls what the server shows at first, for the host "localhost" or its address
     */
    public static TestServer start(Consumer<ObjectNode> changes, Certificates tls) {
        return start(program(), changes, tls);
    }

    /** As {@link #start(Consumer)}, below the program that starts a server again which ended by accident. */
    public static TestServer startSupervised(Consumer<ObjectNode> changes) {
        return start(supervised(), changes, null);
    }

    /**
     * As {@link #startSupervised}, for a server that must not come up.
     *
     * @return what it said, and its exit code
     * @throws IllegalStateException if it does not end in a minute; it is killed then
     */
    public static Said startInVain(Consumer<ObjectNode> changes) {
        try (TestServer server = new TestServer(supervised(), changes, null)) {
            return server.run("serve");
        }
    }

    private static List<String> supervised() {
        List<String> program =
                new ArrayList<>(List.of(PROJECT.resolve("supervisor").toString()));
        program.addAll(program());
        return program;
    }

    private static List<String> program() {
        return PackagedProgram.command();
    }

    static TestServer start(List<String> program, Consumer<ObjectNode> changes) {
        return start(program, changes, null);
    }

    private static TestServer start(List<String> program, Consumer<ObjectNode> changes, @Nullable Certificates tls) {
        TestServer server = new TestServer(program, changes, tls);
        try {
            if (PackagedProgram.isIn(program)) {
                server.prepareDatabase();
            }
            server.launch(List.of());
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Where the API is, without a slash at the end. */
    public URI api() {
        return api;
    }

    /** Where the built-in router is, without a slash at the end. */
    public URI router() {
        return router;
    }

    public String adminEmail() {
        return adminEmail;
    }

    public String adminPassword() {
        return adminPassword;
    }

    /** A session token of the administrator; the same one over restarts. */
    public String adminToken() {
        if (adminToken == null) {
            adminToken = login();
        }
        return adminToken;
    }

    /** The server's data directory. */
    public Path data() {
        return home.resolve("data");
    }

    /** The file that gets its standard output and error, of all its starts. */
    public Path output() {
        return output;
    }

    /** The last lines of its output. */
    public String outputTail() {
        try {
            // Not strictly UTF-8: the line that is being written may end inside a character.
            List<String> lines =
                    new String(Files.readAllBytes(output), UTF_8).lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(no output: " + e + ")";
        }
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /**
     * The process of the server itself.
     *
     * @throws IllegalStateException if it is not running
     */
    public ProcessHandle process() {
        return running().toHandle();
    }

    /** Ends the server as {@code kill -9} does; what it started goes on. Returns when it is gone. */
    public void kill() {
        Process running = running();
        running.descendants().forEach(offspring::add);
        running.destroyForcibly();
        if (!ended(running, KILL)) {
            throw new IllegalStateException("the server " + running.pid() + " outlives a kill");
        }
    }

    /**
     * Asks the server to end (SIGTERM) and waits for it.
     *
     * @return its exit code
     * @throws IllegalStateException with the end of its output, if it does not end in a minute; it is killed then
     */
    public int terminate() {
        Process running = running();
        running.descendants().forEach(offspring::add);
        running.destroy();
        if (!ended(running, STOP)) {
            running.destroyForcibly();
            throw failure("did not end within " + STOP);
        }
        return running.exitValue();
    }

    /**
     * Starts the server again on the same data, after ending it if it still runs, and waits until it answers.
     *
     * @throws IllegalStateException with the end of its output, if it does not come up
     */
    public void restart() {
        restart(List.of());
    }

    /**
     * As {@link #restart()}, with more flags for the JVM of this start.
     *
     * @param jvmFlags for example {@code -Dorizuru.fail-point=NAME}
     */
    public void restart(List<String> jvmFlags) {
        if (isRunning()) {
            terminate();
        }
        launch(jvmFlags);
    }

    /**
     * Starts another server on the same data and waits for its end.
     *
     * @return what it said
     * @throws IllegalStateException if it does not end in a minute; it is killed then
     */
    public String startAnother() {
        try {
            Process another = builder(List.of())
                    .redirectOutput(ProcessBuilder.Redirect.PIPE)
                    .start();
            CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> readAll(another));
            if (!ended(another, STOP)) {
                another.destroyForcibly();
                throw new IllegalStateException("a second server on the same data goes on: " + said.join());
            }
            return said.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a command of the program said, and its exit code. */
    public record Said(int code, String output) {}

    /**
     * Runs another command of the program with this server's settings, whether the server runs or not.
     *
     * @param name for example {@code doctor}
     * @throws IllegalStateException if it does not end in a minute; it is killed then
     */
    public Said run(String name) {
        try {
            ProcessBuilder builder = builder(List.of());
            builder.command().set(builder.command().indexOf("serve"), name);
            Process process =
                    builder.redirectOutput(ProcessBuilder.Redirect.PIPE).start();
            CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> readAll(process));
            if (!ended(process, STOP)) {
                process.destroyForcibly();
                throw new IllegalStateException("the command " + name + " does not end: " + said.join());
            }
            return new Said(process.exitValue(), said.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its settings, as it reads them. */
    public Settings settingsRead() {
        try {
            return SettingsReader.read(
                    List.of("--config", home.resolve("settings.yaml").toString()), Map.of(), home, false);
        } catch (InvalidSettings e) {
            throw new IllegalStateException(String.join("; ", e.problems()), e);
        }
    }

    /**
     * Runs another command of the program with the settings of this server, which must not run, and waits for its end.
     *
     * @return what it said
     * @throws IllegalStateException with what it said, if it fails or does not end in a minute; it is killed then
     */
    public String runCommand(String name) {
        ProcessBuilder builder = builder(List.of()).redirectOutput(ProcessBuilder.Redirect.PIPE);
        builder.command().replaceAll(word -> word.equals("serve") ? name : word);
        try {
            Process started = builder.start();
            CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> readAll(started));
            if (!ended(started, START)) {
                started.destroyForcibly();
                throw new IllegalStateException(name + " goes on: " + said.join());
            }
            if (started.exitValue() != 0) {
                throw new IllegalStateException(name + " failed: " + said.join());
            }
            return said.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a command of the program, which may be killed; what it says stands in the server's output. */
    public Process startCommand(String name) {
        return startCommand(name, List.of());
    }

    /** As {@link #startCommand(String)}, with more flags for the JVM. */
    public Process startCommand(String name, List<String> jvmFlags) {
        ProcessBuilder builder = builder(jvmFlags);
        builder.command().replaceAll(word -> word.equals("serve") ? name : word);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits for the server to end by itself.
     *
     * @return its exit code
     * @throws IllegalStateException with the end of its output, if it does not end in a minute
     */
    public int awaitEnd() {
        Process waited = Objects.requireNonNull(process, "it was never started");
        if (!ended(waited, STOP)) {
            throw failure("did not end within " + STOP);
        }
        return waited.exitValue();
    }

    /** Ends the server and all that it started, and removes its data. The output stays. */
    @Override
    public void close() {
        try {
            if (isRunning()) {
                terminate();
            }
        } finally {
            endOffspring();
            http.close();
            deleteHome();
        }
    }

    private ObjectNode settings() throws IOException {
        JsonNode read = new YAMLMapper()
                .readTree(PROJECT.resolve("testkit/conformance.yaml").toFile());
        if (!(read instanceof ObjectNode settings)) {
            throw new IllegalStateException("testkit/conformance.yaml is not a mapping");
        }
        for (String address : List.of("listen", "router-listen", "router-tls-listen")) {
            settings.put(address, "127.0.0.1:" + Ports.free());
        }
        // Its own life, where a test does not say otherwise: one process less for each server.
        return settings.put("data", data().toString())
                .put("log-format", "pretty")
                .put("router", "in-process");
    }

    /** So that a first start has to make none. */
    private void prepareDatabase() {
        Path data = withPreparedDatabase;
        if (data == null || Files.exists(data)) {
            return;
        }
        try {
            Files.createDirectories(data);
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
            PreparedDatabase.into(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void launch(List<String> jvmFlags) {
        try {
            process = builder(jvmFlags).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitAnswer(process);
    }

    private ProcessBuilder builder(List<String> jvmFlags) {
        List<String> flagged = new ArrayList<>(command);
        flagged.addAll(1, jvmFlags);
        ProcessBuilder builder = new ProcessBuilder(flagged)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(variable -> variable.startsWith("ORIZURU_"));
        environment.put("ORIZURU_ADMIN_PASSWORD", adminPassword);
        environment.putIfAbsent("MALLOC_ARENA_MAX", "2");
        return builder;
    }

    private static String readAll(Process started) {
        try {
            return new String(started.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAnswer(Process started) {
        long begin = System.nanoTime();
        while (!answers()) {
            if (ended(started, BETWEEN_LOOKS)) {
                throw failure("ended with " + started.exitValue() + " before it answered");
            }
            if (System.nanoTime() - begin > START.toNanos()) {
                throw failure("did not answer within " + START);
            }
        }
    }

    private boolean answers() {
        HttpRequest request = HttpRequest.newBuilder(api.resolve("/healthcheck"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return send(request).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String login() {
        String form = "email=" + URLEncoder.encode(adminEmail, UTF_8) + "&password="
                + URLEncoder.encode(adminPassword, UTF_8);
        HttpRequest request = HttpRequest.newBuilder(api.resolve("/1.0/auth/login"))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        try {
            HttpResponse<String> response = send(request);
            if (response.statusCode() != 200) {
                throw failure("refused its administrator: " + response.statusCode() + " " + response.body());
            }
            return new JsonMapper().readTree(response.body()).required("token").asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Process running() {
        if (process == null || !process.isAlive()) {
            throw new IllegalStateException("the server is not running");
        }
        return process;
    }

    private IllegalStateException failure(String what) {
        return new IllegalStateException(
                "the server " + what + "; its output, " + output + ", ends with:\n" + outputTail());
    }

    private static boolean ended(Process waited, Duration atMost) {
        try {
            return waited.waitFor(atMost.toMillis(), MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Units, builds and a database may outlive a killed server; a test's must not outlive the test. */
    private void endOffspring() {
        ProcessHandle.allProcesses().filter(this::isAtHome).forEach(offspring::add);
        offspring.forEach(ProcessHandle::destroyForcibly);
        CompletableFuture.allOf(offspring.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, KILL.toMillis(), MILLISECONDS)
                .join();
    }

    /** Whether a process works in this server's directory, or was told of it; nobody else knows its name. */
    private boolean isAtHome(ProcessHandle candidate) {
        if (candidate.equals(ProcessHandle.current())) {
            return false;
        }
        Path files = Path.of("/proc", String.valueOf(candidate.pid()));
        try {
            return Files.readSymbolicLink(files.resolve("cwd")).startsWith(home)
                    || mentionsHome(files.resolve("cmdline"))
                    || mentionsHome(files.resolve("environ"));
        } catch (IOException goneOrForeign) {
            return false;
        }
    }

    private boolean mentionsHome(Path file) throws IOException {
        return new String(Files.readAllBytes(file), UTF_8).contains(home.toString());
    }

    private void deleteHome() {
        try {
            Trees.delete(home);
        } catch (IOException e) {
            System.err.println("left behind: " + home + " (" + e + ")");
        }
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
