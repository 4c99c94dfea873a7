package io.orizuru.provision.process;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.provision.AppManifest;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.Output;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes a release out of an archive: unpacked and built in a directory of the attempt's own, published by a rename; the
 * release is there when its record is. A newer attempt under the same key ends the one before and takes its directory
 * away, so that an old one that still goes on finds nothing that it could publish.
 */
final class Builder {
    private static final List<String> MANIFEST_NAMES = List.of("tsuru.yaml", "tsuru.yml", "app.yaml", "app.yml");
    private static final Duration CHECK_EVERY = Duration.ofMillis(400);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final AtomicLong attempts = new AtomicLong();
    private final Machine machine;
    private final Map<String, String> operatorVariables;
    private final List<Path> operatorFiles;
    private final Mask mask;
    private final Duration limit;

    Builder(Machine machine, BuildEnvironment environment, Map<String, String> serverVariables, Duration limit) {
        this.machine = machine;
        this.operatorVariables = Variables.operator(serverVariables, environment.environment());
        this.operatorFiles = List.copyOf(environment.files());
        this.mask = new Mask(operatorVariables);
        this.limit = limit;
    }

    Build build(AppDirectory app, BuildRequest request, Output output, Checkpoint checkpoint) {
        Platform platform =
                Platform.named(request.platform()).orElseThrow(() -> new BuildFailed(unknown(request.platform())));
        String key = AppDirectory.name("build key", request.key());
        Optional<AppDirectory.StoredBuild> finished = app.build(request.version());
        if (finished.isPresent()) {
            return same(finished.get(), request);
        }
        refuse(platform);
        Path attempt = app.builds()
                .resolve(".build-" + key + "-" + ProcessHandle.current().pid() + "-" + attempts.incrementAndGet());
        try {
            for (Path left : app.attempts(key)) {
                discard(left);
            }
            app.removeBuild(request.version());
            prepare(app, attempt, request.user());
            ProcessFailPoints.BUILD_PREPARED.hit(app.app());
            try {
                return build(app, platform, request, attempt, output, checkpoint);
            } finally {
                discard(attempt);
                removeLink(app.tree(request.version()), attempt.resolve("tree"));
            }
        } catch (FileSystemException e) {
            throw new UncheckedIOException("the build " + key + " of " + app.app() + " lost its directory", e);
        } catch (IOException e) {
            throw new UncheckedIOException("the build " + key + " of " + app.app() + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the build " + key + " of " + app.app() + " was interrupted", e);
        }
    }

    static String unknown(String platform) {
        return "the platform \"" + ReleaseTree.printable(platform) + "\" is not known here; these are: "
                + Platform.names();
    }

    private void refuse(Platform platform) {
        String refusal = machine.refusal();
        if (refusal == null) {
            refusal = machine.refusal(platform);
        }
        if (refusal != null) {
            throw new BuildFailed("the platform " + platform.publicName() + " cannot be built: " + refusal);
        }
    }

    private static Build same(AppDirectory.StoredBuild finished, BuildRequest request) {
        if (!finished.key().equals(request.key())) {
            throw new IllegalStateException("version " + request.version() + " of " + request.app()
                    + " was built already, under the key " + finished.key() + ", not " + request.key());
        }
        return finished.build();
    }

    private void prepare(AppDirectory app, Path attempt, @Nullable Integer user) throws IOException {
        DurableFiles.directory(app.builds());
        DurableFiles.directory(attempt);
        Running self = Running.of(ProcessHandle.current().pid()).orElseThrow();
        DurableFiles.writeJson(attempt.resolve("owner.json"), self);
        for (String name : List.of("tree", "home", "tmp")) {
            Path directory = DurableFiles.directory(attempt.resolve(name), "rwxr-xr-x");
            DurableFiles.own(directory, user);
        }
        Accounts.write(attempt, user);
    }

    private Build build(
            AppDirectory app,
            Platform platform,
            BuildRequest request,
            Path attempt,
            Output output,
            Checkpoint checkpoint)
            throws IOException, InterruptedException {
        Path tree = attempt.resolve("tree");
        checkpoint.check();
        output.line("---- Unpacking the archive ----");
        new Archive(request.archive(), ArchiveLimits.DEFAULT).unpack(tree, request.user(), checkpoint);
        ProcessFailPoints.BUILD_UNPACKED.hit(app.app());
        AppManifest manifest = manifest(tree);
        Platform.Recipe recipe = platform.recipe(tree);
        Map<String, String> processes = processes(tree, platform, recipe);
        List<BuildStep> steps = new ArrayList<>(recipe.steps());
        manifest.build().forEach(hook -> steps.add(new BuildStep("Running the build hook \"" + hook + "\"", hook)));
        if (!steps.isEmpty()) {
            run(app, request, attempt, steps, output, checkpoint);
        }
        checkpoint.check();
        Build build =
                new Build(request.version(), "process/" + app.app() + ":v" + request.version(), processes, manifest);
        publish(app, new AppDirectory.StoredBuild(request.key(), request.platform(), build), attempt);
        return build;
    }

    private static AppManifest manifest(Path tree) throws IOException {
        for (String name : MANIFEST_NAMES) {
            Optional<String> text = TreeText.read(tree, name);
            if (text.isPresent()) {
                return ManifestFile.parse(name, text.get());
            }
        }
        return AppManifest.EMPTY;
    }

    private static Map<String, String> processes(Path tree, Platform platform, Platform.Recipe recipe)
            throws IOException {
        Optional<String> procfile = TreeText.read(tree, "Procfile");
        if (procfile.isPresent()) {
            return Procfile.parse(procfile.get());
        }
        if (recipe.processes().isEmpty()) {
            throw new BuildFailed("it is not clear what to run: a Procfile is missing, for example \"web: COMMAND\""
                    + ", and the platform " + platform.publicName() + " found nothing that it starts by itself");
        }
        return recipe.processes();
    }

    private void run(
            AppDirectory app,
            BuildRequest request,
            Path attempt,
            List<BuildStep> steps,
            Output output,
            Checkpoint checkpoint)
            throws IOException, InterruptedException {
        Sandbox sandbox = machine.sandbox();
        Path tree = attempt.resolve("tree");
        Path seen = tree;
        if (sandbox.isolation() == Isolation.NONE) {
            // Absolute paths go into what is built: the release's final one must lead here meanwhile.
            seen = app.tree(request.version());
            Files.createSymbolicLink(seen, tree);
        }
        String script = Scripts.build(
                Variables.build(operatorVariables, request.environment(), sandbox.path(seen), sandbox.home(attempt)),
                sandbox.current(seen),
                steps);
        Path start = attempt.resolve("start");
        DurableFiles.write(start, script.getBytes(StandardCharsets.UTF_8), "r--------");
        DurableFiles.own(start, request.user());
        Confined confined = new Confined(
                app.app() + "-build", request.user(), tree, start, attempt, attempt, files(attempt, request.user()));
        Process process = machine.start(attempt, confined, null);
        Optional<Running> running = Running.of(process.pid());
        Thread reader = Thread.ofVirtual()
                .name("build-output")
                .start(() -> PrintedLines.read(process, line -> output.line(mask.apply(line))));
        try {
            await(process, checkpoint);
        } finally {
            end(process, running);
            reader.join(Duration.ofSeconds(2));
            process.getInputStream().close();
        }
        if (process.exitValue() != 0) {
            throw new BuildFailed(failure(attempt, steps, process.exitValue()));
        }
    }

    private void await(Process process, Checkpoint checkpoint) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!process.waitFor(CHECK_EVERY)) {
            checkpoint.check();
            if (System.nanoTime() - deadline > 0) {
                throw new BuildFailed("the build took longer than " + limit.toMinutes() + " minutes and was ended");
            }
        }
    }

    private static void end(Process process, Optional<Running> running) throws InterruptedException {
        if (!process.isAlive()) {
            return;
        }
        running.ifPresent(Running::killSupervisor);
        process.destroyForcibly();
        process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static String failure(Path attempt, List<BuildStep> steps, int code) {
        return FailedStep.read(attempt.resolve("failed"))
                .filter(failed -> failed.number() < steps.size())
                .map(failed -> "the build failed: \""
                        + steps.get(failed.number()).title() + "\" " + Ending.describe(failed.code()))
                .orElseGet(() -> "the build failed: it " + Ending.describe(code));
    }

    /** The operator's files: readable by the app's user, whoever may read the originals. */
    private Map<Path, Path> files(Path attempt, @Nullable Integer user) throws IOException {
        Map<Path, Path> files = new TreeMap<>();
        for (Path original : operatorFiles) {
            if (!Files.isRegularFile(original)) {
                files.put(original, original);
                continue;
            }
            Path copy = attempt.resolve("file-" + files.size());
            DurableFiles.write(copy, Files.readAllBytes(original), "r--------");
            DurableFiles.own(copy, user);
            files.put(copy, original.toAbsolutePath());
        }
        return files;
    }

    private void publish(AppDirectory app, AppDirectory.StoredBuild build, Path attempt) throws IOException {
        Path tree = app.tree(build.build().version());
        if (Files.isSymbolicLink(tree)) {
            Files.delete(tree);
        }
        DurableFiles.rename(attempt.resolve("tree"), tree);
        ProcessFailPoints.BUILD_PUBLISHING.hit(app.app());
        DurableFiles.writeJson(app.record(build.build().version()), build);
        ProcessFailPoints.BUILD_PUBLISHED.hit(app.app());
    }

    private static void removeLink(Path link, Path target) throws IOException {
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            Files.delete(link);
        }
    }

    /** Ends what an attempt started and removes its directory, whoever made it. */
    static void discard(Path attempt) throws IOException {
        Optional<Running> running = Running.read(attempt.resolve("run")).filter(Running::alive);
        if (running.isPresent()) {
            running.get().killSupervisor();
            Wait.until(END_LIMIT, () -> !running.get().alive());
        }
        // At once out of the way of whoever still writes there by its name.
        Path trash = attempt.resolveSibling(".trash-" + UUID.randomUUID());
        try {
            Files.move(attempt, trash, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        }
        DurableFiles.delete(trash);
    }

    /** Removes the attempts of servers that are gone. Those of a living server are its own business. */
    static void sweep(AppDirectory app) throws IOException {
        for (Path path : DurableFiles.list(app.builds())) {
            String name = path.getFileName().toString();
            if (name.startsWith(".trash-")) {
                DurableFiles.delete(path);
            } else if (name.startsWith(".build-") && ownerIsGone(path)) {
                discard(path);
            }
        }
    }

    private static boolean ownerIsGone(Path attempt) {
        return DurableFiles.readJson(attempt.resolve("owner.json"), Running.class)
                .filter(Running::alive)
                .isEmpty();
    }
}
