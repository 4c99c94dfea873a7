package io.orizuru.provision.process;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes the operator's secrets out of what builds print: passwords in URLs, and variables whose name says so. */
final class Mask {
    private static final Pattern URL_CREDENTIALS = Pattern.compile("(?<=://)([^/\\s:@]*):?([^/\\s@]*)@");
    private static final Pattern SECRET_NAME = Pattern.compile("(?i)token|passw|secret|key|auth|credential|private");
    /** Shorter values would tear holes into words. */
    private static final int SHORTEST = 6;

    private final List<String> secrets;

    Mask(Map<String, String> operatorEnvironment) {
        List<String> found = new ArrayList<>();
        operatorEnvironment.forEach((name, value) -> {
            if (SECRET_NAME.matcher(name).find() && !value.startsWith("/")) {
                found.add(value);
            }
            Matcher matcher = URL_CREDENTIALS.matcher(value);
            while (matcher.find()) {
                found.add(matcher.group(1));
                found.add(matcher.group(2));
            }
        });
        secrets = found.stream()
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    String apply(String line) {
        String masked = line;
        for (String secret : secrets) {
            masked = masked.replace(secret, "***");
        }
        return URL_CREDENTIALS.matcher(masked).replaceAll("***@");
    }
}
