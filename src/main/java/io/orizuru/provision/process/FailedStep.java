package io.orizuru.provision.process;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which step of a script failed, as the script left it on its descriptor 3.
 *
 * @param number from 0, in the script's order
 * @param code its exit code
 */
record FailedStep(int number, int code) {
    private static final Pattern LINE = Pattern.compile("(\\d{1,6}) (\\d{1,3})");

    static Optional<FailedStep> read(Path file) {
        Matcher matcher = LINE.matcher(DurableFiles.readText(file));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(new FailedStep(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))));
    }
}
