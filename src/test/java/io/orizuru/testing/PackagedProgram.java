package io.orizuru.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Maven packaged, and how {@code ./orizuru} starts it: with the same flags, and with a cache of loaded and linked
 * classes, which the first test server of a build makes for all. A start takes a fourth of the time then.
 */
final class PackagedProgram {
    /** Servers of tests live for seconds: what the second compiler makes of them comes too late to pay. */
    private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1";

    private static final Path PROJECT =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();
    private static final Path LAUNCHER = PROJECT.resolve("orizuru");
    private static final Path PROGRAM = PROJECT.resolve("target/quarkus-app/quarkus-run.jar");
    private static final Path PLACE = PROJECT.resolve("target/fast-starts");
    private static final long TRAINING_SECONDS = 300;

    /** Where the launcher says what it gives to the JVM. */
    private static final Pattern FLAGS = Pattern.compile("java=\\(\"\\$JAVA_HOME/bin/java\"\\s([^)]*)\\)");

    private static @Nullable List<String> command;

    private PackagedProgram() {}

    /** The words that start it, without those that say what to do. */
    static synchronized List<String> command() {
        List<String> found = command;
        if (found == null) {
            if (!Files.exists(PROGRAM)) {
                throw new IllegalStateException(PROGRAM + " is not there: package the program first");
            }
            found = words("-XX:AOTCache=" + trained());
            command = found;
        }
        return found;
    }

    /** Whether these words start it. */
    static boolean isIn(List<String> words) {
        return words.contains(PROGRAM.toString());
    }

    /** As the launcher gives them, so that tests run under its limits. */
    private static List<String> flags() {
        try {
            Matcher flags = FLAGS.matcher(Files.readString(LAUNCHER));
            if (!flags.find()) {
                throw new IllegalStateException(LAUNCHER + " does not say which flags it gives to the JVM");
            }
            return List.of(flags.group(1).strip().split("\\s+"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> words(String... more) {
        List<String> words = new ArrayList<>();
        words.add(TestServer.java());
        words.addAll(flags());
        words.add(SHORT_LIVED);
        words.addAll(List.of(more));
        words.addAll(List.of("-jar", PROGRAM.toString()));
        return words;
    }

    /** The cache of this package and these flags; of several test processes one makes it. */
    private static Path trained() {
        try {
            Files.createDirectories(PLACE);
            try (FileChannel channel =
                    FileChannel.open(PLACE.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock();
                String made = Files.getLastModifiedTime(PROGRAM).toMillis() + " " + flags();
                Path cache = PLACE.resolve("cache-" + Integer.toHexString(made.hashCode()));
                if (!Files.exists(cache)) {
                    train(cache);
                }
                return cache;
            }
        } catch (IOException e) {
            throw new IllegalStateException("the program does not start from nothing, or has no time to: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** A short life of a server that begins with nothing at all, unlike those of the tests. */
    private static void train(Path cache) throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory("orizuru-training-");
        Path output = PLACE.resolve("training.log");
        Path draft = PLACE.resolve("draft");
        try {
            Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
            List<String> words = words("-XX:AOTCacheOutput=" + draft);
            words.addAll(List.of("train", "--data", scratch.resolve("data").toString()));
            words.addAll(List.of("--listen", "127.0.0.1:0", "--router-listen", "127.0.0.1:0"));
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(scratch.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(variable -> variable.startsWith("ORIZURU_"));
            Process training = builder.start();
            if (!training.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS)) {
                training.destroyForcibly();
                throw new IOException("the training run does not end; see " + output);
            }
            if (training.exitValue() != 0 || !Files.exists(draft)) {
                throw new IOException("the training run ended with " + training.exitValue() + "; see " + output);
            }
            Files.move(draft, cache, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(scratch);
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
