package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.log.LogLine;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.UnitSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/** A real engine on a directory of its own, and what tests do with it. Closing it ends all its units. */
final class Ground implements AutoCloseable {
    static final boolean ROOT = "root".equals(System.getProperty("user.name"));
    private static final int FIRST_USER = 61_000;

    final Path directory;
    final List<LogLine> logs = new CopyOnWriteArrayList<>();
    final List<String> output = new CopyOnWriteArrayList<>();
    final BuildEnvironment buildEnvironment;
    private final UnaryOperator<ProcessEngine.Options> change;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final AtomicInteger archives = new AtomicInteger();
    ProcessEngine engine;

    Ground(Path directory) {
        this(directory, new BuildEnvironment(Map.of(), List.of()));
    }

    Ground(Path directory, BuildEnvironment buildEnvironment) {
        this(directory, buildEnvironment, options -> options);
    }

    Ground(Path directory, BuildEnvironment buildEnvironment, UnaryOperator<ProcessEngine.Options> change) {
        this.directory = directory;
        this.change = change;
        this.buildEnvironment = buildEnvironment;
        engine = start();
    }

    private ProcessEngine start() {
        ProcessEngine.Options options = ProcessEngine.Options.of(directory.resolve("data"), buildEnvironment)
                .withStopTimeout(Duration.ofSeconds(2));
        options = change.apply(options);
        ProcessEngine started = new ProcessEngine(options, logs::add, Clock.systemUTC());
        String refusal = started.refusal("generic");
        assumeTrue(refusal == null, () -> String.valueOf(refusal));
        started.start();
        return started;
    }

    /** As after the death of a server: nothing is ended, another one takes over. */
    void restart(Runnable meanwhile) {
        engine.close();
        meanwhile.run();
        engine = start();
    }

    static @Nullable Integer user(int number) {
        return ROOT ? FIRST_USER + number : null;
    }

    Build build(String app, String platform, Map<String, String> files) {
        return build(app, 1, "key-" + app, platform, archive(files), () -> {});
    }

    Build build(String app, int version, String key, String platform, Path archive, Checkpoint checkpoint) {
        BuildRequest request = new BuildRequest(
                key,
                app,
                version,
                platform,
                archive,
                Map.of("FROM_APP", "app's"),
                user(Math.floorMod(app.hashCode(), 1000)),
                false);
        return engine.build(request, output::add, checkpoint);
    }

    Path archive(Map<String, String> files) {
        Path file = directory.resolve("archive-" + archives.incrementAndGet() + ".tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(tar(files));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    Path archiveOf(Path example) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(example)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(example.relativize(path).toString(), Files.readString(path));
            }
        }
        return archive(files);
    }

    static byte[] tar(Map<String, String> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    UnitSpec spec(String app, String id, String command) {
        return spec(app, id, "worker", command, List.of(), Map.of());
    }

    /** A worker with a plan. */
    UnitSpec limited(String app, String id, long memory, int cpuMilli, String command) {
        UnitSpec plain = spec(app, id, command);
        return new UnitSpec(
                plain.id(), app, plain.process(), command, List.of(), 1, 1, Map.of(), memory, cpuMilli, plain.user());
    }

    /** The control group of a unit. */
    ControlGroup group(UnitSpec spec) {
        return ControlGroup.recordedIn(unitDirectory(spec));
    }

    UnitSpec spec(
            String app,
            String id,
            String process,
            String command,
            List<String> hooks,
            Map<String, String> environment) {
        return new UnitSpec(
                app + "-" + process + "-" + id,
                app,
                process,
                command,
                hooks,
                1,
                1,
                environment,
                0,
                0,
                user(Math.floorMod(app.hashCode(), 1000)));
    }

    ObservedUnit unit(UnitSpec spec) {
        return engine.observe(spec.app()).stream()
                .filter(unit -> unit.id().equals(spec.id()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(spec.id() + " is not there: " + engine.observe(spec.app())));
    }

    ObservedUnit awaitStatus(UnitSpec spec, ObservedUnit.Status status) {
        await(spec.id() + " to be " + status, () -> unit(spec).status() == status);
        return unit(spec);
    }

    void await(String what, BooleanSupplier condition) {
        await(what, Duration.ofSeconds(20), condition);
    }

    void await(String what, Duration limit, BooleanSupplier condition) {
        try {
            if (!Wait.until(limit, condition)) {
                fail("waited %s in vain for %s%nlogs: %s%nunits: %s", limit, what, logs, units());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<ObservedUnit> units() {
        return engine.apps().stream()
                .flatMap(app -> engine.observe(app).stream())
                .toList();
    }

    void awaitLog(String message) {
        await("the log line " + message, () -> messages().contains(message));
    }

    List<String> messages() {
        return logs.stream().map(LogLine::message).toList();
    }

    /** The number of the unit's supervisor. */
    Running running(UnitSpec spec) {
        return new UnitDirectory(unitDirectory(spec)).running().orElseThrow();
    }

    Path unitDirectory(UnitSpec spec) {
        return directory
                .resolve("data/apps")
                .resolve(spec.app())
                .resolve("units")
                .resolve(spec.id());
    }

    Path builds(String app) {
        return directory.resolve("data/apps").resolve(app).resolve("builds");
    }

    /** The app's own processes of a unit. */
    List<ProcessHandle> processes(UnitSpec spec) {
        Isolation isolation =
                !ROOT ? engine.missing().isEmpty() ? Isolation.USER_NAMESPACE : Isolation.NONE : Isolation.USERS;
        return running(spec).inside(isolation);
    }

    HttpResponse<String> get(ObservedUnit unit, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://" + unit.host() + ":" + unit.port() + path)));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        engine.stopAll();
        engine.close();
        http.close();
    }
}
