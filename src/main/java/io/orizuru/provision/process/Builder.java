package io.orizuru.provision.process;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.config.Settings.BuildLimits;
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
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a release out of an archive: unpacked and built in a directory of the attempt's own, published by a rename; the
 * release is there when its record is. A newer attempt under the same key ends the one before and takes its directory
 * away, so that an old one that still goes on finds nothing that it could publish.
 */
final class Builder {
    /** The file in which an attempt names its server. */
    static final String OWNER = "owner.json";

    private static final List<String> MANIFEST_NAMES = List.of("tsuru.yaml", "tsuru.yml", "app.yaml", "app.yml");
    private static final Duration CHECK_EVERY = Duration.ofMillis(400);
    /** A disk is full soon. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    /** How a process ends that writes a longer file than it may. */
    private static final int FILE_TOO_LONG = 128 + 25;

    private final AtomicLong attempts = new AtomicLong();
    private final Machine machine;
    private final Map<String, String> operatorVariables;
    private final OperatorFiles operatorFiles;
    /** Of what was there at the start. What builds are given since is added for each of them. */
    private final Mask startMask;

    private final BuildLimits limits;
    private final BuildBounds bounds;
    private final Limits kernelLimits;
    private volatile Supplier<@Nullable String> shortage = () -> null;

    Builder(
            Machine machine,
            BuildEnvironment environment,
            Map<String, String> serverVariables,
            BuildLimits limits,
            int openFiles) {
        this.machine = machine;
        this.operatorVariables = Variables.operator(serverVariables, environment.environment());
        this.operatorFiles = new OperatorFiles(environment.files());
        this.startMask = new Mask(operatorVariables, environment.files().values());
        this.limits = limits;
        this.bounds = new BuildBounds(limits.sizeBytes());
        this.kernelLimits =
                new Limits(limits.memoryBytes(), limits.cpuMilli(), limits.processes(), openFiles, limits.sizeBytes());
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
                discard(app, left);
            }
            app.removeBuild(request.version());
            prepare(app, attempt, request.user());
            if (request.fresh()) {
                BuildCache.drop(app);
            }
            BuildCache.lend(app, attempt.resolve("home"), request.user());
            ProcessFailPoints.BUILD_PREPARED.hit(app.app());
            try {
                return build(app, platform, request, attempt, output, checkpoint);
            } catch (BuildBounds.TooMuchWritten e) {
                dropCache(app, attempt.resolve("home"), output);
                throw e;
            } finally {
                BuildCache.takeBack(app, attempt.resolve("home"), limits.sizeBytes());
                discard(app, attempt);
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

    /** The cache counts as written, so one that is kept would end the next build as well. */
    private static void dropCache(AppDirectory app, Path home, Output output) throws IOException {
        if (BuildCache.dropLent(app, home)) {
            output.line(
                    " ---> What builds of this app keep in ~/.cache counts against that limit: it is dropped, and the"
                            + " next build starts without it");
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
        DurableFiles.writeJson(attempt.resolve(OWNER), self);
        for (String name : List.of("tree", "home", "tmp")) {
            Path directory = DurableFiles.directory(attempt.resolve(name), "rwxr-xr-x");
            DurableFiles.own(directory, user);
        }
        Accounts.write(attempt, user);
        machine.separate(Firewall.BUILD, attempt);
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
        requireRoom();
        output.line("---- Unpacking the archive ----");
        Checkpoint roomy = () -> {
            requireRoom();
            checkpoint.check();
        };
        try {
            new Archive(request.archive(), ArchiveLimits.DEFAULT).unpack(tree, request.user(), roomy);
        } catch (IOException | BuildFailed e) {
            // A full disk shows in many ways.
            requireRoom();
            throw e;
        }
        ProcessFailPoints.BUILD_UNPACKED.hit(app.app());
        AppManifest manifest = manifest(tree);
        Recipe recipe = platform.recipe(tree, machine.tools());
        Map<String, String> processes = processes(tree, platform, recipe);
        if (hasDockerfile(tree)) {
            output.line(" ---> The Dockerfile is not used: the platform " + platform.publicName() + " builds the app");
        }
        List<BuildStep> steps = new ArrayList<>(recipe.steps());
        manifest.build().forEach(hook -> steps.add(new BuildStep("Running the build hook \"" + hook + "\"", hook)));
        if (!steps.isEmpty()) {
            run(app, request, attempt, steps, output, checkpoint);
        }
        bounds.requireMade(tree);
        checkpoint.check();
        if (processes.isEmpty()) {
            processes = platform.built(tree);
            requireProcesses(platform, processes);
        }
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

    private static boolean hasDockerfile(Path tree) {
        return Files.isRegularFile(tree.resolve("Dockerfile"), LinkOption.NOFOLLOW_LINKS);
    }

    /** An archive that only says how a container is built. Static files are served whatever there is, and would serve that. */
    private static void refuseDockerfileAlone(Path tree, Platform platform, Recipe recipe) {
        boolean nothingElse = platform == Platform.STATIC
                ? !Files.isRegularFile(tree.resolve("index.html"))
                        && recipe.processes().containsValue("orizuru-static .")
                : recipe.processes().isEmpty() && !recipe.found();
        if (nothingElse && hasDockerfile(tree)) {
            throw new BuildFailed("Dockerfile:1: expected an app for the platform " + platform.publicName()
                    + ", but found only a Dockerfile, which is not built here: add a Procfile, for example"
                    + " \"web: COMMAND\", and what the platform builds from");
        }
    }

    /** Empty if it shows only when all is built. */
    private static Map<String, String> processes(Path tree, Platform platform, Recipe recipe) throws IOException {
        Optional<String> procfile = TreeText.read(tree, "Procfile");
        if (procfile.isPresent()) {
            return Procfile.parse(procfile.get());
        }
        refuseDockerfileAlone(tree, platform, recipe);
        if (!recipe.found()) {
            requireProcesses(platform, recipe.processes());
        }
        return recipe.processes();
    }

    private static void requireProcesses(Platform platform, Map<String, String> processes) {
        if (processes.isEmpty()) {
            throw new BuildFailed("it is not clear what to run: a Procfile is missing, for example \"web: COMMAND\""
                    + ", and the platform " + platform.publicName() + " found nothing that it starts by itself");
        }
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
        OperatorFiles.Copies files = operatorFiles.copy(attempt, request.user());
        Mask mask = startMask.and(files.texts());
        Confined confined =
                new Confined(app.app() + "-build", request.user(), tree, start, attempt, attempt, files.mounted());
        Process process =
                machine.start(attempt, confined, group(app.app(), attempts.incrementAndGet()), kernelLimits, null);
        ControlGroup group = ControlGroup.recordedIn(attempt);
        Optional<Running> running = Running.of(process.pid());
        Thread reader = Thread.ofVirtual().name("build-output").start(() -> PrintedLines.read(process, mask, output));
        try {
            await(process, attempt, checkpoint);
        } finally {
            end(process, running, group);
            reader.join(Duration.ofSeconds(2));
            process.getInputStream().close();
        }
        if (process.exitValue() != 0) {
            throw new BuildFailed(mask.apply(failure(attempt, steps, process.exitValue(), group)));
        }
    }

    /** No unit's name begins so. */
    private static String group(String app, long attempt) {
        return "-build-" + app + "-" + ProcessHandle.current().pid() + "-" + attempt;
    }

    private void await(Process process, Path attempt, Checkpoint checkpoint) throws InterruptedException {
        long deadline = System.nanoTime() + limits.timeout().toNanos();
        long checkAt = System.nanoTime();
        // Beside it: a large tree takes a while, and a disk is full soon.
        Measuring measuring = new Measuring(bounds, attempt);
        while (!process.waitFor(LOOK_EVERY)) {
            requireRoom();
            measuring.look();
            long now = System.nanoTime();
            if (now - deadline > 0) {
                throw new BuildFailed(
                        "the build took longer than " + limits.timeout().toSeconds() + " s, the limit, and was ended");
            }
            if (now - checkAt > 0) {
                checkpoint.check();
                checkAt = now + CHECK_EVERY.toNanos();
            }
        }
    }

    private void requireRoom() {
        String problem = shortage.get();
        if (problem != null) {
            throw new BuildFailed("the build was ended: " + problem);
        }
    }

    /** @param shortage why the disk has too little room, or null */
    void watchRoom(Supplier<@Nullable String> shortage) {
        this.shortage = shortage;
    }

    private static void end(Process process, Optional<Running> running, ControlGroup group)
            throws InterruptedException {
        group.kill();
        if (!process.isAlive()) {
            return;
        }
        running.ifPresent(Running::killSupervisor);
        process.destroyForcibly();
        process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private String failure(Path attempt, List<BuildStep> steps, int code, ControlGroup group) {
        String failure = failure(attempt, steps, code);
        if (group.memoryKills() > 0) {
            return failure + "; it was " + kernelLimits.outOfMemory();
        }
        if (group.processRefusals() > 0) {
            return failure + "; it had as many processes as it may, " + kernelLimits.processes();
        }
        if (failure.endsWith(Ending.describe(FILE_TOO_LONG))) {
            return failure + ": it wrote a file longer than the limit of " + Limits.bytes(kernelLimits.fileBytes());
        }
        return failure;
    }

    private static String failure(Path attempt, List<BuildStep> steps, int code) {
        return FailedStep.read(attempt.resolve("failed"))
                .filter(failed -> failed.number() < steps.size())
                .map(failed -> "the build failed: \""
                        + steps.get(failed.number()).title() + "\" " + Ending.describe(failed.code()))
                .orElseGet(() -> "the build failed: it " + Ending.describe(code));
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
    static void discard(AppDirectory app, Path attempt) throws IOException {
        end(attempt);
        // At once out of the way of whoever still writes there by its name.
        Trash.of(app).discard(app.app(), attempt);
    }

    private static void end(Path attempt) throws IOException {
        ControlGroup group = ControlGroup.recordedIn(attempt);
        group.kill();
        Optional<Running> running = Running.read(attempt.resolve("run")).filter(Running::alive);
        if (running.isPresent()) {
            running.get().killSupervisor();
            Wait.until(END_LIMIT, () -> !running.get().alive());
        }
        group.remove();
        Networks.removeRecorded(attempt);
    }

    /**
     * Ends the attempts of servers that are gone, and begins to remove what is left of them. Those of a living server are its own
     * business.
     *
     * @param age for how long an attempt that names no server is left alone: another one may just begin it
     */
    static void sweep(AppDirectory app, Duration age) throws IOException {
        DurableFiles.sweep(app.builds(), age);
        for (Path path : DurableFiles.list(app.builds())) {
            String name = path.getFileName().toString();
            if ((name.startsWith(".build-") || name.startsWith(Aside.PREFIX)) && isNobodys(path, age)) {
                end(path);
                Trash.of(app).put(app.app(), path);
            }
        }
    }

    private static boolean isNobodys(Path attempt, Duration age) {
        return DurableFiles.readJson(attempt.resolve(OWNER), Running.class)
                .map(owner -> !owner.alive())
                .orElseGet(() -> DurableFiles.isOlder(attempt, age));
    }
}
