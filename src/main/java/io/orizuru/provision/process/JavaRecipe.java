package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Java: a jar that runs, a Maven project that makes one, or whatever hooks and Procfile say.
 *
 * <p>The JDK is linked into the tree: hooks, the process, and commands run later find the one that the app was built with.
 */
final class JavaRecipe {
    /** {@code PATH} knows it. */
    private static final int JARS_LOOKED_AT = 20;

    private static final String LINK = ".jdk";

    private static final Pattern WANTED = Pattern.compile("(?:[A-Za-z]+-)?(?:1\\.)?(\\d{1,4})(?:[.+_-].*)?");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./+-]+");
    private static final Predicate<String> BESIDE_THE_APP = Pattern.compile(
                    "original-.*|.*-(sources|javadoc|tests|test-sources|plain)\\.jar")
            .asMatchPredicate();

    private static final long MIB = 1L << 20;
    private static final long SMALL = 512 * MIB;
    private static final long LARGE = 2048 * MIB;

    private JavaRecipe() {}

    static Recipe of(Path tree, Tools tools) throws IOException {
        Jdk jdk = jdk(wanted(tree), tools.jdks());
        String home = Scripts.quote(jdk.home().toString());
        List<BuildStep> steps = new ArrayList<>();
        steps.add(new BuildStep("Using Java " + jdk.feature(), "rm -rf " + LINK + " && ln -s " + home + " " + LINK));
        if (!Files.isRegularFile(tree.resolve("pom.xml"))) {
            return new Recipe(steps, jar(tree));
        }
        if (!tools.maven()) {
            throw new BuildFailed("the archive has a pom.xml, but this machine lacks mvn (package maven)");
        }
        steps.add(new BuildStep(
                "Building the Maven project",
                "JAVA_HOME=" + home
                        + " mvn --batch-mode --no-transfer-progress -Dmaven.repo.local=\"$HOME/.cache/maven\""
                        + " -DskipTests $MAVEN_CLI_OPTS package"));
        return new Recipe(steps, Map.of(), true);
    }

    private static Optional<Integer> wanted(Path tree) throws IOException {
        Optional<String> properties = TreeText.read(tree, "system.properties");
        if (properties.isPresent()) {
            String version = property(properties.get(), "java.runtime.version");
            if (!version.isEmpty()) {
                return Optional.of(feature("system.properties", version));
            }
        }
        return TreeText.read(tree, ".java-version")
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(text -> feature(".java-version", text));
    }

    private static String property(String text, String name) throws IOException {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IllegalArgumentException e) {
            throw new BuildFailed("system.properties is not a properties file: " + e.getMessage());
        }
        return properties.getProperty(name, "").strip();
    }

    private static int feature(String file, String text) {
        Matcher matcher = WANTED.matcher(text);
        if (!matcher.matches()) {
            throw new BuildFailed(file + ": expected a version of Java, such as 21, but found \""
                    + ReleaseTree.printable(text) + "\"");
        }
        return Integer.parseInt(matcher.group(1));
    }

    private static Jdk jdk(Optional<Integer> wanted, List<Jdk> jdks) {
        return jdks.stream()
                .filter(jdk -> wanted.isEmpty() || jdk.feature() == wanted.get())
                .findFirst()
                .orElseThrow(() -> new BuildFailed("the app wants Java "
                        + wanted.map(String::valueOf).orElse("") + ", but this machine has "
                        + jdks.stream()
                                .map(jdk -> "" + jdk.feature())
                                .distinct()
                                .collect(Collectors.joining(", "))));
    }

    /** The process that runs the one jar there is: of the root, else of {@code target}. Empty when there is none. */
    static Map<String, String> jar(Path tree) {
        if (Files.isRegularFile(tree.resolve("target/quarkus-app/quarkus-run.jar"), LinkOption.NOFOLLOW_LINKS)) {
            return run("target/quarkus-app/quarkus-run.jar");
        }
        for (String directory : List.of("", "target/")) {
            List<String> jars = jars(tree.resolve(directory));
            if (jars.size() > 1) {
                throw new BuildFailed("it is not clear which jar to run: there are " + String.join(", ", jars)
                        + "; a Procfile tells, for example \"web: java $JAVA_OPTS -jar " + directory + jars.getFirst()
                        + "\"");
            }
            if (!jars.isEmpty()) {
                return run(directory + jars.getFirst());
            }
        }
        return Map.of();
    }

    private static Map<String, String> run(String jar) {
        return Map.of("web", "java $JAVA_OPTS -jar " + jar);
    }

    /** Names only: a jar is not opened outside of the sandbox. */
    private static List<String> jars(Path directory) {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        return DurableFiles.some(directory, JARS_LOOKED_AT, JavaRecipe::isApp).stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    private static boolean isApp(Path path) {
        String name = path.getFileName().toString();
        return name.endsWith(".jar")
                && !BESIDE_THE_APP.test(name)
                && PLAIN.matcher(name).matches()
                && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * {@code JAVA_OPTS} of a unit, if its release is one of Java's: what the plan gives, minus what a virtual machine needs
     * beside its heap. A full heap ends the unit, so that it is started anew instead of crawling.
     *
     * @param memory the plan's limit in bytes, 0 for none
     */
    static Map<String, String> variables(Path tree, long memory) {
        if (!Files.isSymbolicLink(tree.resolve(LINK))) {
            return Map.of();
        }
        return Map.of("JAVA_OPTS", options(memory));
    }

    static String options(long memory) {
        String always = "-XX:+ExitOnOutOfMemoryError";
        if (memory <= 0) {
            return always;
        }
        long heap = memory / 100 * (memory <= SMALL ? 50 : 70) / MIB;
        return always + " -Xmx" + Math.max(heap, 16) + "m" + (memory < LARGE ? " -XX:+UseSerialGC" : "");
    }
}
