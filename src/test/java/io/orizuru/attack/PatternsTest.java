package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No regular expression of the program is written by somebody else, but for those of RE2. */
class PatternsTest {
    private static final Path SOURCES = Path.of(System.getProperty("basedir", "."), "src/main/java");
    /** What stands for the JDK's expressions, with what it is given. */
    private static final Pattern USE = Pattern.compile(
            "(?:(?<![.\\w])Pattern\\.(?:compile|matches)|\\.matches|\\.replaceAll|\\.replaceFirst|\\.split)\\(\\s*([^\\s)]?)");

    /** Given by the program's own constants, or no expression at all. */
    private static final List<String> KNOWN = List.of(
            "io/orizuru/http/VersionedPaths.java",
            "io/orizuru/config/SettingsFile.java",
            "io/orizuru/provision/process/Mask.java",
            "io/orizuru/compute/OutsidePattern.java",
            "io/orizuru/compute/Glob.java",
            "io/orizuru/pool/Constraint.java",
            "io/orizuru/app/Placement.java",
            "io/orizuru/app/ProcessSettings.java",
            "io/orizuru/log/Subscription.java",
            "io/orizuru/outgoing/Wire.java",
            "io/orizuru/provision/process/Archive.java",
            "io/orizuru/provision/process/Passage.java",
            "io/orizuru/provision/process/Nameservers.java",
            "io/orizuru/config/NetworkSection.java");

    private static Stream<Path> sources() {
        try (Stream<Path> all = Files.walk(SOURCES)) {
            return all.filter(path -> path.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatTheJdkMatchesIsWrittenInTheProgram() {
        List<String> variable = sources()
                .filter(path -> !KNOWN.contains(SOURCES.relativize(path).toString()))
                .flatMap(path -> {
                    Matcher use = USE.matcher(read(path));
                    Stream.Builder<String> found = Stream.builder();
                    while (use.find()) {
                        if (!use.group(1).isEmpty() && !use.group(1).equals("\"")) {
                            found.add(SOURCES.relativize(path) + ": " + use.group());
                        }
                    }
                    return found.build();
                })
                .toList();
        assertThat(variable).isEmpty();
    }

    @Test
    void theDatabaseIsGivenNoExpressionOfSomebodyElse() {
        assertThat(sources().filter(path -> Pattern.compile("(?:~\\*?|similar to)\\s*:")
                        .matcher(read(path))
                        .find()))
                .isEmpty();
    }
}
